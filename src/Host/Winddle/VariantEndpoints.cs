using System.Globalization;
using PixeeEvents.Catalog;
using PixeeEvents.Catalog.Planning;
using PixeeEvents.Host.OpenApi;

namespace PixeeEvents.Host.Winddle;

/// <summary>Variants of a product: who may manage the product may manage them. Each change is an event of the product's own stream.</summary>
internal static class VariantEndpoints
{
    private static readonly Resource Resource = new("variants", "variant");

    private const string NewVariant = """{"name": "Support TV mural fixe, rouge", "reference": "ART-001-R", "color": "Rouge"}""";

    private static readonly Parameter Key = Parameter.Path("variantKey", "Id, source_id or name of the variant.", "1");

    private static readonly string[] Change = [HttpMethods.Put, HttpMethods.Patch];

    public static void Map(RouteGroupBuilder routes)
    {
        foreach (var path in (ReadOnlySpan<string>)["/products/{key}/variants", "/product/{key}/variants"])
        {
            routes.MapGet(path, List).WithMetadata(Admission.Read).Documented("variants/list", "The variants of a product.", [ProductEndpoints.Key]);
            routes.MapPost(path, Create).WithMetadata(Admission.Manage)
                .Documented("variants/create", "Adds a variant to a product.", [ProductEndpoints.Key], NewVariant, status: StatusCodes.Status201Created);
            routes.MapGet(path + "/{variantKey}", Show).WithMetadata(Admission.Read).Documented("variants/show", "A variant.", [ProductEndpoints.Key, Key]);
            routes.MapMethods(path + "/{variantKey}", Change, Update).WithMetadata(Admission.Manage)
                .Documented("variants/update", "Changes what the body names of a variant.", [ProductEndpoints.Key, Key], """{"size": "L"}""");
            routes.MapDelete(path + "/{variantKey}", Destroy).WithMetadata(Admission.Manage)
                .Documented("variants/destroy", "Removes a variant that no project line uses; answers with what it was.", [ProductEndpoints.Key, Key with { Example = "2" }]);
        }
    }

    private static async Task List(HttpContext context, Pixee pixee, string key)
    {
        var product = await ProductEndpoints.Find(context, pixee, key);
        var variants = (await ProductQueries.Variants(pixee.DataSource, TokenCheck.UserOf(context).Tenant, [product.Product], context.RequestAborted))[product.Product].ToList();
        var view = await ProductView.Load(context, pixee, [product]);
        await Answer.List(context, Resource, "index", variants, (writer, variant) => view.WriteVariant(writer, product, variant));
    }

    private static async Task Show(HttpContext context, Pixee pixee, string key, string variantKey)
    {
        var product = await ProductEndpoints.Find(context, pixee, key);
        var variants = await ProductQueries.Variants(pixee.DataSource, TokenCheck.UserOf(context).Tenant, [product.Product], context.RequestAborted);
        var id = Choose(variants[product.Product].Select(v => (v.Id, v.Shown.Text(ProductFields.SourceId), v.Shown.Text(ProductFields.Name))), variantKey);
        await AnswerWith(context, pixee, product.Product, id, "show");
    }

    private static async Task Create(HttpContext context, Pixee pixee, WinddleOptions options, string key)
    {
        var input = ProductInput.Read(await Body.Read(context, Resource), options, isNew: true);
        input.Errors.ThrowIfAny();
        var links = await ProductLinks.Load(pixee, TokenCheck.UserOf(context).User, input, context.RequestAborted);
        var id = 0L;
        var product = await ProductWriting.Change(context, pixee, Keyed.Decoded(key), needsManager: true, givesKeys: true, async (product, stop) =>
        {
            var fields = await links.Resolve(product.Session, input, null, stop, ofVariant: true);
            await ProductWriting.RefuseTaken(product.Session, ProductKeys.VariantReference, input, null, stop);
            input.Errors.ThrowIfAny();
            id = (await Variant.Numbers(product.Session, 1, stop))[0];
            ProductWriting.AppendAndAnnounce(product, new AddVariant(id, fields).Decide(product.State));
        });
        await AnswerWith(context, pixee, product, id, "create", StatusCodes.Status201Created);
    }

