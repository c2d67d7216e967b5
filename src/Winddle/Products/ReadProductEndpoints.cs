using PixeeEvents.Accounts;
using PixeeEvents.Catalog;
using PixeeEvents.Winddle.Wire;
using Wolverine.Http;

namespace PixeeEvents.Winddle.Products;

/// <summary>The products of the company by pages, and one with everything that belongs to it.</summary>
public static class ReadProductEndpoints
{
    [WolverineGet(ProductRoutes.All)]
    public static async Task<Answer> List(
        CurrentUser user,
        Page page,
        IQueryCollection query,
        ShownProducts products,
        CatalogModule catalog,
        AccountsModule accounts,
        CancellationToken stop)
    {
        var filter = await Filter.Of(query, user, catalog, accounts, stop);
        var (rows, total) = await products.List(user, filter, page, stop);
        var view = await products.View(user, rows, stop);
        return Answer.Paged(ProductRoutes.Resource, "index", page, total, rows, view.Write);
    }

    [WolverineGet(ProductRoutes.One)]
    public static async Task<Answer> Show(CurrentUser user, string key, ShownProducts products, CancellationToken stop) =>
        await products.Show(user, await products.Find(user, key, stop), "show", stop);
}
