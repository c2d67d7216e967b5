using System.Globalization;
using System.Text.Json.Nodes;
using PixeeEvents.Accounts;
using PixeeEvents.Catalog.Planning;
using PixeeEvents.Catalog.Values;
using PixeeEvents.Host.OpenApi;

namespace PixeeEvents.Host.Winddle;

/// <summary>Projects: seen by their owner, their members and company admins; written by the owner and company admins.</summary>
internal static class ProjectEndpoints
{
    public const string Path = "projects";

    private const int AnyLength = 10_000;

    private const string NewProject =
        """{"name": "Collection hiver", "source_id": "HIVER-26", "season": "PE26", "members": ["user@demo.example"], "incoterm": "cif", "terms_validated_at": "2026-03-01T10:00:00.000Z"}""";

    public static readonly Parameter Key = Parameter.Path("id", "Id, source_id or name of the project.", "1");

    private static readonly Parameter ArchivedFilter = Parameter.Fields(
        "filter", "`filter[archived]`: without archived projects (`false`, the default), those alone (`true`), or `all`.", new JsonObject { ["archived"] = "all" },
        new JsonObject { ["archived"] = Filter.Archived() });

    private static readonly Resource Resource = new(Path, "project");

    public static void Map(RouteGroupBuilder routes)
    {
        var projects = routes.MapGroup("/" + Path);
        projects.MapGet("", (HttpContext context, Pixee pixee) => List(context, pixee)).WithMetadata(Admission.Read)
            .Documented("projects/list", "The projects that the user sees, the newest first, by pages.", [ArchivedFilter, .. Paging.Parameters]);
        projects.MapGet("/{id}", (HttpContext context, Pixee pixee, string id) => Show(context, pixee, id)).WithMetadata(Admission.Read)
            .Documented("projects/show", "A project.", [Key]);
        projects.MapPost("", (HttpContext context, Pixee pixee) => Create(context, pixee)).WithMetadata(Admission.Write)
            .Documented("projects/create", "Creates a project; it is the user's.", body: NewProject, status: StatusCodes.Status201Created);
        projects.MapMethods("/{id}", ["PUT", "PATCH"], (HttpContext context, Pixee pixee, string id) => Update(context, pixee, id)).WithMetadata(Admission.Manage)
            .Documented("projects/update", "Changes what the body names of a project.", [Key], """{"warehouse": "Lyon", "incoterm": "fob", "archived": false}""");
        projects.MapDelete("/{id}", (HttpContext context, Pixee pixee, string id) => Delete(context, pixee, id)).WithMetadata(Admission.Manage)
            .Documented("projects/destroy", "Deletes a project without lines; answers with what it was.", [Key with { Example = "2" }]);
    }

    /// <summary>What a user sees of the projects.</summary>
    public static Viewer ViewerOf(User user) => new(user.Id, user.IsAdmin);

    /// <summary>A project that the caller sees, by id, source_id or name.</summary>
    /// <exception cref="RefusedRequestException">404 for any other.</exception>
    public static async Task<Project> Find(HttpContext context, Pixee pixee, string key)
    {
        var user = TokenCheck.UserOf(context).User;
        return await pixee.Catalog.Projects.Find(user.Tenant, ViewerOf(user), Keyed.Decoded(key), context.RequestAborted) ?? throw Refusals.NotFound(Resource, key);
    }

    /// <exception cref="RefusedRequestException">403 for whoever sees the project and may not write it.</exception>
    public static async Task<Project> FindToManage(HttpContext context, Pixee pixee, string key)
    {
        var project = await Find(context, pixee, key);
        return CanManage(TokenCheck.UserOf(context).User, project)
            ? project
            : throw new RefusedRequestException(StatusCodes.Status403Forbidden, "This is for the project's owner and company admins.");
    }

    private static bool CanManage(User user, Project project) => user.IsAdmin || project.Owner == user.Id;

    private static async Task List(HttpContext context, Pixee pixee)
    {
        var (page, user) = (Paging.Of(context), TokenCheck.UserOf(context).User);
        var (projects, total) = await pixee.Catalog.Projects.List(user.Tenant, ViewerOf(user), Archived(context), page.Offset, page.Size, context.RequestAborted);
        var people = await People.Of(context, pixee, projects);
        await Answer.Paged(context, Resource, "index", page, total, projects, people.Write);
    }

