using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using PixeeEvents.EventLog;
using PixeeEvents.Webhooks;

namespace PixeeEvents.Host.Webhooks;

/// <summary>What events there are, and each single one in full.</summary>
internal static class EventEndpoints
{
    private const int MaxItems = 5000;
    private const int DefaultItems = 500;

    /// <summary>GET /event-types: the catalogue with the schemas.</summary>
    public static Task Types(HttpContext context, Uri publicUrl) => context.Respond(StatusCodes.Status200OK, json =>
    {
        json.WriteString("current_version"u8, EventCatalogue.Current);
        json.WriteStartArray("versions"u8);
        foreach (var version in EventCatalogue.Versions)
        {
            json.WriteStartObject();
            json.WriteString("version"u8, version);
            json.WriteString("served_until"u8, EventCatalogue.ServedUntil(version)?.ToString("O", CultureInfo.InvariantCulture));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("event_types"u8);
        foreach (var type in EventCatalogue.Types)
        {
            json.WriteStartObject();
            json.WriteString("name"u8, type.Name);
            json.WriteString("description"u8, type.Description);
            json.WriteString("fires"u8, type.When);
            json.WriteStartArray("versions"u8);
            foreach (var version in EventCatalogue.Versions)
            {
                json.WriteStartObject();
                json.WriteString("version"u8, version);
                json.WritePropertyName("schema"u8);
                EventCatalogue.Schema(type.Name, version).WriteTo(json);
                json.WritePropertyName("cloudevents_schema"u8);
                EventCatalogue.CloudSchema(type.Name, version).WriteTo(json);
                json.WritePropertyName("example"u8);
                EventCatalogue.Example(type.Name, version, publicUrl).WriteTo(json);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    /// <summary>GET /event-types/{type}/{version}: one schema, where a CloudEvent's dataschema points.</summary>
    public static Task Schema(HttpContext context, string type, string version) =>
        EventCatalogue.Types.Any(t => t.Name == type) && EventCatalogue.Versions.Contains(version)
            ? Respond(context, EventCatalogue.Schema(type, version))
            : throw NotFound();

    /// <summary>GET /asyncapi.json: the catalogue for tools that read AsyncAPI.</summary>
    public static Task AsyncApi(HttpContext context, Uri publicUrl) => Respond(context, AsyncApiDocument.Of(publicUrl));

    /// <summary>GET /events/{id}: the full event, in the version of <c>schema_version</c> or the current one.</summary>
    public static async Task Event(HttpContext context, Pixee pixee, Uri publicUrl, string id)
    {
        var version = QueryValues.OneOf(context, "schema_version", [.. EventCatalogue.Versions]) ?? EventCatalogue.Current;
        var (message, eventId, items, sent) = await Find(context, pixee, id);
        var body = message is null ? sent!.Body
            : EventBody.Full(eventId, message.Type, message.OccurredAt, version, items is null ? message.Data : items[0].Data, publicUrl);
        context.Response.ContentType = "application/json; charset=utf-8";
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }

    /// <summary>GET /events/{id}/items: every product that the call changed, with values and versions before and after.</summary>
    public static async Task Items(HttpContext context, Pixee pixee, string id)
    {
        var (page, limit) = (QueryValues.Integer(context, "page", 1, 1, 1_000_000), QueryValues.Integer(context, "limit", DefaultItems, 1, MaxItems));
        var (message, _, found, _) = await Find(context, pixee, id);
        if (message is null)
        {
            throw NotFound();
        }

        var items = found ?? await pixee.Items.ItemsOf(message, context.RequestAborted);
        await context.Respond(StatusCodes.Status200OK, json =>
        {
            json.WriteString("id"u8, id);
            json.WriteString("type"u8, message.Type);
            json.WriteNumber("page"u8, page);
            json.WriteNumber("pages"u8, (items.Count + limit - 1) / limit);
            json.WriteNumber("total"u8, items.Count);
            json.WriteStartArray("items"u8);
            foreach (var item in items.Skip((int)Math.Min((page - 1L) * limit, int.MaxValue)).Take(limit))
            {
                json.WriteStartObject();
                json.WriteString("event_id"u8, EventIds.Text(EventIds.OfItem(message.Id, item.Entity)));
                using var data = JsonDocument.Parse(item.Data);
                foreach (var property in data.RootElement.EnumerateObject())
                {
                    property.WriteTo(json);
                }

                json.WriteEndObject();
            }

            json.WriteEndArray();
        });
    }

    /// <summary>A call's event by the id of its message; one of a single product by the delivery that carried it.</summary>
    private static async Task<Found> Find(HttpContext context, Pixee pixee, string text)
    {
        var tenant = WebhooksApi.TenantOf(context);
        var id = EventIds.Parse(text) ?? throw NotFound();
        if (await OutboxRecord.Find(pixee.DataSource, tenant, id, context.RequestAborted) is { } message)
        {
            return new Found(message, id, null, null);
        }

        var sent = await new SentEvents(pixee.DataSource).Find(tenant, id, context.RequestAborted) ?? throw NotFound();
        if (sent is not { Message: { } of, Entity: { } entity } || await OutboxRecord.Find(pixee.DataSource, tenant, of, context.RequestAborted) is not { } published)
        {
            return new Found(null, id, null, sent);
        }

        return new Found(published, id, [(await pixee.Items.ItemsOf(published, context.RequestAborted)).Single(i => i.Entity == entity)], sent);
    }

    private static RefusedCallException NotFound() => new(StatusCodes.Status404NotFound, "There is no such event.", ApiErrors.NotFound);

    private static Task Respond(HttpContext context, JsonObject document) => context.Respond(StatusCodes.Status200OK, json =>
    {
        foreach (var (name, value) in document)
        {
            json.WritePropertyName(name);
            if (value is null)
            {
                json.WriteNullValue();
            }
            else
            {
                value.WriteTo(json);
            }
        }
    });

    /// <summary>An event, or what is left of it: without its message, the body as it was sent.</summary>
    private sealed record Found(OutboxRecord? Message, Guid EventId, IReadOnlyList<EventItem>? Items, SentEvent? Sent);
}
