using PixeeEvents.Catalog;
using PixeeEvents.Catalog.Planning;
using PixeeEvents.EventLog;
using PixeeEvents.Host.Images;
using PixeeEvents.Host.OpenApi;

namespace PixeeEvents.Host.Winddle;

/// <summary>Products: list, show, create, update, destroy, and the eight actions, on the plural, the singular and the document's literal paths.</summary>
internal static class ProductEndpoints
{
    public static readonly Resource Resource = new("products", "product");

    private const string Picture = "product[image]";

    private const string NewProduct =
        """
        {"name": "TestCreationProduit", "reference": "TestProduit-001", "color": "Blanc", "target_store_date": "2026-03-01", "category": "Supports muraux", "season": "PE26",
         "status": "En vente", "customs": [{"field": "Norme", "value": "VESA 200"}]}
        """;

    private static readonly string[] Change = [HttpMethods.Put, HttpMethods.Patch];

    public static readonly Parameter Key = Parameter.Path("key", "Id, source_id or name of the product.", "1");

    public static void Map(RouteGroupBuilder routes)
    {
        routes.MapGet("/products", List).WithMetadata(Admission.Read)
            .Documented("products/list", "The company's products by pages.", [Filter.Parameter, .. Paging.Parameters]);
        routes.MapPost("/products", Create).WithMetadata(Admission.Write with { MaxFormBytes = Uploads.MaxFormBytes })
            .Documented("products/create", "Creates a product.", body: NewProduct, file: Picture, status: StatusCodes.Status201Created);
        foreach (var path in (ReadOnlySpan<string>)["/products/{key}", "/product/{key}"])
        {
            routes.MapGet(path, Show).WithMetadata(Admission.Read)
                .Documented("products/show", "A product with everything that belongs to it, attachments included.", [Key]);
            routes.MapMethods(path, Change, Update).WithMetadata(Admission.Manage with { MaxFormBytes = Uploads.MaxFormBytes })
                .Documented("products/update", "Changes what the body names of a product.", [Key], """{"color": "Noir", "customs": [{"field": "Norme", "value": "VESA 400"}]}""", Picture);
            routes.MapDelete(path, Destroy).WithMetadata(Admission.Manage)
                .Documented("products/destroy", "Destroys a product for good, while no project line uses it; answers with what it was.", [Key with { Example = "2" }]);
            foreach (var action in Enum.GetValues<ProductAction>())
            {
                Map(routes, $"{path}/{Name(action)}", action);
            }
        }

        Map(routes, "/showcase/{key}/unshowcase", ProductAction.Unshowcase);
    }

    /// <summary>The document writes two paths without a slash, one of them below a resource of its own.</summary>
    public static void MapLiterally(IEndpointRouteBuilder routes)
    {
        Map(routes, WinddleApi.Root + "product/{key}/showcase", ProductAction.Showcase);
        Map(routes, WinddleApi.Root + "showcase/{key}/unshowcase", ProductAction.Unshowcase);
    }

    /// <exception cref="RefusedRequestException">404 when the company has no such product.</exception>
    public static async Task<ProductRow> Find(HttpContext context, Pixee pixee, string key) =>
        await ProductQueries.Find(pixee.DataSource, TokenCheck.UserOf(context).Tenant, Keyed.Decoded(key), context.RequestAborted) ?? throw ProductWriting.NotFound(key);

    /// <summary>Answers with a product as it stands now.</summary>
    public static async Task AnswerWith(HttpContext context, Pixee pixee, Guid product, string action, int status = StatusCodes.Status200OK)
    {
        var user = TokenCheck.UserOf(context).User;
        var row = (await ProductQueries.ById(pixee.DataSource, user.Tenant, [product], context.RequestAborted)).SingleOrDefault()
            ?? throw new RefusedRequestException(StatusCodes.Status404NotFound, "The product was destroyed meanwhile.");
        await AnswerWith(context, pixee, row, action, status);
    }

    private static async Task AnswerWith(HttpContext context, Pixee pixee, ProductRow row, string action, int status)
    {
        var batch = new QueryBatch();
        var asked = batch.Add(AttachmentRows.Of(TokenCheck.UserOf(context).Tenant, row.Product));
        var view = await ProductView.Load(context, pixee, [row], batch);
        await AnswerWith(context, row, view, await asked, action, status);
    }

    private static Task AnswerWith(HttpContext context, ProductRow row, ProductView view, IReadOnlyList<ShownAttachment> attachments, string action, int status) =>
        Answer.Item(
            context, Resource, action, writer =>
            {
                view.Write(writer, row);
                AttachmentEndpoints.ViewOf(context, row).WriteAll(writer, attachments);
            },
            status);

    private static async Task List(HttpContext context, Pixee pixee)
    {
        var user = TokenCheck.UserOf(context).User;
        var page = Paging.Of(context);
        var filter = await Filter.Of(context, pixee);
        var (rows, total) = await ProductQueries.List(pixee.DataSource, user.Tenant, filter, page, context.RequestAborted);
        var view = await ProductView.Load(context, pixee, rows);
        await Answer.Paged(context, Resource, "index", page, total, rows, view.Write);
    }