    private static async Task Show(HttpContext context, Pixee pixee, string key) =>
        await Answered(context, pixee, "show", await Find(context, pixee, key));

    private static async Task Create(HttpContext context, Pixee pixee)
    {
        var (input, user) = (await Body.Read(context, Resource), TokenCheck.UserOf(context).User);
        var change = await Read(context, pixee, input);
        input.Errors.ThrowIfAny();
        var nothing = new Project(0, "", null, null, user.Id, [], null, false, new Dictionary<string, string>(StringComparer.Ordinal));
        var (created, refusal) = await pixee.Catalog.Projects.Create(user.Tenant, change(nothing), context.RequestAborted);
        Refusals.ThrowIfAny(refusal);
        await Answered(context, pixee, "create", created!, StatusCodes.Status201Created);
    }

    private static async Task Update(HttpContext context, Pixee pixee, string key)
    {
        var project = await FindToManage(context, pixee, key);
        var input = await Body.Read(context, Resource);
        var change = await Read(context, pixee, input, project);
        input.Errors.ThrowIfAny();
        var (changed, refusal) = await pixee.Catalog.Projects.Change(TokenCheck.UserOf(context).Tenant, project.Id, change, context.RequestAborted);
        Refusals.ThrowIfAny(refusal);
        await Answered(context, pixee, "update", changed ?? throw Refusals.NotFound(Resource, key));
    }

    private static async Task Delete(HttpContext context, Pixee pixee, string key)
    {
        var project = await FindToManage(context, pixee, key);
        var (deleted, refusal) = await pixee.Catalog.Projects.Delete(TokenCheck.UserOf(context).Tenant, project.Id, context.RequestAborted);
        Refusals.ThrowIfAny(refusal);
        await Answered(context, pixee, "destroy", deleted ? project : throw Refusals.NotFound(Resource, key));
    }

    private static async Task Answered(HttpContext context, Pixee pixee, string action, Project project, int status = StatusCodes.Status200OK)
    {
        var people = await People.Of(context, pixee, [project]);
        await Answer.Item(context, Resource, action, writer => people.Write(writer, project), status);
    }

    /// <summary><c>filter[archived]</c>: false when absent, true, or all.</summary>
    private static bool? Archived(HttpContext context)
    {
        var text = context.Request.Query["filter[archived]"].ToString();
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

    /// <summary>What a body changes of a project. Only an admin gives a project away; anybody else's <c>owner</c> says nothing.</summary>
    private static async Task<Func<Project, Project>> Read(HttpContext context, Pixee pixee, Input input, Project? before = null)
    {
        var user = TokenCheck.UserOf(context).User;
        var name = input.Has("name") || before is null ? input.Text("name", AnyLength, required: true) : null;
        var (sourceId, reference) = (input.Text("source_id", AnyLength), input.Text("reference", AnyLength));
        var archived = input.Boolean("archived");
        var details = Details(input, Project.DetailNames);
        var season = input.Text("season") is { } key ? await Season(context, pixee, input, key) : null;
        var (owner, members) = await Users(context, pixee, input, before);
        return project => project with
        {
            Name = name ?? project.Name,
            SourceId = input.Has("source_id") ? sourceId : project.SourceId,
            Reference = input.Has("reference") ? reference : project.Reference,
            Archived = archived ?? project.Archived,
            Owner = owner ?? project.Owner,
            Members = members ?? project.Members,
            Season = input.Has("season") ? season : project.Season,
            Details = details(project.Details),
        };
    }

    /// <summary>What a body says of plain details: a text, or nothing to clear it.</summary>
    public static Func<IReadOnlyDictionary<string, string>, IReadOnlyDictionary<string, string>> Details(Input input, IReadOnlyList<string> names)
    {
        var given = names.Where(input.Has).ToDictionary(
            n => n, n => n == Project.TermsValidatedAt ? Time(input, n) : input.Text(n, AnyLength), StringComparer.Ordinal);
        return before =>
        {
            var after = new Dictionary<string, string>(before, StringComparer.Ordinal);
            foreach (var (name, text) in given)
            {
                if (text is null)
                {
                    after.Remove(name);
                }
                else
                {
                    after[name] = text;
                }
            }

            return after;
        };
    }

    private static string? Time(Input input, string name)
    {
        if (input.Text(name) is not { } text)
        {
            return null;
        }

        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time))
        {
            return time.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        }

