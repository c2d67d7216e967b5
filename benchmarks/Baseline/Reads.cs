using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace PixeeEvents.Baseline;

internal static class Reads
{
    public static void MapReads(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/products", List);
        routes.MapGet("/products/since/{timestamp:long}", Since);
        routes.MapGet("/products/{reference}", Get);
    }

    private static async Task<IResult> List(
        CatalogContext db, string? search, string? ean, [FromQuery(Name = "active_only")] bool activeOnly = true, int page = 1,
        int limit = 100,
        CancellationToken cancellationToken = default)
    {
        var products = db.Products.AsNoTracking();
        if (activeOnly)
            products = products.Where(p => p.IsActive);
        if (!string.IsNullOrEmpty(ean))
            products = products.Where(p => p.Ean == ean);
        if (!string.IsNullOrEmpty(search))
        {
            var pattern = $"%{search.Replace(@"\", @"\\").Replace("%", @"\%").Replace("_", @"\_")}%";
            products = products.Where(p => EF.Functions.ILike(p.Name, pattern) || EF.Functions.ILike(p.Reference!, pattern));
        }
        return await Page(products, products.OrderBy(p => p.Id), page, limit, cancellationToken);
    }

    private static async Task<IResult> Since(
        CatalogContext db, long timestamp, int page = 1, int limit = 100, CancellationToken cancellationToken = default)
    {
        var since = DateTimeOffset.FromUnixTimeSeconds(timestamp).UtcDateTime;
        var products = db.Products.AsNoTracking()
            .Where(p => p.UpdatedAt >= since || p.Price!.UpdatedAt >= since || p.Stocks.Any(s => s.UpdatedAt >= since));
        return await Page(products, products.OrderBy(p => p.UpdatedAt).ThenBy(p => p.Id), page, limit, cancellationToken);
    }

    private static async Task<IResult> Get(CatalogContext db, string reference, CancellationToken cancellationToken) =>
        await db.Products.AsNoTracking().FindProduct(reference, cancellationToken) is { } product
            ? Envelope.Of("Produit trouvé", ProductShape.Of(product), 1)
            : Envelope.NotFound(reference);

    public static async Task<Product?> FindProduct(
        this IQueryable<Product> products, string reference, CancellationToken cancellationToken)
    {
        var whole = products.Include(p => p.Price).Include(p => p.Stocks);
        return await whole.FirstOrDefaultAsync(p => p.Reference == reference, cancellationToken)
            ?? await whole.FirstOrDefaultAsync(p => p.Ean == reference, cancellationToken);
    }

    private static async Task<IResult> Page(
        IQueryable<Product> products, IQueryable<Product> ordered, int page, int limit, CancellationToken cancellationToken)
    {
        if (page < 1 || limit is < 1 or > 500)
            return Envelope.Refuse(400, "Les paramètres page et limit sont invalides.");
        var total = await products.CountAsync(cancellationToken);
        var rows = await ordered.Skip((page - 1) * limit)
            .Take(limit).Include(p => p.Price).Include(p => p.Stocks).ToListAsync(cancellationToken);
        return Results.Ok(new Envelope(true, 200, $"{total} produits trouvés", rows.Select(ProductShape.Of), rows.Count)
        {
            Page = page,
            Pages = (total + limit - 1) / limit,
            Total = total,
        });
    }
}
