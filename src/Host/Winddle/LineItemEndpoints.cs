using System.Text.Json.Nodes;
using PixeeEvents.Catalog;
using PixeeEvents.Catalog.Planning;
using PixeeEvents.EventLog;
using PixeeEvents.Host.OpenApi;

namespace PixeeEvents.Host.Winddle;

/// <summary>The lines of a project, each with one product and some of its variants. Seen and written as the project is.</summary>
internal static class LineItemEndpoints
{
    private const int AnyLength = 10_000;

    private const string NewLine = """{"product": 1, "variants": [1, 2], "name": "Supports du salon", "start_at": "2026-03-01", "deliver_at": "2026-06-30"}""";

    private static readonly Parameter ProjectKey = ProjectEndpoints.Key with { Name = "project" };

    private static readonly Parameter Key = Parameter.Path("id", "Id, source_id or name of the line.", "1");

    private static readonly Resource Resource = new("line_items", "line_item");

    public static void Map(RouteGroupBuilder routes)
    {
        var lines = routes.MapGroup($"/{ProjectEndpoints.Path}/{{project}}/line_items");
        lines.MapGet("", List).WithMetadata(Admission.Read).Documented("line_items/list", "The lines of a project.", [ProjectKey]);
        lines.MapGet("/{id}", Show).WithMetadata(Admission.Read).Documented("line_items/show", "A line of a project.", [ProjectKey, Key]);
        lines.MapPost("", Create).WithMetadata(Admission.Manage)
            .Documented("line_items/create", "Adds a line with a product of the catalogue, or with a new one.", [ProjectKey], NewLine, status: StatusCodes.Status201Created);
        lines.MapMethods("/{id}", [HttpMethods.Put, HttpMethods.Patch], Update).WithMetadata(Admission.Manage)
            .Documented("line_items/update", "Changes what the body names of a line; its product stays.", [ProjectKey, Key], """{"locked": true, "freight_type": "sea", "variants": [2]}""");
        lines.MapDelete("/{id}", Delete).WithMetadata(Admission.Manage)
            .Documented("line_items/destroy", "Deletes a line; answers with what it was.", [ProjectKey, Key]);
    }

    private static async Task List(HttpContext context, Pixee pixee, string project)
    {
        var found = await ProjectEndpoints.Find(context, pixee, project);
        var lines = await pixee.Catalog.ProjectLines.List(TokenCheck.UserOf(context).Tenant, found.Id, context.RequestAborted);
        var goods = await Goods.Of(context, pixee, found, lines);
        await Answer.List(context, Resource, "index", lines, goods.Write);
    }

    private static async Task Show(HttpContext context, Pixee pixee, string project, string id)
    {
        var found = await ProjectEndpoints.Find(context, pixee, project);
        await Answered(context, pixee, "show", found, await Find(context, pixee, found, id));
    }

    /// <summary>The product is one of the catalogue, or a new one that the line describes.</summary>
    private static async Task Create(HttpContext context, Pixee pixee, WinddleOptions options, TimeProvider time, string project)
    {
        var found = await ProjectEndpoints.FindToManage(context, pixee, project);
        var input = await Body.Read(context, Resource);
        var today = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        var draft = Read(input)(new ProjectLine(
            0, found.Id, Guid.Empty, [], "", null, null, today, null, false, false, false, new Dictionary<string, string>(StringComparer.Ordinal)));
        var described = input.Node("product") is JsonObject fields && !fields.ContainsKey("id")
            ? ProductInput.Read(new Input(fields), options, isNew: true)
            : null;
        var known = described is null ? await Product(context, pixee, input) : null;
        described?.Errors.ThrowIfAny();
        input.Errors.ThrowIfAny();
        Refusals.ThrowIfAny((draft.Name.Length > 0 ? draft : draft with { Name = "not said yet" }).Check());
        ProjectLine? line = null;
        if (known is { } product)
        {
            line = await Write(context, pixee, product, input, Add);
        }
        else
        {
            await ProductWriting.Create(context, pixee, described!, beside: async (session, stream) => line = await Write(session, stream, input, Add));
        }

        await Answered(context, pixee, "create", found, line!, StatusCodes.Status201Created);

        Task<(ProjectLine? Line, Refusal? Refusal)> Add(EventSession session, EventStream<Product> stream, IReadOnlyList<long>? variants) => ProjectLines.Create(
            session,
            draft with { Product = stream.Id, Name = draft.Name.Length > 0 ? draft.Name : stream.State.Text(ProductFields.Name)!, Variants = variants ?? [] },
            context.RequestAborted);
    }