    private static async Task Show(HttpContext context, Pixee pixee, string key) =>
        await AnswerWith(context, pixee, await Find(context, pixee, key), "show", StatusCodes.Status200OK);

    private static async Task Create(HttpContext context, Pixee pixee, WinddleOptions options, Uploads uploads)
    {
        var input = ProductInput.Read(await Body.Read(context, Resource), options, isNew: true);
        input.Errors.ThrowIfAny();
        var (row, view) = await ProductWriting.Create(context, pixee, input, await uploads.Image(context));
        await AnswerWith(context, row, view, [], "create", StatusCodes.Status201Created);
    }

    private static async Task Update(HttpContext context, Pixee pixee, WinddleOptions options, Uploads uploads, string key)
    {
        var input = ProductInput.Read(await Body.Read(context, Resource), options, isNew: false);
        input.Errors.ThrowIfAny();
        var links = await ProductLinks.Load(pixee, TokenCheck.UserOf(context).User, input, context.RequestAborted);
        var image = Uploads.BringsImage(context) ? await ImageFor(context, pixee, uploads, key) : null;
        var product = await ProductWriting.Change(
            context, pixee, Keyed.Decoded(key), needsManager: true, givesKeys: input.Reference is not null, async (product, stop) =>
            {
                var fields = await links.Resolve(product.Session, input, product.State.Fields, stop);
                await ProductWriting.RefuseTaken(product.Session, ProductFields.Reference, input, product.State.Reference, stop);
                input.Errors.ThrowIfAny();
                var changed = ProductWriting.Append(product.Stream, new ReviseProduct(fields, NeedsKey: false).Decide(product.State));
                changed |= await ProductWriting.SetImage(product.Session, product.Stream, image, input.RemovesImage, stop);
                if (changed)
                {
                    product.Session.Publish(Announcements.Single("product.updated", product.Stream));
                }
            });
        await AnswerWith(context, pixee, product, "update");
    }

    /// <summary>Nothing is scaled for those who may not set it.</summary>
    private static async Task<PreparedImage?> ImageFor(HttpContext context, Pixee pixee, Uploads uploads, string key)
    {
        await AttachmentEndpoints.FindToManage(context, pixee, key);
        return await uploads.Image(context);
    }

    /// <summary>Answers with the product as it was.</summary>
    private static async Task Destroy(HttpContext context, Pixee pixee, string key)
    {
        var row = await Find(context, pixee, key);
        var view = await ProductView.Load(context, pixee, [row]);
        await ProductWriting.Change(context, pixee, Keyed.Decoded(key), needsManager: true, givesKeys: true, async (product, stop) =>
        {
            var uses = await ProjectLines.Uses(product.Session, [product.Stream.Id], stop);
            ProductWriting.Append(product.Stream, new DestroyProduct(uses.Products.Count > 0).Decide(product.State));
            product.Session.Publish(Announcements.Single("product.deleted", product.Stream));
        });
        await Answer.Item(context, Resource, "destroy", writer => view.Write(writer, row));
    }

    private static void Map(IEndpointRouteBuilder routes, string path, ProductAction action)
    {
        var isPersonal = action is ProductAction.Like or ProductAction.Unlike;
        routes.MapMethods(path, Change, (HttpContext context, Pixee pixee, string key) => Act(context, pixee, key, action, !isPersonal))
            .WithMetadata(isPersonal ? Admission.Write : Admission.Manage)
            .Documented("products/" + Name(action), Sentence(action), [Key]);
    }

    private static async Task Act(HttpContext context, Pixee pixee, string key, ProductAction action, bool needsManager)
    {
        var user = TokenCheck.UserOf(context).User;
        var product = await ProductWriting.Change(context, pixee, Keyed.Decoded(key), needsManager, givesKeys: false, (product, _) =>
        {
            var decision = new ActOnProduct(action, user.Id).Decide(product.State);
            if (needsManager)
            {
                ProductWriting.AppendAndAnnounce(product, decision);
            }
            else
            {
                // What one user likes is no news to the world.
                ProductWriting.Append(product.Stream, decision);
            }

            return Task.CompletedTask;
        });
        await AnswerWith(context, pixee, product, Name(action));
    }

    private static string Sentence(ProductAction action) => action switch
    {
        ProductAction.Archive => "Archives a product; it is inactive for WinDev.",
        ProductAction.Unarchive => "Takes a product out of the archive.",
        ProductAction.Cancel => "Cancels a product and archives it.",
        ProductAction.Uncancel => "Ends the cancellation of a product, and its archive.",
        ProductAction.Showcase => "Showcases a product.",
        ProductAction.Unshowcase => "Ends the showcase of a product.",
        ProductAction.Like => "Likes a product, for the current user alone.",
        _ => "Takes the current user's like of a product back.",
    };

    private static string Name(ProductAction action) => action.ToString().ToLowerInvariant();
}
