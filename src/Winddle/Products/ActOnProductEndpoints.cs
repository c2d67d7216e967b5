using PixeeEvents.Catalog;
using PixeeEvents.EventLog;
using PixeeEvents.Winddle.Products.Writing;
using PixeeEvents.Winddle.Wire;
using Wolverine.Http;

namespace PixeeEvents.Winddle.Products;

/// <summary>The eight actions on a product as a whole. Done twice, each is done once.</summary>
public static class ActOnProductEndpoints
{
    [WolverinePut(ProductRoutes.One + "/archive")]
    public static Task<Answer> Archive(
        CurrentUser user, Caller caller, string key, ShownProducts products, ProductWriting writing, CancellationToken stop) =>
        Act(ProductAction.Archive, user, caller, key, products, writing, stop);

    [WolverinePut(ProductRoutes.One + "/unarchive")]
    public static Task<Answer> Unarchive(
        CurrentUser user, Caller caller, string key, ShownProducts products, ProductWriting writing, CancellationToken stop) =>
        Act(ProductAction.Unarchive, user, caller, key, products, writing, stop);

    [WolverinePut(ProductRoutes.One + "/cancel")]
    public static Task<Answer> Cancel(
        CurrentUser user, Caller caller, string key, ShownProducts products, ProductWriting writing, CancellationToken stop) =>
        Act(ProductAction.Cancel, user, caller, key, products, writing, stop);

    [WolverinePut(ProductRoutes.One + "/uncancel")]
    public static Task<Answer> Uncancel(
        CurrentUser user, Caller caller, string key, ShownProducts products, ProductWriting writing, CancellationToken stop) =>
        Act(ProductAction.Uncancel, user, caller, key, products, writing, stop);

    [WolverinePut(ProductRoutes.One + "/showcase")]
    public static Task<Answer> Showcase(
        CurrentUser user, Caller caller, string key, ShownProducts products, ProductWriting writing, CancellationToken stop) =>
        Act(ProductAction.Showcase, user, caller, key, products, writing, stop);

    [WolverinePut(ProductRoutes.One + "/unshowcase")]
    public static Task<Answer> Unshowcase(
        CurrentUser user, Caller caller, string key, ShownProducts products, ProductWriting writing, CancellationToken stop) =>
        Act(ProductAction.Unshowcase, user, caller, key, products, writing, stop);

    [WolverinePut(ProductRoutes.One + "/like")]
    public static Task<Answer> Like(
        CurrentUser user, Caller caller, string key, ShownProducts products, ProductWriting writing, CancellationToken stop) =>
        React(ProductAction.Like, user, caller, key, products, writing, stop);

    [WolverinePut(ProductRoutes.One + "/unlike")]
    public static Task<Answer> Unlike(
        CurrentUser user, Caller caller, string key, ShownProducts products, ProductWriting writing, CancellationToken stop) =>
        React(ProductAction.Unlike, user, caller, key, products, writing, stop);

    private static async Task<Answer> Act(
        ProductAction action,
        CurrentUser user,
        Caller caller,
        string key,
        ShownProducts products,
        ProductWriting writing,
        CancellationToken stop)
    {
        await foreach (var product in writing.Hold(user, caller, key, givesKeys: false, stop))
        {
            product.AppendAndAnnounce(new ActOnProduct(action, user.Id).Decide(product.State));
            if (await product.Save(stop))
            {
                return await products.Show(user, product.Id, Name(action), stop);
            }
        }

        throw ProductWriting.Busy();
    }

    /// <summary>What one user likes is no news to the world, and everybody may.</summary>
    private static async Task<Answer> React(
        ProductAction action,
        CurrentUser user,
        Caller caller,
        string key,
        ShownProducts products,
        ProductWriting writing,
        CancellationToken stop)
    {
        await foreach (var product in writing.HoldForAnyone(user, caller, key, stop))
        {
            product.Append(new ActOnProduct(action, user.Id).Decide(product.State));
            if (await product.Save(stop))
            {
                return await products.Show(user, product.Id, Name(action), stop);
            }
        }

        throw ProductWriting.Busy();
    }

    private static string Name(ProductAction action) => action.ToString().ToLowerInvariant();
}
