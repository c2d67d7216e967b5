using Microsoft.EntityFrameworkCore;

namespace PixeeEvents.Baseline;

/// <summary>The fields of a product that sync and PATCH accept; an absent one is left as it is.</summary>
internal sealed record ProductInput(
    string? Reference, string? Ean, string? Name, string? Brand, string? ShortDescription, string? Description,
    decimal? PriceHt, decimal? PriceTtc, decimal? TaxRate, int? Stock, string? SupplierCode,
    decimal? Weight, decimal? Width, decimal? Height, decimal? Depth, string? UnitOfMeasure, int? PackageWeight, int? PackageQuantity,
    string? Upc, string? Gtin, string? ExternalId, int? MinOrderQuantity, int? LeadTimeDays, string? HsCode, string? CountryOfOrigin,
    bool? DangerousGoods, bool? CeMarked, string? Color, string? Size, string? Material, int? WarrantyDuration, bool? IsActive);

internal sealed record StockInput(string? Ean, int? Stock, string? SupplierCode);

internal sealed record PriceInput(string? Ean, decimal? PriceHt, decimal? PriceTtc);

internal static class Writes
{
    public static void MapWrites(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/products/sync", Sync);
        routes.MapPatch("/products/{reference}", Patch);
        routes.MapPost("/stock/update", UpdateStock);
        routes.MapPost("/prices/update", UpdatePrices);
    }

    private static async Task<IResult> Sync(CatalogContext db, ProductInput[] items, CancellationToken cancellationToken)
    {
        if (items.Length > 1000)
            return Envelope.Refuse(422, "Un envoi contient au plus 1000 produits.");
        var eans = items.Select(i => i.Ean).Where(e => e is not null).ToArray();
        var references = items.Select(i => i.Reference).Where(r => r is not null).ToArray();
        var known = await db.Products.Include(p => p.Price).Include(p => p.Stocks)
            .Where(p => eans.Contains(p.Ean) || references.Contains(p.Reference))
            .ToListAsync(cancellationToken);
        var byEan = known.Where(p => p.Ean is not null).ToDictionary(p => p.Ean!);
        var byReference = known.Where(p => p.Reference is not null).ToDictionary(p => p.Reference!);

        var results = new List<object>(items.Length);
        var (created, updated, errors) = (0, 0, 0);
        foreach (var item in items)
        {
            if (string.IsNullOrWhiteSpace(item.Name) || (item.Reference is null && item.Ean is null) || item.Stock < 0)
            {
                errors++;
                results.Add(new { item.Reference, Status = "error", Id = (Guid?)null, Message = "Le produit est incomplet ou invalide." });
                continue;
            }
            var product = (item.Ean is null ? null : byEan.GetValueOrDefault(item.Ean))
                ?? (item.Reference is null ? null : byReference.GetValueOrDefault(item.Reference));
            var isNew = product is null;
            if (product is null)
            {
                product = new Product { Name = item.Name };
                db.Products.Add(product);
                if (item.Ean is not null)
                    byEan[item.Ean] = product;
                if (item.Reference is not null)
                    byReference[item.Reference] = product;
            }
            Apply(item, product);
            _ = isNew ? created++ : updated++;
            results.Add(new { item.Reference, Status = isNew ? "created" : "updated", product.Id });
        }
        await db.SaveChangesAsync(cancellationToken);
        return Envelope.Of($"Sync terminé : {created} créés, {updated} mis à jour, {errors} erreurs", results, results.Count);
    }

    private static async Task<IResult> Patch(CatalogContext db, string reference, ProductInput input, CancellationToken cancellationToken)
    {
        if (await db.Products.FindProduct(reference, cancellationToken) is not { } product)
            return Envelope.NotFound(reference);
        Apply(input, product);
        await db.SaveChangesAsync(cancellationToken);
        return Envelope.Of("Produit mis à jour", ProductShape.Of(product), 1);
    }

    private static async Task<IResult> UpdateStock(CatalogContext db, StockInput[] items, CancellationToken cancellationToken)
    {
        if (items.Length > 5000)
            return Envelope.Refuse(422, "Un envoi contient au plus 5000 articles.");
        var eans = items.Select(i => i.Ean).ToArray();
        var products = await db.Products.Include(p => p.Stocks)
            .Where(p => eans.Contains(p.Ean)).ToDictionaryAsync(p => p.Ean!, cancellationToken);
        return await UpdateItems(db, "Stocks", items, products, i => i.Ean, i => i.Stock is >= 0,
            (item, product) => SetStock(product, item.SupplierCode, item.Stock!.Value), cancellationToken);
    }