    private static async Task Update(HttpContext context, Pixee pixee, WinddleOptions options, string key, string variantKey)
    {
        var input = ProductInput.Read(await Body.Read(context, Resource), options, isNew: false);
        input.Errors.ThrowIfAny();
        var links = await ProductLinks.Load(pixee, TokenCheck.UserOf(context).User, input, context.RequestAborted);
        var id = 0L;
        var product = await ProductWriting.Change(
            context, pixee, Keyed.Decoded(key), needsManager: true, givesKeys: input.Reference is not null, async (product, stop) =>
            {
                id = Choose(product.State, variantKey);
                var variant = product.State.Variant(id)!;
                var fields = await links.Resolve(product.Session, input, variant.Fields, stop, ofVariant: true);
                await ProductWriting.RefuseTaken(product.Session, ProductKeys.VariantReference, input, variant.Reference, stop);
                input.Errors.ThrowIfAny();
                ProductWriting.AppendAndAnnounce(product, new ReviseVariant(id, fields).Decide(product.State));
            });
        await AnswerWith(context, pixee, product, id, "update");
    }

    /// <summary>Answers with the variant as it was.</summary>
    private static async Task Destroy(HttpContext context, Pixee pixee, string key, string variantKey)
    {
        var (user, row) = (TokenCheck.UserOf(context).User, await ProductEndpoints.Find(context, pixee, key));
        var view = await ProductView.Load(context, pixee, [row]);
        var variants = (await ProductQueries.Variants(pixee.DataSource, user.Tenant, [row.Product], context.RequestAborted))[row.Product].ToList();
        var id = 0L;
        await ProductWriting.Change(context, pixee, Keyed.Decoded(key), needsManager: true, givesKeys: false, async (product, stop) =>
        {
            id = Choose(product.State, variantKey);
            var uses = await ProjectLines.Uses(product.Session, [product.Stream.Id], stop);
            ProductWriting.AppendAndAnnounce(product, new RemoveVariant(id, uses.Variants.Contains(id)).Decide(product.State));
        });
        var variant = variants.Find(v => v.Id == id) ?? throw NotFound(variantKey);
        await Answer.Item(context, Resource, "destroy", writer => view.WriteVariant(writer, row, variant));
    }

    private static long Choose(Product product, string key) =>
        Choose((product.Variants ?? []).Select(v => (v.Id, v.Text(ProductFields.SourceId), v.Text(ProductFields.Name))), key);

    private static long Choose(IEnumerable<(long Id, string? SourceId, string? Name)> variants, string key) =>
        Keyed.Choose(variants, Keyed.Decoded(key)) ?? throw NotFound(key);

    private static async Task AnswerWith(HttpContext context, Pixee pixee, Guid product, long id, string action, int status = StatusCodes.Status200OK)
    {
        var user = TokenCheck.UserOf(context).User;
        var row = (await ProductQueries.ById(pixee.DataSource, user.Tenant, [product], context.RequestAborted)).SingleOrDefault() ?? throw NotFound("");
        var view = await ProductView.Load(context, pixee, [row]);
        var variant = (await ProductQueries.Variants(pixee.DataSource, user.Tenant, [product], context.RequestAborted))[product].FirstOrDefault(v => v.Id == id)
            ?? throw NotFound(id.ToString(CultureInfo.InvariantCulture));
        await Answer.Item(context, Resource, action, writer => view.WriteVariant(writer, row, variant), status);
    }

    private static RefusedRequestException NotFound(string key) => new(StatusCodes.Status404NotFound, $"The product has no variant '{key}'.");
}
