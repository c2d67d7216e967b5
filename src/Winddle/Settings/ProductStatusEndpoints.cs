using PixeeEvents.Catalog;
using PixeeEvents.Catalog.Settings;
using PixeeEvents.Winddle.Wire;
using Wolverine.Http;

namespace PixeeEvents.Winddle.Settings;

/// <summary>What a product may be in; the first is that of a product without one.</summary>
public static class ProductStatusEndpoints
{
    private const string All = WinddleApi.Root + SettingRoutes.Statuses;
    private const string One = All + "/{id}";

    private static readonly SettingResource<ProductStatus> Statuses = new(
        new Resource("product_statuses", "product_status"), Read, (_, _) => { });

    [WolverineGet(All)]
    public static Task<Answer> List(CurrentUser user, CatalogModule catalog, CancellationToken stop) =>
        Statuses.List(user, catalog.Statuses, stop);

    [WolverineGet(One)]
    public static Task<Answer> Show(CurrentUser user, string id, CatalogModule catalog, CancellationToken stop) =>
        Statuses.Show(user, catalog.Statuses, id, stop);

    [WolverinePost(All)]
    public static Task<Answer> Create(HttpContext context, CurrentUser user, CatalogModule catalog, CancellationToken stop) =>
        Statuses.Create(context, user, catalog.Statuses, stop);

    [WolverinePut(One)]
    public static Task<Answer> Update(
        HttpContext context, CurrentUser user, string id, CatalogModule catalog, CancellationToken stop) =>
        Statuses.Update(context, user, catalog.Statuses, id, stop);

    [WolverineDelete(One)]
    public static Task<Answer> Delete(CurrentUser user, string id, CatalogModule catalog, CancellationToken stop) =>
        Statuses.Delete(user, catalog.Statuses, id, stop);

    private static ProductStatus Read(Input input, ProductStatus? before) =>
        new(0, SettingInput.Name(input, before), SettingInput.Position(input, before));
}
