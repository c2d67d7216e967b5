using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using PixeeEvents.EventLog;
using PixeeEvents.Webhooks;
using PixeeEvents.Webhooks.Events;
using PixeeEvents.Webhooks.Signing;

namespace PixeeEvents.Host.Webhooks.Wire;

/// <summary>The public keys that signatures are verified with.</summary>
public sealed record ShownKeys(IReadOnlyList<JsonWebKey> Keys);

/// <summary>The catalogue of events with its schemas.</summary>
public sealed record ShownEventTypes(string CurrentVersion, IReadOnlyList<ShownVersion> Versions, IReadOnlyList<ShownEventType> EventTypes)
{
    public static ShownEventTypes Of(Uri publicUrl) => new(
        EventCatalogue.Current,
        [.. EventCatalogue.Versions.Select(v => new ShownVersion(v, EventCatalogue.ServedUntil(v)))],
        [.. EventCatalogue.Types.Select(t => ShownEventType.Of(t, publicUrl))]);
}

/// <param name="ServedUntil">Null while there is no newer one.</param>
public sealed record ShownVersion(string Version, DateOnly? ServedUntil);

public sealed record ShownEventType(string Name, string Description, string Fires, IReadOnlyList<ShownSchema> Versions)
{
    public static ShownEventType Of(EventType type, Uri publicUrl) => new(
        type.Name, type.Description, type.When, [.. EventCatalogue.Versions.Select(v => ShownSchema.Of(type.Name, v, publicUrl))]);
}

/// <summary>What an event of a type looks like in a version.</summary>
public sealed record ShownSchema(
    string Version, JsonObject Schema, [property: JsonPropertyName("cloudevents_schema")] JsonObject CloudSchema, JsonNode Example)
{
    public static ShownSchema Of(string type, string version, Uri publicUrl) => new(
        version,
        EventCatalogue.Schema(type, version),
        EventCatalogue.CloudSchema(type, version),
        EventCatalogue.Example(type, version, publicUrl));
}

/// <summary>A page of the products that an event's call changed.</summary>
public sealed record ShownItems(string Id, string Type, int Page, int Pages, int Total, IReadOnlyList<ShownItem> Items)
{
    public static ShownItems Of(OutboxRecord message, string id, IReadOnlyList<EventItem> items, ItemPageQuery asked) => new(
        id,
        message.Type,
        asked.Page,
        (items.Count + asked.Limit - 1) / asked.Limit,
        items.Count,
        [.. items.Skip((int)Math.Min((asked.Page - 1L) * asked.Limit, int.MaxValue)).Take(asked.Limit)
            .Select(i => ShownItem.Of(message, i))]);
}

/// <param name="EventId">Of the event that tells of this product alone.</param>
public sealed record ShownItem(string EventId)
{
    /// <summary>The data of that event, beside its id.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Data { get; set; }

    public static ShownItem Of(OutboxRecord message, EventItem item) =>
        new(EventIds.Text(EventIds.OfItem(message.Id, item.Entity)))
        {
            Data = JsonElement.Parse(item.Data).EnumerateObject().ToDictionary(p => p.Name, p => p.Value, StringComparer.Ordinal),
        };
}