    private static async Task<IResult> UpdatePrices(CatalogContext db, PriceInput[] items, CancellationToken cancellationToken)
    {
        if (items.Length > 5000)
            return Envelope.Refuse(422, "Un envoi contient au plus 5000 articles.");
        var eans = items.Select(i => i.Ean).ToArray();
        var products = await db.Products.Include(p => p.Price)
            .Where(p => eans.Contains(p.Ean)).ToDictionaryAsync(p => p.Ean!, cancellationToken);
        return await UpdateItems(db, "Prix", items, products, i => i.Ean,
            i => (i.PriceHt ?? i.PriceTtc) is not null && !(i.PriceHt < 0) && !(i.PriceTtc < 0),
            (item, product) => SetPrice(product, item.PriceHt, item.PriceTtc, taxRate: null), cancellationToken);
    }

    private static async Task<IResult> UpdateItems<T>(
        CatalogContext db, string what, T[] items, Dictionary<string, Product> products, Func<T, string?> ean, Func<T, bool> isValid,
        Action<T, Product> apply, CancellationToken cancellationToken)
    {
        var results = new List<object>(items.Length);
        var (updated, missing, errors) = (0, 0, 0);
        foreach (var item in items)
        {
            if (ean(item) is not { } key || !isValid(item))
            {
                errors++;
                results.Add(new { Ean = ean(item), Updated = false, Status = "error", Message = "L'article est incomplet ou invalide." });
            }
            else if (products.TryGetValue(key, out var product))
            {
                updated++;
                apply(item, product);
                results.Add(new { Ean = key, Updated = true, Status = "ok" });
            }
            else
            {
                missing++;
                results.Add(new { Ean = key, Updated = false, Status = "not_found" });
            }
        }
        await db.SaveChangesAsync(cancellationToken);
        return Envelope.Of($"{what} : {updated} mis à jour, {missing} introuvables, {errors} erreurs", results, results.Count);
    }

    private static void Apply(ProductInput input, Product product)
    {
        product.Reference = input.Reference ?? product.Reference;
        product.Ean = input.Ean ?? product.Ean;
        product.Name = input.Name ?? product.Name;
        product.Brand = input.Brand ?? product.Brand;
        product.ShortDescription = input.ShortDescription ?? product.ShortDescription;
        product.Description = input.Description ?? product.Description;
        product.Weight = input.Weight ?? product.Weight;
        product.Width = input.Width ?? product.Width;
        product.Height = input.Height ?? product.Height;
        product.Depth = input.Depth ?? product.Depth;
        product.UnitOfMeasure = input.UnitOfMeasure ?? product.UnitOfMeasure;
        product.PackageWeight = input.PackageWeight ?? product.PackageWeight;
        product.PackageQuantity = input.PackageQuantity ?? product.PackageQuantity;
        product.Upc = input.Upc ?? product.Upc;
        product.Gtin = input.Gtin ?? product.Gtin;
        product.ExternalId = input.ExternalId ?? product.ExternalId;
        product.MinOrderQuantity = input.MinOrderQuantity ?? product.MinOrderQuantity;
        product.LeadTimeDays = input.LeadTimeDays ?? product.LeadTimeDays;
        product.HsCode = input.HsCode ?? product.HsCode;
        product.CountryOfOrigin = input.CountryOfOrigin ?? product.CountryOfOrigin;
        product.DangerousGoods = input.DangerousGoods ?? product.DangerousGoods;
        product.CeMarked = input.CeMarked ?? product.CeMarked;
        product.Color = input.Color ?? product.Color;
        product.Size = input.Size ?? product.Size;
        product.Material = input.Material ?? product.Material;
        product.WarrantyDuration = input.WarrantyDuration ?? product.WarrantyDuration;
        product.IsActive = input.IsActive ?? product.IsActive;
        if (input.Stock is { } level)
            SetStock(product, input.SupplierCode, level);
        if ((input.PriceHt ?? input.PriceTtc ?? input.TaxRate) is not null)
            SetPrice(product, input.PriceHt, input.PriceTtc, input.TaxRate);
    }

    private static void SetStock(Product product, string? supplierCode, int level)
    {
        var stock = product.Stocks.Find(s => s.SupplierCode == supplierCode);
        if (stock is null)
            product.Stocks.Add(stock = new Stock { ProductId = product.Id, SupplierCode = supplierCode });
        stock.Level = level;
    }

    private static void SetPrice(Product product, decimal? priceHt, decimal? priceTtc, decimal? taxRate)
    {
        product.Price ??= new Price { ProductId = product.Id };
        product.Price.PriceHt = priceHt ?? product.Price.PriceHt;
        product.Price.PriceTtc = priceTtc ?? product.Price.PriceTtc;
        product.Price.TaxRate = taxRate ?? product.Price.TaxRate;
    }
}
