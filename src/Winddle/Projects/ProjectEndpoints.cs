using PixeeEvents.Accounts;
using PixeeEvents.Catalog;
using PixeeEvents.Catalog.Planning;
using PixeeEvents.Catalog.Values;
using PixeeEvents.Winddle.Wire;
using Wolverine.Http;

namespace PixeeEvents.Winddle.Projects;

/// <summary>Projects: seen by their owner, their members and company admins; written by the owner and company admins.</summary>
public static class ProjectEndpoints
{
    [WolverineGet(ProjectRoutes.All)]
    public static async Task<Answer> List(
        CurrentUser user, Page page, IQueryCollection query, ShownProjects projects, CancellationToken stop)
    {
        var (rows, total) = await projects.List(user, Archived(query), page, stop);
        var view = await projects.View(user, rows, stop);
        return Answer.Paged(ProjectRoutes.Resource, "index", page, total, rows, view.Write);
    }

    [WolverineGet(ProjectRoutes.One)]
    public static async Task<Answer> Show(CurrentUser user, string id, ShownProjects projects, CancellationToken stop) =>
        await projects.Show(user, await projects.Find(user, id, stop), "show", stop);

    [WolverinePost(ProjectRoutes.All)]
    public static async Task<Answer> Create(
        HttpContext context,
        CurrentUser user,
        ShownProjects projects,
        CatalogModule catalog,
        AccountsModule accounts,
        CancellationToken stop)
    {
        var body = await Body.Read(context, ProjectRoutes.Resource);
        var input = await ProjectInput.Read(body, null, user.User, catalog, accounts, stop);
        body.Errors.ThrowIfAny();
        var nothing = new Project(0, "", null, null, user.Id, [], null, false, new Dictionary<string, string>(StringComparer.Ordinal));
        var (created, refusal) = await catalog.Projects.Create(user.Tenant, input.Over(nothing), stop);
        Refusals.ThrowIfAny(refusal);
        return await projects.Show(user, created!, "create", stop, StatusCodes.Status201Created);
    }

    [WolverinePut(ProjectRoutes.One)]
    public static async Task<Answer> Update(
        HttpContext context,
        CurrentUser user,
        string id,
        ShownProjects projects,
        CatalogModule catalog,
        AccountsModule accounts,
        CancellationToken stop)
    {
        var project = await projects.FindToManage(user, id, stop);
        var body = await Body.Read(context, ProjectRoutes.Resource);
        var input = await ProjectInput.Read(body, project, user.User, catalog, accounts, stop);
        body.Errors.ThrowIfAny();
        var (changed, refusal) = await catalog.Projects.Change(user.Tenant, project.Id, input.Over, stop);
        Refusals.ThrowIfAny(refusal);
        return await projects.Show(user, changed ?? throw Refusals.NotFound(ProjectRoutes.Resource, id), "update", stop);
    }

    [WolverineDelete(ProjectRoutes.One)]
    public static async Task<Answer> Delete(
        CurrentUser user, string id, ShownProjects projects, CatalogModule catalog, CancellationToken stop)
    {
        var project = await projects.FindToManage(user, id, stop);
        var (deleted, refusal) = await catalog.Projects.Delete(user.Tenant, project.Id, stop);
        Refusals.ThrowIfAny(refusal);
        return await projects.Show(user, deleted ? project : throw Refusals.NotFound(ProjectRoutes.Resource, id), "destroy", stop);
    }

    /// <summary><c>filter[archived]</c>: false when absent, true, or all.</summary>
    private static bool? Archived(IQueryCollection query)
    {
        var text = query["filter[archived]"].ToString();
        if (text.Equals("all", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        var flag = text.Length == 0 ? false : FlagValue.Read(text);
        if (flag is null)
        {
            var errors = new Errors();
            errors.Add("filter[archived]", "must be true, false or all");
            errors.ThrowIfAny();
        }

        return flag;
    }
}
