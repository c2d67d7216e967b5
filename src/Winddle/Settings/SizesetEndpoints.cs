using PixeeEvents.Catalog;
using PixeeEvents.Catalog.Settings;
using PixeeEvents.Winddle.Wire;
using Wolverine.Http;

namespace PixeeEvents.Winddle.Settings;

/// <summary>Sets of sizes, each for the products of a category and below, or for all.</summary>
public static class SizesetEndpoints
{
    private const string All = WinddleApi.Root + SettingRoutes.Sizesets;
    private const string One = All + "/{id}";

    private static readonly SettingResource<Sizeset> Sets = new(
        new Resource("sizesets", "sizeset"), Read, Write);

    [WolverineGet(All)]
    public static Task<Answer> List(CurrentUser user, CatalogModule catalog, CancellationToken stop) =>
        Sets.List(user, catalog.Sizesets, stop);

    [WolverineGet(One)]
    public static Task<Answer> Show(CurrentUser user, string id, CatalogModule catalog, CancellationToken stop) =>
        Sets.Show(user, catalog.Sizesets, id, stop);

    [WolverinePost(All)]
    public static Task<Answer> Create(HttpContext context, CurrentUser user, CatalogModule catalog, CancellationToken stop) =>
        Sets.Create(context, user, catalog.Sizesets, stop);

    [WolverinePut(One)]
    public static Task<Answer> Update(
        HttpContext context, CurrentUser user, string id, CatalogModule catalog, CancellationToken stop) =>
        Sets.Update(context, user, catalog.Sizesets, id, stop);

    [WolverineDelete(One)]
    public static Task<Answer> Delete(CurrentUser user, string id, CatalogModule catalog, CancellationToken stop) =>
        Sets.Delete(user, catalog.Sizesets, id, stop);

    /// <summary>What a product tells of a size set beside its id and name.</summary>
    internal static void WriteSizes(ResourceWriter writer, Sizeset sizeset) => writer.Texts("sizes", "size", sizeset.Sizes);

    private static Sizeset Read(Input input, Sizeset? before) => new(
        0,
        SettingInput.Name(input, before),
        input.Has("sizes") ? input.Texts("sizes", SettingInput.AnyLength) : before?.Sizes ?? [],
        input.Has("category_id") ? input.Integer("category_id", min: 0) is > 0 and var category ? category : null : before?.Category,
        SettingInput.Position(input, before));

    private static void Write(ResourceWriter writer, Sizeset sizeset)
    {
        WriteSizes(writer, sizeset);
        writer.Integer("category_id", sizeset.Category);
    }
}
