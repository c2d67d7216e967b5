using Npgsql;
using PixeeEvents.Accounts;
using PixeeEvents.Catalog;
using PixeeEvents.Catalog.Planning;
using PixeeEvents.Winddle.Wire;

namespace PixeeEvents.Winddle.Projects;

/// <summary>Finds projects for the user who looks, and shows them with whom and what they name.</summary>
public sealed class ShownProjects(NpgsqlDataSource database, CatalogModule catalog)
{
    /// <summary>A project that the caller sees, by id, source_id or name.</summary>
    /// <exception cref="RefusedRequestException">404 for any other.</exception>
    internal async Task<Project> Find(CurrentUser user, string key, CancellationToken stop) =>
        await catalog.Projects.Find(user.Tenant, ViewerOf(user), Keyed.Decoded(key), stop)
        ?? throw Refusals.NotFound(ProjectRoutes.Resource, key);

    /// <exception cref="RefusedRequestException">403 for whoever sees the project and may not write it.</exception>
    internal async Task<Project> FindToManage(CurrentUser user, string key, CancellationToken stop)
    {
        var project = await Find(user, key, stop);
        return ProjectView.CanManage(user.User, project)
            ? project
            : throw new RefusedRequestException(
                StatusCodes.Status403Forbidden, "This is for the project's owner and company admins.");
    }

    /// <param name="archived">Null for all.</param>
    internal Task<(IReadOnlyList<Project> Projects, long Total)> List(
        CurrentUser user, bool? archived, Page page, CancellationToken stop) =>
        catalog.Projects.List(user.Tenant, ViewerOf(user), archived, page.Offset, page.Size, stop);

    internal async Task<ProjectView> View(CurrentUser user, IReadOnlyList<Project> projects, CancellationToken stop)
    {
        var people = projects.SelectMany(p => p.Members.Append(p.Owner)).Distinct();
        var users = await AccountsModule.UsersOf(user.Tenant, people).Run(database, stop);
        var seasons = await catalog.Seasons.List(user.Tenant, stop);
        return new ProjectView(user.User, users.ToDictionary(u => u.Id), seasons.ToDictionary(s => s.Id, s => s.Code));
    }

    internal async Task<Answer> Show(
        CurrentUser user, Project project, string action, CancellationToken stop, int status = StatusCodes.Status200OK)
    {
        var view = await View(user, [project], stop);
        return Answer.Item(ProjectRoutes.Resource, action, writer => view.Write(writer, project), status);
    }

    private static Viewer ViewerOf(CurrentUser user) => new(user.Id, user.User.IsAdmin);
}