    private static async Task Update(HttpContext context, Pixee pixee, string project, string id)
    {
        var found = await ProjectEndpoints.FindToManage(context, pixee, project);
        var line = await Find(context, pixee, found, id);
        var input = await Body.Read(context, Resource);
        var change = Read(input);
        if (input.Has("product") && await Product(context, pixee, input) != line.Product)
        {
            input.Errors.Add("product", "cannot be changed");
        }

        if (input.Has("name"))
        {
            input.Text("name", AnyLength, required: true);
        }

        input.Errors.ThrowIfAny();
        var changed = await Write(context, pixee, line.Product, input, (session, _, variants) => ProjectLines.Change(
            session, line.Id, before => change(before) with { Variants = variants ?? before.Variants }, context.RequestAborted));
        await Answered(context, pixee, "update", found, changed ?? throw Refusals.NotFound(Resource, id));
    }

    private static async Task Delete(HttpContext context, Pixee pixee, string project, string id)
    {
        var found = await ProjectEndpoints.FindToManage(context, pixee, project);
        var line = await Find(context, pixee, found, id);
        await pixee.Catalog.ProjectLines.Delete(TokenCheck.UserOf(context).Tenant, line.Id, context.RequestAborted);
        await Answered(context, pixee, "destroy", found, line);
    }

    private static async Task<ProjectLine> Find(HttpContext context, Pixee pixee, Project project, string key) =>
        await pixee.Catalog.ProjectLines.Find(TokenCheck.UserOf(context).Tenant, project.Id, Keyed.Decoded(key), context.RequestAborted)
        ?? throw Refusals.NotFound(Resource, key);

    private static async Task Answered(
        HttpContext context, Pixee pixee, string action, Project project, ProjectLine line, int status = StatusCodes.Status200OK)
    {
        var goods = await Goods.Of(context, pixee, project, [line]);
        var attachments = await AttachmentEndpoints.Of(context, pixee, line.Product);
        await Answer.Item(
            context, Resource, action, writer =>
            {
                goods.Write(writer, line);
                if (goods.Products.TryGetValue(line.Product, out var product))
                {
                    AttachmentEndpoints.ViewOf(context, product).WriteAll(writer, attachments);
                }
            },
            status);
    }

    /// <summary>Writes a line while its product is locked, so that neither it nor a variant goes away meanwhile.</summary>
    /// <param name="write">Gets the variants that the body names, or null when it is silent.</param>
    private static async Task<ProjectLine?> Write(
        HttpContext context, Pixee pixee, Guid product, Input input,
        Func<EventSession, EventStream<Product>, IReadOnlyList<long>?, Task<(ProjectLine? Line, Refusal? Refusal)>> write)
    {
        await using var session = pixee.Store.Open(TokenCheck.CallerOf(context));
        var stream = await session.FetchForExclusiveWriting(Catalog.Products.Product.Aggregate, product, context.RequestAborted);
        if (!stream.State.Exists)
        {
            input.Errors.Add("product", Errors.Unknown);
        }

        var line = await Write(session, stream, input, write);
        if (!await session.SaveChanges(context.RequestAborted))
        {
            throw ProductWriting.Busy();
        }

        return line;
    }

    /// <summary>The same in a unit of work of somebody else.</summary>
    private static async Task<ProjectLine?> Write(
        EventSession session, EventStream<Product> stream, Input input,
        Func<EventSession, EventStream<Product>, IReadOnlyList<long>?, Task<(ProjectLine? Line, Refusal? Refusal)>> write)
    {
        var variants = input.Has("variants") ? Variants(input, stream.State) : null;
        input.Errors.ThrowIfAny();
        var (line, refusal) = await write(session, stream, variants);
        Refusals.ThrowIfAny(refusal);
        return line;
    }

    /// <summary>The product that a body names by id, source_id or name, or sends as it was read.</summary>
    private static async Task<Guid?> Product(HttpContext context, Pixee pixee, Input input)
    {
        var key = KeyOf(input.Node("product"));
        var row = key is null ? null : await ProductQueries.Find(pixee.DataSource, TokenCheck.UserOf(context).Tenant, key, context.RequestAborted);
        if (row is null)
        {
            input.Errors.Add("product", key is null ? Errors.Blank : $"'{key}' does not exist");
        }

        return row?.Product;
    }

