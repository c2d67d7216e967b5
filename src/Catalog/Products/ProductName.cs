using PixeeEvents.Catalog.Settings;
using PixeeEvents.EventLog;

namespace PixeeEvents.Catalog.Products;

/// <summary>A product by its id and by the keys that others know it by.</summary>
public sealed record ProductName(Guid Id, string? Ean, string? Reference)
{
    /// <summary>With the keys that it has after what was appended.</summary>
    public static ProductName Of(EventStream<Product> product) => new(product.Id, product.State.Ean, product.State.Reference);
}
