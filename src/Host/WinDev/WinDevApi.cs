using System.Text;
using PixeeEvents.EventSourcing;

namespace PixeeEvents.Host.WinDev;

/// <summary>The twelve endpoints of the WinDev face, the literal ones first, each with its scope and rate tier.</summary>
internal static class WinDevApi
{
    public const string Root = "/api/v1/windev";

    private const string Read = "windev:read";
    private const string Write = "windev:write";
    private const string Sync = "windev:sync";

    /// <summary>Scopes a WinDev key may carry; independent of each other.</summary>
    public static IReadOnlyList<string> Scopes { get; } = [Read, Write, Sync];

    /// <summary>On whose behalf the call runs; goes into every event it makes.</summary>
    public static Caller CallerOf(HttpContext context) => KeyCheck.CallerOf(context, "windev");

    public static void UseWinDev(this IApplicationBuilder app) =>
        app.UseWhen(context => context.Request.Path.StartsWithSegments(Root, StringComparison.OrdinalIgnoreCase), branch => branch.UseMiddleware<Gate>(new Refusals()));

    public static void MapWinDev(this IEndpointRouteBuilder routes)
    {
        var windev = routes.MapGroup(Root).WithTags("WinDev");
        windev.MapGet("/status", (HttpContext context, TimeProvider time) => StatusEndpoint.Handle(context, time))
            .WithMetadata(new Access(null, RateTier.ReadPublic))
            .WithSummary("Whether the API is up, and what it offers.");

        var read = windev.MapGroup("").WithMetadata(new Access(Read, RateTier.ReadStandard));
        read.MapGet("/products", (HttpContext context, Pixee pixee) => ListProductsEndpoint.Handle(context, pixee))
            .WithSummary("Products by pages; search, ean and active_only narrow them.");
        read.MapGet("/products/since/{timestamp}", (HttpContext context, Pixee pixee, string timestamp) => ProductsSinceEndpoint.Handle(context, pixee, timestamp))
            .WithSummary("Products changed since a moment or a bookmark, deleted ones included.");
        read.MapGet("/products/{reference}", (HttpContext context, Pixee pixee, string reference) => GetProductEndpoint.Handle(context, pixee, Decoded(reference)))
            .WithSummary("A product by reference or EAN.");
        read.MapGet("/categories", (HttpContext context, Pixee pixee) => SettingsEndpoints.Categories(context, pixee))
            .WithSummary("All categories.");
        read.MapGet("/suppliers", (HttpContext context, Pixee pixee) => SettingsEndpoints.Suppliers(context, pixee))
            .WithSummary("All active suppliers.");

        var write = windev.MapGroup("").WithMetadata(new Access(Write, RateTier.WriteStandard));
        write.MapPatch("/products/{reference}", (HttpContext context, Pixee pixee, string reference) => PatchProductEndpoint.Patch(context, pixee, Decoded(reference)))
            .WithSummary("Changes fields of a product, its stock and prices; null clears.");
        write.MapPost("/products/{reference}/activate", (HttpContext context, Pixee pixee, string reference) => PatchProductEndpoint.Activate(context, pixee, Decoded(reference)))
            .WithSummary("Offers a product.");
        write.MapPost("/products/{reference}/deactivate", (HttpContext context, Pixee pixee, string reference) => PatchProductEndpoint.Deactivate(context, pixee, Decoded(reference)))
            .WithSummary("Takes a product out of the offer.");

        var bulk = windev.MapGroup("").WithMetadata(new Access(Write, RateTier.BulkUpdate));
        bulk.MapPost("/stock/update", (HttpContext context, Pixee pixee) => UpdateStockEndpoint.Handle(context, pixee))
            .WithSummary("Sets up to 5,000 stock levels by EAN.");
        bulk.MapPost("/prices/update", (HttpContext context, Pixee pixee) => UpdatePricesEndpoint.Handle(context, pixee))
            .WithSummary("Sets up to 5,000 prices by EAN.");

        windev.MapPost("/products/sync", (HttpContext context, Pixee pixee) => SyncProductsEndpoint.Handle(context, pixee))
            .WithMetadata(new Access(Sync, RateTier.BulkUpdate))
            .WithSummary("Creates or changes up to 1,000 products.");
    }

    /// <summary>
    /// In the form in which keys are stored, so that a client finds what it sent. The server keeps an encoded slash as it came,
    /// because it separates segments otherwise.
    /// </summary>
    private static string Decoded(string reference) => reference.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase).Trim().Normalize(NormalizationForm.FormC);
}
