using PixeeEvents.EventLog;

namespace PixeeEvents.Pricing;

/// <summary>Cost and selling price in EUR, tax rate in percent; each independent of the others, absent until first given.</summary>
public sealed record PriceSet(
    Guid ProductId, decimal? Cost, decimal? SellingPrice, decimal? TaxRate, decimal? WasCost, decimal? WasSellingPrice,
    decimal? WasTaxRate);

/// <summary>The prices of one product. No figure is ever derived from another.</summary>
public sealed record Price(Guid Id, decimal? Cost, decimal? SellingPrice, decimal? TaxRate)
{
    public static Aggregate<Price> Aggregate { get; } = new(id => new Price(id, null, null, null), Evolve);

    public static Guid StreamOf(Guid product) => StreamId.Of(product, "price");

    private static Price Evolve(Price price, object @event) =>
        @event is PriceSet e ? price with { Cost = e.Cost, SellingPrice = e.SellingPrice, TaxRate = e.TaxRate } : price;
}
