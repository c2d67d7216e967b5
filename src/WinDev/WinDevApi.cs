using PixeeEvents.Catalog;
using PixeeEvents.EventLog;
using PixeeEvents.Http.Availability;
using PixeeEvents.WinDev.Products;
using PixeeEvents.WinDev.Wire;

namespace PixeeEvents.WinDev;

/// <summary>The WinDev face: its twelve routes, each with its scope and rate tier.</summary>
internal static class WinDevApi
{
    public const string Root = "/api/v1/windev";

    private const string Read = "windev:read";
    private const string Write = "windev:write";
    private const string Sync = "windev:sync";

    private static readonly Parameter Page = Parameter.Integer("page", "The page, from 1.", 1, 1, int.MaxValue);
    private static readonly Parameter Limit = Parameter.Integer("limit", "Products per page.", 100, 1, Query.MaxLimit);
    private static readonly Parameter Reference = Parameter.Path("reference", "The reference, else the EAN.", "ART-001");

    /// <summary>A key of the path in the form in which keys are stored, so that a client finds what it sent.</summary>
    public static string Stored(string reference) => TextForm.Clean(reference);

    /// <summary>Its twelve routes.</summary>
    public static RouteTable Routes { get; } = Table();

    /// <summary>Scopes a WinDev key may carry; independent of each other.</summary>
    public static IReadOnlyList<string> Scopes { get; } = [Read, Write, Sync];

    /// <summary>On whose behalf the call runs; goes into every event it makes.</summary>
    public static Caller CallerOf(HttpContext context) => KeyCheck.CallerOf(context, "windev");

    public static void AddWinDev(this IServiceCollection services) => services.AddSingleton(provider => new ProductPatches(
        provider.GetRequiredService<EventStore>(), provider.GetRequiredService<CallBounds>().Answer, TimeSpan.FromMilliseconds(100)));

    public static void UseWinDev(this IApplicationBuilder app) =>
        app.UseWhen(context => Owns(context.Request.Path), branch => KeyCheck.Use(branch, new Refusals()));

    public static bool Owns(PathString path) => path.StartsWithSegments(Root, StringComparison.OrdinalIgnoreCase);

    private static RouteTable Table()
    {
        Access status = new(null, RateTier.ReadPublic), read = new(Read, RateTier.ReadStandard), write = new(Write, RateTier.WriteStandard);
        Access bulk = new(Write, RateTier.BulkUpdate), sync = new(Sync, RateTier.BulkUpdate);
        var routes = new RouteTable(typeof(WinDevApi), "WinDev", Root);
        routes.Add(
            "GET /status",
            status,
            "status",
            "Whether the API is up, and what it offers.",
            id: "GetStatus",
            gives: typeof(WinDevShapes.Answer<WinDevShapes.ApiStatus>));
        AddReads(routes, read);
        AddProductWrites(routes, write);
        AddBatches(routes, bulk, sync);
        return routes;
    }

    private static void AddReads(RouteTable routes, Access read)
    {
        routes.Add(
            "GET /products",
            read,
            "products/list",
            "Products by pages, in the order of registration.",
            [
                Page, Limit, Parameter.Text("search", "Words of the name or the reference.", "support"),
                Parameter.Text("ean", "This EAN, in any padding.", "3760000000001"),
                Parameter.Boolean("active_only", "Leaves inactive products out.", absent: true),
            ],
            gives: typeof(WinDevShapes.ProductPage));
        routes.Add(
            "GET /products/since/{timestamp}",
            read,
            "products/since",
            "Products changed since a moment, the last change first, deleted ones included; for an incremental sync.",
            [
                Parameter.Path("timestamp", "Seconds since 1970.", "1750291200"), Page, Limit,
                Parameter.Text("cursor", "The `cursor` of an earlier answer: exactly what came after it.", "0"),
            ],
            id: "ListProductsSince",
            gives: typeof(WinDevShapes.ProductChanges));
        routes.Add(
            "GET /products/{reference}",
            read,
            "products/get",
            "A product by reference, else by EAN; its `version` is for `If-Match`, the `ETag` for `If-None-Match` (304) too.",
            [Reference],
            gives: typeof(WinDevShapes.Answer<WinDevShapes.ProductDetails>),
            refusals: [StatusCodes.Status304NotModified]);
        routes.Add(
            "GET /categories",
            read,
            "categories",
            "All categories by level and order, without pages.",
            id: "ListCategories",
            gives: typeof(WinDevShapes.ListAnswer<WinDevShapes.Category>));
        routes.Add(
            "GET /suppliers",
            read,
            "suppliers",
            "All active suppliers by name, without pages.",
            id: "ListSuppliers",
            gives: typeof(WinDevShapes.ListAnswer<WinDevShapes.Supplier>));
    }

