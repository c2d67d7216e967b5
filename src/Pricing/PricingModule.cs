using PixeeEvents.EventSourcing;

namespace PixeeEvents.Pricing;

/// <summary>Prices. Streams: <c>price</c>, one per product.</summary>
public static class PricingModule
{
    public static void Register(EventTypes.Builder types) => types.Add<PriceSet>("price_set");

    /// <summary>The price streams of products whose product streams the session has locked.</summary>
    public static Task<IReadOnlyDictionary<Guid, EventStream<Price>>> PricesOf(
        EventSession session, IReadOnlyCollection<Guid> products, CancellationToken cancellationToken) =>
        session.Fetch(Price.Aggregate, [.. products.Select(Price.StreamOf)], cancellationToken);
}
