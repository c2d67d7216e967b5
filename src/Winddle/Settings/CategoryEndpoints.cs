using PixeeEvents.Catalog;
using PixeeEvents.Catalog.Settings;
using PixeeEvents.Winddle.Wire;
using Wolverine.Http;

namespace PixeeEvents.Winddle.Settings;

/// <summary>The tree of product categories: the one that the other face lists, here by integer ids.</summary>
public static class CategoryEndpoints
{
    private const string All = WinddleApi.Root + SettingRoutes.Categories;
    private const string One = All + "/{id}";

    private const int AnyLength = SettingInput.AnyLength;

    private static readonly Resource Resource = new("product_categories", "product_category");

    [WolverineGet(All)]
    public static async Task<Answer> List(CurrentUser user, CatalogModule catalog, CancellationToken stop) =>
        Answer.List(Resource, "index", await catalog.Categories.List(user.Tenant, stop), Write);

    [WolverineGet(One)]
    public static async Task<Answer> Show(CurrentUser user, string id, CatalogModule catalog, CancellationToken stop) =>
        Answered("show", await Find(user, id, catalog, stop));

    [WolverinePost(All)]
    public static async Task<Answer> Create(HttpContext context, CurrentUser user, CatalogModule catalog, CancellationToken stop)
    {
        var input = await Body.Read(context, Resource);
        var draft = Read(input, null);
        input.Errors.ThrowIfAny();
        var (created, refusal) = await catalog.Categories.Create(user.Tenant, draft, stop);
        Refusals.ThrowIfAny(refusal, FieldOf);
        return Answered("create", await catalog.Categories.Path(user.Tenant, created!.Number, stop), StatusCodes.Status201Created);
    }

    [WolverinePut(One)]
    public static async Task<Answer> Update(
        HttpContext context, CurrentUser user, string id, CatalogModule catalog, CancellationToken stop)
    {
        var input = await Body.Read(context, Resource);
        var number = (await Find(user, id, catalog, stop))[^1].Number;
        var (changed, refusal) = await catalog.Categories.Change(
            user.Tenant,
            number,
            before =>
            {
                var after = Read(input, before);
                input.Errors.ThrowIfAny();
                return after;
            },
            stop);
        Refusals.ThrowIfAny(refusal, FieldOf);
        return changed is null
            ? throw Refusals.NotFound(Resource, id)
            : Answered("update", await catalog.Categories.Path(user.Tenant, number, stop));
    }

    [WolverineDelete(One)]
    public static async Task<Answer> Delete(CurrentUser user, string id, CatalogModule catalog, CancellationToken stop)
    {
        var path = await Find(user, id, catalog, stop);
        var (deleted, refusal) = await catalog.Categories.Delete(user.Tenant, path[^1].Number, stop);
        Refusals.ThrowIfAny(refusal, FieldOf);
        return Answered("destroy", deleted ? path : throw Refusals.NotFound(Resource, id));
    }

    /// <summary>What a product tells of its category.</summary>
    internal static void WriteBrief(ResourceWriter writer, Category category)
    {
        writer.Integer("id", category.Number);
        writer.Text("source_id", category.SourceId);
        writer.Text("label", category.Name);
    }

    /// <summary>The category that an id or a label stands for, with its ancestors, root first.</summary>
    private static async Task<IReadOnlyList<Category>> Find(
        CurrentUser user, string key, CatalogModule catalog, CancellationToken stop)
    {
        var found = await catalog.Categories.Find(user.Tenant, Keyed.Decoded(key), stop);
        if (found.Refusal?.Code == "category_ambiguous")
        {
            Refusals.ThrowIfAny(found.Refusal, _ => "id");
        }

        var path = found.Id is { } number ? await catalog.Categories.Path(user.Tenant, number, stop) : [];
        return path.Count > 0 ? path : throw Refusals.NotFound(Resource, key);
    }

    private static Answer Answered(string action, IReadOnlyList<Category> path, int status = StatusCodes.Status200OK) =>
        Answer.Item(Resource, action, writer => WriteWithBranch(writer, path), status);

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
