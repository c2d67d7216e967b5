using System.Text;
using PixeeEvents.Accounts;

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

    public static void UseWinDev(this IApplicationBuilder app) =>
        app.UseWhen(context => context.Request.Path.StartsWithSegments(Root, StringComparison.OrdinalIgnoreCase), branch => branch.UseMiddleware<Gate>());

    public static void MapWinDev(this IEndpointRouteBuilder routes)
    {
        var windev = routes.MapGroup(Root);
        windev.MapGet("/status", (HttpContext context, TimeProvider time) => StatusEndpoint.Handle(context, time))
            .WithMetadata(new Access(null, RateTier.ReadPublic));

        var read = windev.MapGroup("").WithMetadata(new Access(Read, RateTier.ReadStandard));
        read.MapGet("/products", (HttpContext context, Pixee pixee) => ListProductsEndpoint.Handle(context, pixee));
        read.MapGet("/products/since/{timestamp}", (HttpContext context, Pixee pixee, string timestamp) => ProductsSinceEndpoint.Handle(context, pixee, timestamp));
        read.MapGet("/products/{reference}", (HttpContext context, Pixee pixee, string reference) => GetProductEndpoint.Handle(context, pixee, Decoded(reference)));
        read.MapGet("/categories", (HttpContext context, Pixee pixee) => SettingsEndpoints.Categories(context, pixee));
        read.MapGet("/suppliers", (HttpContext context, Pixee pixee) => SettingsEndpoints.Suppliers(context, pixee));

        var write = windev.MapGroup("").WithMetadata(new Access(Write, RateTier.WriteStandard));
        write.MapPatch("/products/{reference}", (HttpContext context, Pixee pixee, string reference) => PatchProductEndpoint.Patch(context, pixee, Decoded(reference)));
        write.MapPost("/products/{reference}/activate", (HttpContext context, Pixee pixee, string reference) => PatchProductEndpoint.Activate(context, pixee, Decoded(reference)));
        write.MapPost("/products/{reference}/deactivate", (HttpContext context, Pixee pixee, string reference) => PatchProductEndpoint.Deactivate(context, pixee, Decoded(reference)));

        var bulk = windev.MapGroup("").WithMetadata(new Access(Write, RateTier.BulkUpdate));
        bulk.MapPost("/stock/update", (HttpContext context, Pixee pixee) => UpdateStockEndpoint.Handle(context, pixee));
        bulk.MapPost("/prices/update", (HttpContext context, Pixee pixee) => UpdatePricesEndpoint.Handle(context, pixee));

        windev.MapPost("/products/sync", (HttpContext context, Pixee pixee) => SyncProductsEndpoint.Handle(context, pixee))
            .WithMetadata(new Access(Sync, RateTier.BulkUpdate));
    }

    /// <summary>
    /// In the form in which keys are stored, so that a client finds what it sent. The server keeps an encoded slash as it came,
    /// because it separates segments otherwise.
    /// </summary>
    private static string Decoded(string reference) => reference.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase).Trim().Normalize(NormalizationForm.FormC);
}
