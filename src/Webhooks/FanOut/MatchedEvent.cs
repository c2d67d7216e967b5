using System.Buffers;
using System.Text.Json;
using PixeeEvents.EventLog;
using PixeeEvents.Webhooks.Deliveries;
using PixeeEvents.Webhooks.Events;
using PixeeEvents.Webhooks.Subscriptions;

namespace PixeeEvents.Webhooks.FanOut;

/// <summary>What one subscription gets of one message: the message as a whole, or one of its items.</summary>
/// <param name="Entity">The stream whose order counts; null for a message on many, which carries no values.</param>
/// <param name="Data">The event's data.</param>
internal sealed record MatchedEvent(
    Subscription Subscription, OutboxRecord Message, Guid Event, Guid? Entity, long? PreviousVersion, long? Version, byte[] Data)
{
    /// <summary>EANs, and products, that a batch message names; the rest is behind its link.</summary>
    public const int MaxEans = 50;

    /// <summary>
    /// Stock and prices are figures, and the newest counts; a product's history is told in full unless the subscriber says otherwise.
    /// </summary>
    public bool Supersedes => Subscription.Ordering is { } chosen
        ? chosen is Ordering.Supersede
        : Message.Type is "stock.updated" or "price.updated";

    public static bool Wants(Subscription subscription, OutboxRecord message) =>
        subscription.Wants(message.Type)
        && !(subscription.ExcludeOwn && message.Headers.TryGetValue("key", out var key) && key == subscription.CreatedBy?.ToString())
        && !(message.Headers.TryGetValue(OperationalEvents.About, out var about) && about == subscription.Id.ToString());

    public static bool NeedsItems(Subscription subscription, OutboxRecord message) =>
        !OperationalEvents.IsOperational(message.Type) && (subscription.PerItem || IsFiltered(subscription) || !IsBatch(message));

    /// <param name="items">Of the message; may be empty when <see cref="NeedsItems"/> says no.</param>
    public static IEnumerable<MatchedEvent> Of(Subscription subscription, OutboxRecord message, IReadOnlyList<EventItem> items)
    {
        if (!NeedsItems(subscription, message))
        {
            return [new MatchedEvent(subscription, message, message.Id, null, null, null, message.Data)];
        }

        var matching = items.Where(i => Matches(subscription, message.Type, i)).ToList();
        return (subscription.PerItem, IsBatch(message)) switch
        {
            (true, _) => matching.Select(i => new MatchedEvent(
                subscription, message, EventIds.OfItem(message.Id, i.Entity), i.Entity, i.PreviousVersion, i.Version, i.Data)),
            (false, false) => matching.Select(
                i => new MatchedEvent(subscription, message, message.Id, i.Entity, i.PreviousVersion, i.Version, message.Data)),
            _ when matching.Count == 0 => [],
            _ =>
            [
                new MatchedEvent(
                    subscription, message, message.Id, null, null, null, matching.Count == items.Count ? message.Data : Narrowed(matching)),
            ],
        };
    }

    public NewDelivery Deliver(Guid id, long? sequence, long? previousVersion, bool isDue, Uri publicUrl)
    {
        var body = EventBody.Render(Subscription, Event, Message.Type, Message.OccurredAt, sequence, Data, publicUrl);
        body = previousVersion == PreviousVersion ? body : EventBody.From(body, previousVersion);
        return new NewDelivery(
            Message.Tenant, Subscription.Id, id, Event, Message.Id, Message.Type, Origin.Event, null, sequence, Entity, Supersedes, Entity,
            previousVersion, Version, body, Message.Headers.GetValueOrDefault("traceparent"), isDue, Message.OccurredAt);
    }

    private static bool IsFiltered(Subscription subscription) => subscription.Fields is not null || subscription.SupplierCodes is not null;

    private static bool IsBatch(OutboxRecord message)
    {
        using var data = JsonDocument.Parse(message.Data);
        return data.RootElement.TryGetProperty("eans"u8, out _);
    }

    private static bool Matches(Subscription subscription, string type, EventItem item) =>
        (subscription.Fields is not { } fields || item.Fields.Count == 0 || item.Fields.Any(fields.Contains))
        && (subscription.SupplierCodes is not { } codes || type != "stock.updated" || item.SupplierCodes.Any(codes.Contains));

    private static byte[] Narrowed(List<EventItem> items)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartArray("eans"u8);
            foreach (var ean in items.Select(Ean).OfType<string>().Take(MaxEans))
            {
                json.WriteStringValue(ean);
            }

            json.WriteEndArray();
            json.WriteStartArray("ids"u8);
            foreach (var (id, _) in items.Take(MaxEans).Select(Product))
            {
                json.WriteStringValue(id);
            }

            json.WriteEndArray();
            json.WriteStartArray("references"u8);
            foreach (var (_, reference) in items.Take(MaxEans).Select(Product))
            {
                json.WriteStringValue(reference);
            }

            json.WriteEndArray();
            json.WriteNumber("total"u8, items.Count);
            json.WriteBoolean("truncated"u8, items.Count > MaxEans);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static (Guid Id, string? Reference) Product(EventItem item)
    {
        using var data = JsonDocument.Parse(item.Data);
        return (data.RootElement.GetProperty("id"u8).GetGuid(), data.RootElement.TryGetProperty("reference"u8, out var reference)
            ? reference.GetString() : null);
    }

    private static string? Ean(EventItem item)
    {
        using var data = JsonDocument.Parse(item.Data);
        return data.RootElement.TryGetProperty("ean"u8, out var ean) ? ean.GetString() : null;
    }
}