    private static void AddProductWrites(RouteTable routes, Access write)
    {
        int[] conflicts = [StatusCodes.Status409Conflict, StatusCodes.Status412PreconditionFailed];
        routes.Add(
            "PATCH /products/{reference}",
            write,
            "products/patch",
            "Changes fields of a product, its stock and prices; null clears, and `If-Match` with the version shown guards against "
            + "a change in between.",
            [Reference],
            """{"price_ht": 19.99, "stock": 38, "is_active": true, "warranty_duration": 24, "ce_marked": true}""",
            gives: typeof(WinDevShapes.Answer<WinDevShapes.ProductDetails>),
            takes: typeof(WinDevShapes.ProductChange),
            refusals: conflicts);
        routes.Add(
            "POST /products/{reference}/activate",
            write,
            "products/activate",
            "Sets a product active, and takes it out of the archive.",
            [Reference],
            gives: typeof(WinDevShapes.Answer<WinDevShapes.SwitchedProduct>),
            refusals: conflicts);
        routes.Add(
            "POST /products/{reference}/deactivate",
            write,
            "products/deactivate",
            "Sets a product inactive.",
            [Reference],
            gives: typeof(WinDevShapes.Answer<WinDevShapes.SwitchedProduct>),
            refusals: conflicts);
    }

    private static void AddBatches(RouteTable routes, Access bulk, Access sync)
    {
        int[] conflicts = [StatusCodes.Status409Conflict];
        routes.Add(
            "POST /stock/update",
            bulk,
            "stock/update",
            "Sets up to 5,000 stock levels by EAN, of a supplier or in general.",
            body: """[{"ean": "3760000000001", "stock": 42, "supplier_code": "KIMEX"}, {"ean": "3760000000099", "stock": 0}]""",
            gives: typeof(WinDevShapes.ListAnswer<WinDevShapes.FigureResult>),
            takes: typeof(IReadOnlyList<WinDevShapes.StockLevel>),
            refusals: conflicts);
        routes.Add(
            "POST /prices/update",
            bulk,
            "prices/update",
            "Sets up to 5,000 prices by EAN, without VAT, with it, or both.",
            body: """[{"ean": "3760000000001", "price_ht": 18.50, "price_ttc": 22.20}, {"ean": "3760000000002", "price_ttc": 9.99}]""",
            id: "UpdatePrices",
            gives: typeof(WinDevShapes.ListAnswer<WinDevShapes.FigureResult>),
            takes: typeof(IReadOnlyList<WinDevShapes.Price>),
            refusals: conflicts);
        routes.Add(
            "POST /products/sync",
            sync,
            "products/sync",
            "Creates or changes up to 1,000 products, each found by EAN, else by reference.",
            body:
            """
            [{"reference": "ART-001", "ean": "3760000000001", "name": "Support TV mural fixe", "brand": "KIMEX",
              "price_ht": 18.50, "price_ttc": 22.20, "stock": 42, "weight": 1.5},
             {"reference": "ART-003", "name": "Câble HDMI 2m", "price_ht": 5.00, "stock": 150}]
            """,
            id: "SyncProducts",
            gives: typeof(WinDevShapes.ListAnswer<WinDevShapes.SyncResult>),
            takes: typeof(IReadOnlyList<WinDevShapes.SyncedProduct>),
            refusals: conflicts);
    }
}
