using PixeeEvents.Catalog;
using PixeeEvents.EventLog;
using PixeeEvents.Http.Availability;
using PixeeEvents.Winddle.Attachments;
using PixeeEvents.Winddle.Images;
using PixeeEvents.Winddle.Products.Writing;
using PixeeEvents.Winddle.Wire;
using Wolverine.Http;

namespace PixeeEvents.Winddle.Products;

/// <summary>PUT /products/{key}: what the body names, and the picture that a form brings.</summary>
public static class UpdateProductEndpoint
{
    [WolverinePut(ProductRoutes.One)]
    public static async Task<Answer> Update(
        HttpContext context,
        Turn turn,
        CurrentUser user,
        Caller caller,
        string key,
        ShownProducts products,
        ProductWriting writing,
        Uploads uploads,
        WinddleOptions options,
        CancellationToken stop)
    {
        var input = ProductInput.Read(await Body.Read(context, ProductRoutes.Resource), options, isNew: false);
        input.Errors.ThrowIfAny();
        var links = await writing.Links(user, input, stop);
        PreparedImage? image = null;
        if (Uploads.BringsImage(context))
        {
            // Nothing is scaled for those who may not set it.
            await products.FindToManage(user, key, stop);
            image = await uploads.Image(context);
        }

        await turn.Take();
        await foreach (var product in writing.Hold(user, caller, key, givesKeys: input.Reference is not null, stop))
        {
            var fields = await links.Resolve(product.Session, input, product.State.Fields, stop);
            await product.RefuseTaken(ProductFields.Reference, input, product.State.Reference, stop);
            input.Errors.ThrowIfAny();
            var changed = product.Append(new ReviseProduct(fields, NeedsKey: false).Decide(product.State));
            changed |= await product.SetImage(image, input.RemovesImage, stop);
            if (changed)
            {
                product.Announce("product.updated");
            }

            if (await product.Save(stop))
            {
                return await products.Show(user, product.Id, "update", stop);
            }
        }

        throw ProductWriting.Busy();
    }
}
