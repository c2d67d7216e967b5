using PixeeEvents.Catalog;
using PixeeEvents.EventLog;
using PixeeEvents.Host.OpenApi;

namespace PixeeEvents.Host.WinDev;

/// <summary>The twelve endpoints of the WinDev face, the literal ones first, each with its scope and rate tier.</summary>
internal static class WinDevApi
{
    public const string Root = "/api/v1/windev";

    private const string Read = "windev:read";
    private const string Write = "windev:write";
    private const string Sync = "windev:sync";

    private static readonly Parameter Page = Parameter.Integer("page", "The page, from 1.", 1, 1, int.MaxValue);
    private static readonly Parameter Limit = Parameter.Integer("limit", "Products per page.", 100, 1, Query.MaxLimit);
    private static readonly Parameter Reference = Parameter.Path("reference", "The reference, else the EAN.", "ART-001");

    /// <summary>Scopes a WinDev key may carry; independent of each other.</summary>
    public static IReadOnlyList<string> Scopes { get; } = [Read, Write, Sync];

    /// <summary>On whose behalf the call runs; goes into every event it makes.</summary>
    public static Caller CallerOf(HttpContext context) => KeyCheck.CallerOf(context, "windev");

    public static void UseWinDev(this IApplicationBuilder app) =>
        app.UseWhen(context => Owns(context.Request.Path), branch => KeyCheck.Use(branch, new Refusals()));

    public static bool Owns(PathString path) => path.StartsWithSegments(Root, StringComparison.OrdinalIgnoreCase);

    public static void MapWinDev(this IEndpointRouteBuilder routes)
    {
        var windev = routes.MapGroup(Root).WithTags("WinDev");
        windev.MapGet("/status", (HttpContext context, TimeProvider time) => StatusEndpoint.Handle(context, time))
            .WithMetadata(new Access(null, RateTier.ReadPublic))
            .Documented("status", "Whether the API is up, and what it offers.");

        var read = windev.MapGroup("").WithMetadata(new Access(Read, RateTier.ReadStandard));
        read.MapGet("/products", (HttpContext context, Pixee pixee) => ListProductsEndpoint.Handle(context, pixee))
            .Documented(
                "products/list",
                "Products by pages, in the order of registration.",
                [
                    Page, Limit, Parameter.Text("search", "Words of the name or the reference.", "support"),
                    Parameter.Text("ean", "This EAN, in any padding.", "3760000000001"),
                    Parameter.Boolean("active_only", "Leaves inactive products out.", absent: true),
                ]);
        read.MapGet("/products/since/{timestamp}", (HttpContext context, Pixee pixee, string timestamp) => ProductsSinceEndpoint.Handle(context, pixee, timestamp))
            .Documented(
                "products/since",
                "Products changed since a moment, the last change first, deleted ones included; for an incremental sync.",
                [Parameter.Path("timestamp", "Seconds since 1970.", "1750291200"), Page, Limit, Parameter.Text("cursor", "The `cursor` of an earlier answer: exactly what came after it.", "0")]);
        read.MapGet("/products/{reference}", (HttpContext context, Pixee pixee, string reference) => GetProductEndpoint.Handle(context, pixee, Decoded(reference)))
            .Documented("products/get", "A product by reference, else by EAN; its `version` is for `If-Match`, the `ETag` for `If-None-Match` (304) too.", [Reference]);
        read.MapGet("/categories", (HttpContext context, Pixee pixee) => SettingsEndpoints.Categories(context, pixee))
            .Documented("categories", "All categories by level and order, without pages.");
        read.MapGet("/suppliers", (HttpContext context, Pixee pixee) => SettingsEndpoints.Suppliers(context, pixee))
            .Documented("suppliers", "All active suppliers by name, without pages.");

        var write = windev.MapGroup("").WithMetadata(new Access(Write, RateTier.WriteStandard));
        write.MapPatch("/products/{reference}", (HttpContext context, Pixee pixee, string reference) => PatchProductEndpoint.Patch(context, pixee, Decoded(reference)))
            .Documented(
                "products/patch",
                "Changes fields of a product, its stock and prices; null clears, and `If-Match` with the version shown guards against a change in between.",
                [Reference],
                """{"price_ht": 19.99, "stock": 38, "is_active": true, "warranty_duration": 24, "ce_marked": true}""");
        write.MapPost("/products/{reference}/activate", (HttpContext context, Pixee pixee, string reference) => PatchProductEndpoint.Activate(context, pixee, Decoded(reference)))
            .Documented("products/activate", "Sets a product active, and takes it out of the archive.", [Reference]);
        write.MapPost("/products/{reference}/deactivate", (HttpContext context, Pixee pixee, string reference) => PatchProductEndpoint.Deactivate(context, pixee, Decoded(reference)))
            .Documented("products/deactivate", "Sets a product inactive.", [Reference]);

        var bulk = windev.MapGroup("").WithMetadata(new Access(Write, RateTier.BulkUpdate));
        bulk.MapPost("/stock/update", (HttpContext context, Pixee pixee) => UpdateStockEndpoint.Handle(context, pixee))
            .Documented(
                "stock/update",
                "Sets up to 5,000 stock levels by EAN, of a supplier or in general.",
                body: """[{"ean": "3760000000001", "stock": 42, "supplier_code": "KIMEX"}, {"ean": "3760000000099", "stock": 0}]""");
        bulk.MapPost("/prices/update", (HttpContext context, Pixee pixee) => UpdatePricesEndpoint.Handle(context, pixee))
            .Documented(
                "prices/update",
                "Sets up to 5,000 prices by EAN, without VAT, with it, or both.",
                body: """[{"ean": "3760000000001", "price_ht": 18.50, "price_ttc": 22.20}, {"ean": "3760000000002", "price_ttc": 9.99}]""");

        windev.MapPost("/products/sync", (HttpContext context, Pixee pixee) => SyncProductsEndpoint.Handle(context, pixee))
            .WithMetadata(new Access(Sync, RateTier.BulkUpdate))
            .Documented(
                "products/sync",
                "Creates or changes up to 1,000 products, each found by EAN, else by reference.",
                body:
                """
                [{"reference": "ART-001", "ean": "3760000000001", "name": "Support TV mural fixe", "brand": "KIMEX", "price_ht": 18.50, "price_ttc": 22.20, "stock": 42, "weight": 1.5},
                 {"reference": "ART-003", "name": "Câble HDMI 2m", "price_ht": 5.00, "stock": 150}]
                """);
    }

    /// <summary>In the form in which keys are stored, so that a client finds what it sent.</summary>
    private static string Decoded(string reference) => TextForm.Clean(reference);
}
