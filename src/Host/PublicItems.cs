using System.Text.Json;
using JasperFx.Events;
using PixeeEvents.Catalog;
using PixeeEvents.EventLog;
using PixeeEvents.Inventory;
using PixeeEvents.Pricing;
using PixeeEvents.Webhooks;
using PixeeEvents.Webhooks.Events;

namespace PixeeEvents.Host;

/// <summary>Derives from the log what a message says of each product. The same message gives the same items at any time.</summary>
internal sealed class PublicItems(LogReader log, CatalogModule catalog) : IMessageItems
{
    public async Task<IReadOnlyList<EventItem>> ItemsOf(OutboxRecord message, CancellationToken cancellationToken)
    {
        if (Single(message) is { } item)
        {
            return [item];
        }

        var streams = (await log.EventsOf(message, cancellationToken)).Where(e => FacetOf(e) == Facet(message.Type))
            .GroupBy(e => e.StreamId).Select(s => s.ToList()).Where(s => IsTold(message.Type, s)).ToList();
        var keys = await catalog.KeysAt(
            message.Tenant, [.. streams.Select(s => ProductOf(s[0])).Distinct()], message.LastSequence, cancellationToken);
        return [.. streams.Select(s => Item(s, keys))];
    }

    /// <summary>A message about one product is its own item.</summary>
    private static EventItem? Single(OutboxRecord message)
    {
        using var document = JsonDocument.Parse(message.Data);
        var data = document.RootElement;
        if (!data.TryGetProperty("id", out var id))
        {
            return null;
        }

        var version = data.GetProperty("version").GetInt64();
        var suppliers = data.TryGetProperty("changes", out var changes)
            ? changes.EnumerateArray()
                .Where(c => c.TryGetProperty("supplier_code", out _)).Select(c => c.GetProperty("supplier_code").GetString()!)
            : [];
        return new EventItem(
            id.GetGuid(), data.TryGetProperty("previous_version", out var previous) ? previous.GetInt64() : version, version,
            [.. data.GetProperty("updated_fields").EnumerateArray().Select(f => f.GetString()!)],
            [.. suppliers.Distinct(StringComparer.Ordinal)], message.Data);
    }

    private static EventItem Item(List<IEvent> events, IReadOnlyDictionary<Guid, (string? Ean, string? Reference)> keys)
    {
        var (product, previous, version) = (ProductOf(events[0]), events[0].Version - 1, events[^1].Version);
        var changes = PublicChange.Net(events.Select(e => e.Data));
        return new EventItem(
            events[0].StreamId, previous, version, [.. changes.Select(c => c.Field).Distinct(StringComparer.Ordinal)],
            [.. changes.Select(c => c.SupplierCode).OfType<string>().Distinct(StringComparer.Ordinal)],
            Announcements.Item(product, keys[product], previous, version, changes));
    }

    private static string FacetOf(IEvent @event) => @event.Data switch
    {
        StockLevelSet => "stock",
        PriceSet => "price",
        _ => "product",
    };

    private static Guid ProductOf(IEvent @event) => @event.Data switch
    {
        StockLevelSet e => e.ProductId,
        PriceSet e => e.ProductId,
        _ => @event.StreamId,
    };

    private static string Facet(string type) => type[..type.IndexOf('.', StringComparison.Ordinal)];

    /// <summary>
    /// A product that a call registered is told as created, and one that it destroyed as deleted, whatever else happened to it
    /// there.
    /// </summary>
    private static bool IsTold(string type, List<IEvent> events) => Facet(type) != "product" || type == (
        events.Exists(e => e.Data is ProductDestroyed) ? "product.deleted"
        : events.Exists(e => e.Data is ProductRegistered) ? "product.created"
        : "product.updated");
}
