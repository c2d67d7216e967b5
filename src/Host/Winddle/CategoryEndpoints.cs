using PixeeEvents.Catalog.Settings;
using PixeeEvents.Host.OpenApi;

namespace PixeeEvents.Host.Winddle;

/// <summary>The tree of product categories: the one that the other face lists, here by integer ids. Written by company admins.</summary>
internal static class CategoryEndpoints
{
    public const string Path = "product_categories";

    private const int AnyLength = 10_000;

    private static readonly Resource Resource = new(Path, "product_category");

    private static readonly Parameter Key = Parameter.Path("id", "Id or label of the category.", "2");

    public static void Map(RouteGroupBuilder routes)
    {
        var categories = routes.MapGroup("/" + Path);
        categories.MapGet("", (HttpContext context, Pixee pixee) => List(context, pixee)).WithMetadata(Admission.Read)
            .Documented("product_categories/list", "All categories by level and position.");
        categories.MapGet("/{id}", (HttpContext context, Pixee pixee, string id) => Show(context, pixee, id)).WithMetadata(Admission.Read)
            .Documented("product_categories/show", "A category with its ancestors, root first.", [Key]);
        categories.MapPost("", (HttpContext context, Pixee pixee) => Create(context, pixee)).WithMetadata(Admission.Administer).Documented(
            "product_categories/create", "Creates a category, below another or as a root.", body: """{"label": "Supports plafond", "parent_id": 1, "source_id": "SUP-PLA"}""",
            status: StatusCodes.Status201Created);
        categories.MapMethods("/{id}", ["PUT", "PATCH"], (HttpContext context, Pixee pixee, string id) => Update(context, pixee, id)).WithMetadata(Admission.Administer)
            .Documented("product_categories/update", "Renames or moves a category; what lies below it moves along.", [Key], """{"label": "Supports pour murs", "position": 2}""");
        categories.MapDelete("/{id}", (HttpContext context, Pixee pixee, string id) => Delete(context, pixee, id)).WithMetadata(Admission.Administer)
            .Documented("product_categories/destroy", "Deletes a category that nothing lies below and nothing uses; answers with what it was.", [Key with { Example = "3" }]);
    }

    /// <summary>What a product tells of its category.</summary>
    public static void WriteBrief(ResourceWriter writer, Category category)
    {
        writer.Integer("id", category.Number);
        writer.Text("source_id", category.SourceId);
        writer.Text("label", category.Name);
    }

    private static async Task List(HttpContext context, Pixee pixee) =>
        await Answer.List(context, Resource, "index", await pixee.Catalog.Categories.List(TokenCheck.UserOf(context).Tenant, context.RequestAborted), Write);

    private static async Task Show(HttpContext context, Pixee pixee, string key)
    {
        var path = await Find(context, pixee, key);
        await Answer.Item(context, Resource, "show", writer => WriteWithBranch(writer, path));
    }

    private static async Task Create(HttpContext context, Pixee pixee)
    {
        var input = await Body.Read(context, Resource);
        var draft = Read(input, null);
        input.Errors.ThrowIfAny();
        var tenant = TokenCheck.UserOf(context).Tenant;
        var (created, refusal) = await pixee.Catalog.Categories.Create(tenant, draft, context.RequestAborted);
        Refusals.ThrowIfAny(refusal, FieldOf);
        var path = await pixee.Catalog.Categories.Path(tenant, created!.Number, context.RequestAborted);
        await Answer.Item(context, Resource, "create", writer => WriteWithBranch(writer, path), StatusCodes.Status201Created);
    }

    private static async Task Update(HttpContext context, Pixee pixee, string key)
    {
        var input = await Body.Read(context, Resource);
        var (tenant, number) = (TokenCheck.UserOf(context).Tenant, (await Find(context, pixee, key))[^1].Number);
        var (changed, refusal) = await pixee.Catalog.Categories.Change(
            tenant,
            number,
            before =>
            {
                var after = Read(input, before);
                input.Errors.ThrowIfAny();
                return after;
            },
            context.RequestAborted);
        Refusals.ThrowIfAny(refusal, FieldOf);
        var path = changed is null ? throw Refusals.NotFound(Resource, key) : await pixee.Catalog.Categories.Path(tenant, number, context.RequestAborted);
        await Answer.Item(context, Resource, "update", writer => WriteWithBranch(writer, path));
    }

    private static async Task Delete(HttpContext context, Pixee pixee, string key)
    {
        var path = await Find(context, pixee, key);
        var (deleted, refusal) = await pixee.Catalog.Categories.Delete(TokenCheck.UserOf(context).Tenant, path[^1].Number, context.RequestAborted);
        Refusals.ThrowIfAny(refusal, FieldOf);
        await Answer.Item(context, Resource, "destroy", writer => WriteWithBranch(writer, deleted ? path : throw Refusals.NotFound(Resource, key)));
    }

    /// <summary>The category that an id or a label stands for, with its ancestors, root first.</summary>
    private static async Task<IReadOnlyList<Category>> Find(HttpContext context, Pixee pixee, string key)
    {
        var tenant = TokenCheck.UserOf(context).Tenant;
        var found = await pixee.Catalog.Categories.Find(tenant, Keyed.Decoded(key), context.RequestAborted);
        if (found.Refusal?.Code == "category_ambiguous")
        {
            Refusals.ThrowIfAny(found.Refusal, _ => "id");
        }

        var path = found.Id is { } number ? await pixee.Catalog.Categories.Path(tenant, number, context.RequestAborted) : [];
        return path.Count > 0 ? path : throw Refusals.NotFound(Resource, key);
    }

    private static CategoryDraft Read(Input input, CategoryDraft? before)
    {
        var label = input.Has("label") || before is null ? input.Text("label", AnyLength, required: true) ?? "" : before.Name;
        var sourceId = input.Has("source_id") ? input.Text("source_id", AnyLength) : before?.SourceId;
        var parent = input.Has("parent_id") ? input.Integer("parent_id", min: 0) is > 0 and var id ? id : null : before?.Parent;
        return new CategoryDraft(label, sourceId, parent, (int?)input.Integer("position", min: 0, max: int.MaxValue) ?? before?.SortOrder);
    }

    private static string FieldOf(string field) => field switch
    {
        "name" => "label",
        "parent" => "parent_id",
        _ => field,
    };

    private static void WriteWithBranch(ResourceWriter writer, IReadOnlyList<Category> path)
    {
        Write(writer, path[^1]);
        writer.List("categories", "category", path, category => WriteBrief(writer, category));
    }

    private static void Write(ResourceWriter writer, Category category)
    {
        WriteBrief(writer, category);
        writer.Integer("parent_id", category.ParentNumber);
        writer.Integer("level", category.Level);
        writer.Integer("position", category.SortOrder);
    }
}
