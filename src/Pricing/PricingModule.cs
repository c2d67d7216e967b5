using Marten;
using PixeeEvents.EventLog;

namespace PixeeEvents.Pricing;

/// <summary>Prices. Streams: <c>price</c>, one per product.</summary>
public static class PricingModule
{
    public static void AddPricing(this StoreOptions options) => options.AddAggregate(Price.Aggregate, ("price_set", typeof(PriceSet)));

    /// <summary>The price streams of products whose product streams the session has locked.</summary>
    /// <returns>By product id.</returns>
    public static async Task<IReadOnlyDictionary<Guid, EventStream<Price>>> PricesOf(
        EventSession session, IReadOnlyCollection<Guid> products, CancellationToken cancellationToken)
    {
        var ids = products.Select(p => (Product: p, Stream: Price.StreamOf(p))).ToList();
        var streams = await session.Fetch(Price.Aggregate, [.. ids.Select(i => i.Stream)], cancellationToken);
        return ids.ToDictionary(i => i.Product, i => streams[i.Stream]);
    }

    /// <summary>The price stream of a product that is being registered.</summary>
    public static EventStream<Price> Start(EventSession session, Guid product) => session.Start(Price.Aggregate, Price.StreamOf(product));
}
