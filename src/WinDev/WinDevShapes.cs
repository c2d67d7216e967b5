using System.ComponentModel;
using PixeeEvents.Catalog;
using PixeeEvents.WinDev.Products;

namespace PixeeEvents.WinDev;

/// <summary>
/// Bodies and answers of the WinDev face as its document tells them; a spec holds them against real ones. A parameter with a default may
/// be left out.
/// </summary>
internal static class WinDevShapes
{
    public enum Activity
    {
        Active,
        Inactive,
    }

    public enum SyncStatus
    {
        Created,
        Updated,
        Error,
    }

    public enum FigureStatus
    {
        Ok,
        NotFound,
        Error,
    }

    /// <summary>Types that have fields of the catalogue beside their own: which ones, and whether null clears them.</summary>
    public static IReadOnlyDictionary<Type, (Func<ProductField, bool> Has, bool TakesNull)> Fields { get; } =
        new Dictionary<Type, (Func<ProductField, bool>, bool)>
        {
            [typeof(ProductDetails)] = (f => !Listed(f), false),
            [typeof(ProductChange)] = (_ => true, true),
            [typeof(SyncedProduct)] = (f => ProductReader.SyncFields.Contains(f.Name) && f.Name != ProductFields.Name, true),
        };

    private static bool Listed(ProductField field) =>
        field.Name is ProductFields.Ean or ProductFields.Reference or ProductFields.Name or ProductFields.Brand;

    public sealed record Answer<T>(bool Success, int Code, [property: Description("In French.")] string Message, T Data, int Count)
        where T : notnull;

    public sealed record ListAnswer<T>(bool Success, int Code, string Message, IReadOnlyList<T> Data, int Count);

    public sealed record ProductPage(
        bool Success,
        int Code,
        string Message,
        IReadOnlyList<Product> Data,
        [property: Description("Products on this page.")] int Count,
        int Page,
        long Pages,
        [property: Description("Products on all pages.")] long Total);

    public sealed record ProductChanges(
        bool Success,
        int Code,
        string Message,
        IReadOnlyList<ChangedProduct> Data,
        int Count,
        int Page,
        long Pages,
        long Total,
        [property: Description("The timestamp for the next call, which misses nothing.")] long NextSince,
        [property: Description("The exact place for the next call.")] string Cursor = "");

    public sealed record Refusal(
        bool Success,
        int Code,
        string Message,
        Nothing Data,
        int Count,
        [property: Description("Of 429.")] string Detail = "",
        [property: Description("Of 429 and 503.")] int RetryAfterSeconds = 0);

    public sealed record ApiStatus(string Api, string Version, DateTimeOffset Timestamp, IReadOnlyList<string> Endpoints);

    public record Product(
        Guid Id,
        string? Ean,
        string? Reference,
        string Name,
        string? Brand,
        [property: Description("Without VAT.")] decimal? PriceHt,
        [property: Description("With VAT.")] decimal? PriceTtc,
        [property: Description("The general figure, else the sum of the suppliers' ones.")] long Stock,
        bool IsActive,
        DateTimeOffset UpdatedAt);

    public sealed record ChangedProduct(
        Guid Id,
        string? Ean,
        string? Reference,
        string Name,
        string? Brand,
        decimal? PriceHt,
        decimal? PriceTtc,
        long Stock,
        bool IsActive,
        DateTimeOffset UpdatedAt,
        [property: Description("True when the product is gone; absent otherwise.")] bool Deleted = false)
        : Product(Id, Ean, Reference, Name, Brand, PriceHt, PriceTtc, Stock, IsActive, UpdatedAt);

    public sealed record ProductDetails(
        Guid Id,
        string? Ean,
        string? Reference,
        string Name,
        string? Brand,
        decimal? PriceHt,
        decimal? PriceTtc,
        long Stock,
        bool IsActive,
        DateTimeOffset UpdatedAt,
        Activity Status,
        [property: Description("For If-Match.")] long Version,
        IReadOnlyList<SupplierStock> Stocks,
        decimal TaxRate = 0)
        : Product(Id, Ean, Reference, Name, Brand, PriceHt, PriceTtc, Stock, IsActive, UpdatedAt);

    public sealed record SupplierStock([property: Description("Null for the general figure.")] string? SupplierCode, long Stock);

    public sealed record SwitchedProduct(Guid Id, bool IsActive, Activity Status);

    public sealed record SyncResult(
        SyncStatus Status,
        Guid? Id,
        string? Reference = null,
        [property: Description("Of an item without a reference.")] string Ean = "",
        [property: Description("False with an error; absent otherwise.")] bool Updated = false,
        [property: Description("What is wrong with the item.")] string Message = "");

    public sealed record FigureResult(
        string? Ean,
        bool Updated,
        FigureStatus Status,
        [property: Description("What is wrong with the item.")] string Message = "");

    public sealed record Category(Guid Id, string Name, string Slug, Guid? ParentId, int Level, int SortOrder);

    public sealed record Supplier(Guid Id, string Name, string Code, bool IsActive, string? Country);

    public sealed record SyncedProduct(
        string Name,
        decimal? PriceHt = null,
        decimal? PriceTtc = null,
        decimal? TaxRate = null,
        long? Stock = null,
        string? SupplierCode = null);

    /// <summary>What is shown of a product may be sent back with it; id, version, updated_at and stocks change nothing.</summary>
    public sealed record ProductChange(
        decimal? PriceHt = null,
        decimal? PriceTtc = null,
        decimal? TaxRate = null,
        long Stock = 0,
        string? SupplierCode = null,
        bool IsActive = false,
        Activity Status = Activity.Active,
        [property: Description("Changes nothing.")] Guid? Id = null,
        [property: Description("Changes nothing.")] long Version = 0,
        [property: Description("Changes nothing.")] DateTimeOffset? UpdatedAt = null,
        [property: Description("Changes nothing.")] IReadOnlyList<SupplierStock>? Stocks = null);

    public sealed record StockLevel(string Ean, long Stock, string? SupplierCode = null);

    public sealed record Price(string Ean, decimal? PriceHt = null, decimal? PriceTtc = null);
}