        input.Errors.Add(name, Errors.Invalid);
        return null;
    }

    private static async Task<long?> Season(HttpContext context, Pixee pixee, Input input, string key)
    {
        if (await pixee.Catalog.Seasons.Find(TokenCheck.UserOf(context).Tenant, key, context.RequestAborted) is { } season)
        {
            return season.Id;
        }

        input.Errors.Add("season", $"'{key}' does not exist");
        return null;
    }

    /// <remarks>Who is disabled cannot be named anew, and stays where he is.</remarks>
    private static async Task<(long? Owner, IReadOnlyList<long>? Members)> Users(
        HttpContext context, Pixee pixee, Input input, Project? before)
    {
        var caller = TokenCheck.UserOf(context).User;
        var owner = caller.IsAdmin ? input.Key("owner") : null;
        var members = input.Has("members") ? input.Keys("members") : null;
        if (owner is null && members is null)
        {
            return (null, null);
        }

        var users = (await pixee.Accounts.Users(caller.Tenant, context.RequestAborted))
            .Where(u => u.IsEnabled || (before is not null && (before.Owner == u.Id || before.Members.Contains(u.Id)))).ToList();
        return (owner is null ? null : Id("owner", owner), members?.Select(m => Id("members", m)).OfType<long>().Distinct().ToList());

        long? Id(string field, string key)
        {
            var user = users.Find(u => u.Id.ToString(CultureInfo.InvariantCulture) == key || u.Email.Equals(key, StringComparison.OrdinalIgnoreCase));
            if (user is null)
            {
                input.Errors.Add(field, $"'{key}' does not exist");
            }

            return user?.Id;
        }
    }

    /// <summary>Who and which season the projects of an answer name, read at once.</summary>
    private sealed record People(User Caller, Dictionary<long, User> Users, Dictionary<long, string> SeasonCodes)
    {
        public static async Task<People> Of(HttpContext context, Pixee pixee, IReadOnlyList<Project> projects)
        {
            var caller = TokenCheck.UserOf(context).User;
            var users = await AccountsModule.UsersOf(caller.Tenant, projects.SelectMany(p => p.Members.Append(p.Owner)).Distinct()).Run(pixee.DataSource, context.RequestAborted);
            var seasons = await pixee.Catalog.Seasons.List(caller.Tenant, context.RequestAborted);
            return new People(caller, users.ToDictionary(u => u.Id), seasons.ToDictionary(s => s.Id, s => s.Code));
        }

        public void Write(ResourceWriter writer, Project project)
        {
            writer.Integer("id", project.Id);
            writer.Text("name", project.Name);
            writer.Text("source_id", project.SourceId);
            writer.Text("reference", project.Reference);
            writer.Text("company_id", Caller.Tenant);
            writer.Boolean("archived", project.Archived);
            writer.Integer("season", project.Season);
            writer.Text("season_code", project.Season is { } season ? SeasonCodes.GetValueOrDefault(season) : null);
            foreach (var name in Project.DetailNames)
            {
                WriteDetail(writer, name, project.Details.GetValueOrDefault(name));
            }

            UserEndpoint.WriteBrief(writer, "owner", Users[project.Owner]);
            writer.List("members", "member", project.Members.Select(m => Users[m]), user => UserEndpoint.WriteBrief(writer, user));
            writer.Boolean("can_manage", CanManage(Caller, project));
            writer.Time("created_at", project.CreatedAt);
            writer.Time("updated_at", project.UpdatedAt);
        }

        private static void WriteDetail(ResourceWriter writer, string name, string? text)
        {
            if (name == Project.TermsValidatedAt)
            {
                writer.Time(name, text is null ? null : DateTimeOffset.Parse(text, CultureInfo.InvariantCulture));
            }
            else
            {
                writer.Text(name, text);
            }
        }
    }
}
