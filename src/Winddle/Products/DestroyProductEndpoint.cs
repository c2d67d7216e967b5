using PixeeEvents.Catalog;
using PixeeEvents.Catalog.Planning;
using PixeeEvents.EventLog;
using PixeeEvents.Winddle.Products.Writing;
using PixeeEvents.Winddle.Wire;
using Wolverine.Http;

namespace PixeeEvents.Winddle.Products;

/// <summary>DELETE /products/{key}: answers with the product as it was.</summary>
public static class DestroyProductEndpoint
{
    [WolverineDelete(ProductRoutes.One)]
    public static async Task<Answer> Destroy(
        CurrentUser user, Caller caller, string key, ShownProducts products, ProductWriting writing, CancellationToken stop)
    {
        var row = await products.Find(user, key, stop);
        var view = await products.View(user, [row], stop);
        await foreach (var product in writing.Hold(user, caller, key, givesKeys: true, stop))
        {
            var uses = await ProjectLines.Uses(product.Session, [product.Id], stop);
            product.Append(new DestroyProduct(uses.Products.Count > 0).Decide(product.State));
            product.Announce("product.deleted");
            if (await product.Save(stop))
            {
                return Answer.Item(ProductRoutes.Resource, "destroy", writer => view.Write(writer, row));
            }
        }

        throw ProductWriting.Busy();
    }
}
