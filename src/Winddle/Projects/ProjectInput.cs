using System.Globalization;
using PixeeEvents.Accounts;
using PixeeEvents.Catalog;
using PixeeEvents.Catalog.Planning;
using PixeeEvents.Winddle.Wire;

namespace PixeeEvents.Winddle.Projects;

/// <summary>What a body changes of a project. Only an admin gives a project away; anybody else's <c>owner</c> says nothing.</summary>
internal sealed class ProjectInput
{
    private const int AnyLength = 10_000;

    private readonly Input _body;
    private readonly string? _name;
    private readonly string? _sourceId;
    private readonly string? _reference;
    private readonly bool? _archived;
    private readonly PlanDetails _details;
    private long? _season;
    private long? _owner;
    private IReadOnlyList<long>? _members;

    private ProjectInput(Input body, bool isNew)
    {
        _body = body;
        _name = body.Has("name") || isNew ? body.Text("name", AnyLength, required: true) : null;
        (_sourceId, _reference) = (body.Text("source_id", AnyLength), body.Text("reference", AnyLength));
        _archived = body.Boolean("archived");
        _details = PlanDetails.Read(body, Project.DetailNames);
    }

    /// <param name="before">The project as it is; null for a new one.</param>
    public static async Task<ProjectInput> Read(
        Input body, Project? before, User caller, CatalogModule catalog, AccountsModule accounts, CancellationToken stop)
    {
        var input = new ProjectInput(body, isNew: before is null);
        if (body.Text("season") is { } key)
        {
            input._season = (await catalog.Seasons.Find(caller.Tenant, key, stop))?.Id;
            if (input._season is null)
            {
                body.Errors.Add("season", $"'{key}' does not exist");
            }
        }

        await input.ReadUsers(before, caller, accounts, stop);
        return input;
    }

    /// <summary>What it says over a project as it is.</summary>
    public Project Over(Project project) => project with
    {
        Name = _name ?? project.Name,
        SourceId = _body.Has("source_id") ? _sourceId : project.SourceId,
        Reference = _body.Has("reference") ? _reference : project.Reference,
        Archived = _archived ?? project.Archived,
        Owner = _owner ?? project.Owner,
        Members = _members ?? project.Members,
        Season = _body.Has("season") ? _season : project.Season,
        Details = _details.Over(project.Details),
    };

    /// <remarks>Who is disabled cannot be named anew, and stays where he is.</remarks>
    private async Task ReadUsers(Project? before, User caller, AccountsModule accounts, CancellationToken stop)
    {
        var owner = caller.IsAdmin ? _body.Key("owner") : null;
        var members = _body.Has("members") ? _body.Keys("members") : null;
        if (owner is null && members is null)
        {
            return;
        }

        var users = (await accounts.Users(caller.Tenant, stop))
            .Where(u => u.IsEnabled || (before is not null && (before.Owner == u.Id || before.Members.Contains(u.Id)))).ToList();
        _owner = owner is null ? null : Id("owner", owner);
        _members = members?.Select(m => Id("members", m)).OfType<long>().Distinct().ToList();

        long? Id(string field, string key)
        {
            var user = users.Find(
                u => u.Id.ToString(CultureInfo.InvariantCulture) == key || u.Email.Equals(key, StringComparison.OrdinalIgnoreCase));
            if (user is null)
            {
                _body.Errors.Add(field, $"'{key}' does not exist");
            }

            return user?.Id;
        }
    }
}
