using PixeeEvents.EventLog;
using PixeeEvents.Http.Availability;
using PixeeEvents.Winddle.Attachments;
using PixeeEvents.Winddle.Products.Writing;
using PixeeEvents.Winddle.Wire;
using Wolverine.Http;

namespace PixeeEvents.Winddle.Products;

/// <summary>POST /products: one product, with its picture if a form brings one.</summary>
public static class CreateProductEndpoint
{
    [WolverinePost(ProductRoutes.All)]
    public static async Task<Answer> Create(
        HttpContext context,
        Turn turn,
        CurrentUser user,
        Caller caller,
        ProductWriting writing,
        Uploads uploads,
        WinddleOptions options,
        CancellationToken stop)
    {
        var input = ProductInput.Read(await Body.Read(context, ProductRoutes.Resource), options, isNew: true);
        input.Errors.ThrowIfAny();
        var image = await uploads.Image(context);
        await turn.Take();
        if (image is null && await writing.RegisterWithOthers(user, caller, input, stop) is var (taken, shown))
        {
            return ShownProducts.Answered(user, taken, shown, [], "create", StatusCodes.Status201Created);
        }

        await foreach (var product in writing.Register(user, caller, input, image, stop))
        {
            if (await product.Save(stop) is var (row, view))
            {
                return ShownProducts.Answered(user, row, view, [], "create", StatusCodes.Status201Created);
            }
        }

        throw ProductWriting.Busy();
    }
}
