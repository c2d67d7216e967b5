using PixeeEvents.EventLog;

namespace PixeeEvents.Inventory;

/// <summary>The stock of a product was reported: the generic figure (no supplier) or one supplier's.</summary>
public sealed record StockLevelSet(Guid ProductId, string? SupplierCode, long Level, long? Was);

/// <summary>Figures of one product: a generic one and one per supplier, each absent until first reported.</summary>
public sealed record Stock(Guid Id, long? Generic, IReadOnlyDictionary<string, long> BySupplier)
{
    public static Aggregate<Stock> Aggregate { get; } = new(
        id => new Stock(id, null, new Dictionary<string, long>(StringComparer.Ordinal)), Evolve);

    public static Guid StreamOf(Guid product) => StreamId.Of(product, "stock");

    public long? At(string? supplierCode) =>
        supplierCode is null ? Generic : BySupplier.TryGetValue(supplierCode, out var level) ? level : null;

    private static Stock Evolve(Stock stock, object @event) => @event switch
    {
        StockLevelSet { SupplierCode: null } e => stock with { Generic = e.Level },
        StockLevelSet { SupplierCode: { } supplier } e =>
            stock with { BySupplier = new Dictionary<string, long>(stock.BySupplier, StringComparer.Ordinal) { [supplier] = e.Level } },
        _ => stock,
    };
}
