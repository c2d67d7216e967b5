using System.Globalization;
using PixeeEvents.Catalog;
using PixeeEvents.Catalog.Planning;
using PixeeEvents.EventLog;
using PixeeEvents.Winddle.Products;
using PixeeEvents.Winddle.Products.Writing;
using PixeeEvents.Winddle.Rows;
using PixeeEvents.Winddle.Wire;
using Wolverine.Http;

namespace PixeeEvents.Winddle.Variants;

/// <summary>
/// Variants of a product: who may manage the product may manage them. Each change is an event of the product's own stream.
/// </summary>
public static class VariantEndpoints
{
    [WolverineGet(VariantRoutes.All)]
    public static async Task<Answer> List(CurrentUser user, string key, ShownProducts products, CancellationToken stop)
    {
        var product = await products.Find(user, key, stop);
        var variants = await Of(user, product, products, stop);
        var view = await products.View(user, [product], stop);
        return Answer.List(
            VariantRoutes.Resource, "index", variants, (writer, variant) => view.WriteVariant(writer, product, variant));
    }

    [WolverineGet(VariantRoutes.One)]
    public static async Task<Answer> Show(
        CurrentUser user, string key, string variantKey, ShownProducts products, CancellationToken stop)
    {
        var product = await products.Find(user, key, stop);
        var id = Choose(await Of(user, product, products, stop), variantKey);
        return await Shown(user, product.Product, id, "show", products, stop);
    }

    [WolverinePost(VariantRoutes.All)]
    public static async Task<Answer> Create(
        HttpContext context,
        CurrentUser user,
        Caller caller,
        string key,
        ShownProducts products,
        ProductWriting writing,
        WinddleOptions options,
        CancellationToken stop)
    {
        var input = ProductInput.Read(await Body.Read(context, VariantRoutes.Resource), options, isNew: true);
        input.Errors.ThrowIfAny();
        var links = await writing.Links(user, input, stop);
        await foreach (var product in writing.Hold(user, caller, key, givesKeys: true, stop))
        {
            var fields = await links.Resolve(product.Session, input, null, stop, ofVariant: true);
            await product.RefuseTaken(ProductKeys.VariantReference, input, null, stop);
            input.Errors.ThrowIfAny();
            var id = (await Variant.Numbers(product.Session, 1, stop))[0];
            product.AppendAndAnnounce(new AddVariant(id, fields).Decide(product.State));
            if (await product.Save(stop))
            {
                return await Shown(user, product.Id, id, "create", products, stop, StatusCodes.Status201Created);
            }
        }

        throw ProductWriting.Busy();
    }

    [WolverinePut(VariantRoutes.One)]
    public static async Task<Answer> Update(
        HttpContext context,
        CurrentUser user,
        Caller caller,
        string key,
        string variantKey,
        ShownProducts products,
        ProductWriting writing,
        WinddleOptions options,
        CancellationToken stop)
    {
        var input = ProductInput.Read(await Body.Read(context, VariantRoutes.Resource), options, isNew: false);
        input.Errors.ThrowIfAny();
        var links = await writing.Links(user, input, stop);
        await foreach (var product in writing.Hold(user, caller, key, givesKeys: input.Reference is not null, stop))
        {
            var id = Choose(product.State, variantKey);
            var variant = product.State.Variant(id)!;
            var fields = await links.Resolve(product.Session, input, variant.Fields, stop, ofVariant: true);
            await product.RefuseTaken(ProductKeys.VariantReference, input, variant.Reference, stop);
            input.Errors.ThrowIfAny();
            product.AppendAndAnnounce(new ReviseVariant(id, fields).Decide(product.State));
            if (await product.Save(stop))
            {
                return await Shown(user, product.Id, id, "update", products, stop);
            }
        }

        throw ProductWriting.Busy();
    }

    /// <summary>Answers with the variant as it was.</summary>
    [WolverineDelete(VariantRoutes.One)]
    public static async Task<Answer> Destroy(
        CurrentUser user,
        Caller caller,
        string key,
        string variantKey,
        ShownProducts products,
        ProductWriting writing,
        CancellationToken stop)
    {
        var row = await products.Find(user, key, stop);
        var view = await products.View(user, [row], stop);
        var variants = await Of(user, row, products, stop);
        await foreach (var product in writing.Hold(user, caller, key, givesKeys: false, stop))
        {
            var id = Choose(product.State, variantKey);
            var uses = await ProjectLines.Uses(product.Session, [product.Id], stop);
            product.AppendAndAnnounce(new RemoveVariant(id, uses.Variants.Contains(id)).Decide(product.State));
            if (await product.Save(stop))
            {
                var variant = variants.Find(v => v.Id == id) ?? throw NotFound(variantKey);
                return Answer.Item(VariantRoutes.Resource, "destroy", writer => view.WriteVariant(writer, row, variant));
            }
        }

        throw ProductWriting.Busy();
    }

    private static async Task<List<VariantRow>> Of(
        CurrentUser user, ProductRow product, ShownProducts products, CancellationToken stop) =>
        [.. (await products.Variants(user, [product.Product], stop))[product.Product]];

    private static long Choose(Product product, string key) =>
        Choose((product.Variants ?? []).Select(v => (v.Id, v.Text(ProductFields.SourceId), v.Text(ProductFields.Name))), key);

    private static long Choose(List<VariantRow> variants, string key) =>
        Choose(variants.Select(v => (v.Id, v.Shown.Text(ProductFields.SourceId), v.Shown.Text(ProductFields.Name))), key);

    private static long Choose(IEnumerable<(long Id, string? SourceId, string? Name)> variants, string key) =>
        Keyed.Choose(variants, Keyed.Decoded(key)) ?? throw NotFound(key);

    private static async Task<Answer> Shown(
        CurrentUser user,
        Guid product,
        long id,
        string action,
        ShownProducts products,
        CancellationToken stop,
        int status = StatusCodes.Status200OK)
    {
        var row = await products.ById(user, product, stop);
        var view = await products.View(user, [row], stop);
        var variant = (await Of(user, row, products, stop)).Find(v => v.Id == id)
            ?? throw NotFound(id.ToString(CultureInfo.InvariantCulture));
        return Answer.Item(VariantRoutes.Resource, action, writer => view.WriteVariant(writer, row, variant), status);
    }

    private static RefusedRequestException NotFound(string key) =>
        new(StatusCodes.Status404NotFound, $"The product has no variant '{key}'.");
}