    /// <summary>Each by id, else source_id, else name, among those of the product.</summary>
    private static IReadOnlyList<long> Variants(Input input, Product product)
    {
        var found = new List<long>();
        foreach (var key in input.List("variants").Select(KeyOf).OfType<string>())
        {
            if (Keyed.Choose((product.Variants ?? []).Select(v => (v.Id, v.Text(ProductFields.SourceId), v.Text(ProductFields.Name))), key) is { } variant)
            {
                found.Add(variant);
            }
            else
            {
                input.Errors.Add("variants", $"'{key}' does not exist");
            }
        }

        return [.. found.Distinct()];
    }

    private static string? KeyOf(JsonNode? node) => new Input(new JsonObject { ["key"] = node?.DeepClone() }).Key("key");

    private static Func<ProjectLine, ProjectLine> Read(Input input)
    {
        var (name, sourceId, reference) = (input.Text("name", AnyLength), input.Text("source_id", AnyLength), input.Text("reference", AnyLength));
        var (startAt, deliverAt) = (input.Date("start_at"), input.Date("deliver_at"));
        var (locked, cancelled, archived) = (input.Boolean("locked"), input.Boolean("cancelled"), input.Boolean("archived"));
        var details = ProjectEndpoints.Details(input, ProjectLine.DetailNames);
        return line => line with
        {
            Name = name ?? line.Name,
            SourceId = input.Has("source_id") ? sourceId : line.SourceId,
            Reference = input.Has("reference") ? reference : line.Reference,
            StartAt = startAt ?? line.StartAt,
            DeliverAt = input.Has("deliver_at") ? deliverAt : line.DeliverAt,
            Locked = locked ?? line.Locked,
            Cancelled = cancelled ?? line.Cancelled,
            Archived = archived ?? line.Archived,
            Details = details(line.Details),
        };
    }

    /// <summary>The products and variants that the lines of an answer name, read at once. A line that was deleted meanwhile may name none.</summary>
    private sealed record Goods(Project Project, Dictionary<Guid, ProductRow> Products, Dictionary<long, VariantRow> Variants)
    {
        public static async Task<Goods> Of(HttpContext context, Pixee pixee, Project project, IReadOnlyList<ProjectLine> lines)
        {
            var (tenant, products) = (TokenCheck.UserOf(context).Tenant, lines.Select(l => l.Product).Distinct().ToList());
            var rows = await ProductQueries.ById(pixee.DataSource, tenant, products, context.RequestAborted);
            var variants = await ProductQueries.Variants(pixee.DataSource, tenant, products, context.RequestAborted);
            return new Goods(project, rows.ToDictionary(r => r.Product), variants.SelectMany(v => v).ToDictionary(v => v.Id));
        }

        public void Write(ResourceWriter writer, ProjectLine line)
        {
            writer.Integer("id", line.Id);
            writer.Text("name", line.Name);
            writer.Text("source_id", line.SourceId);
            writer.Text("reference", line.Reference);
            writer.Object("project", () =>
            {
                writer.Integer("id", Project.Id);
                writer.Text("name", Project.Name);
            });
            if (Products.TryGetValue(line.Product, out var product))
            {
                writer.Object("product", () => WriteBrief(writer, product.Id, product.Shown));
            }

            writer.List("variants", "variant", line.Variants.Where(Variants.ContainsKey), variant => WriteBrief(writer, variant, Variants[variant].Shown));
            writer.Date("start_at", line.StartAt);
            writer.Date("deliver_at", line.DeliverAt);
            writer.Boolean("locked", line.Locked);
            writer.Boolean("cancelled", line.Cancelled);
            writer.Boolean("archived", line.Archived);
            foreach (var name in ProjectLine.DetailNames)
            {
                writer.Text(name, line.Details.GetValueOrDefault(name));
            }

            writer.Time("created_at", line.CreatedAt);
            writer.Time("updated_at", line.UpdatedAt);
        }

        private static void WriteBrief(ResourceWriter writer, long id, ShownFields shown)
        {
            writer.Integer("id", id);
            writer.Text("name", shown.Text(ProductFields.Name));
        }
    }
}
