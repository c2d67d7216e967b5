using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using PixeeEvents.Webhooks.Subscriptions;

namespace PixeeEvents.Webhooks.Events;

/// <summary>The bytes of an event as a subscription asked for them. The same event and subscription give the same bytes.</summary>
public static class EventBody
{
    /// <summary>Larger bodies are sent thin, whatever the subscription says.</summary>
    public const int MaxBytes = 256 * 1024;

    private const string Api = "/api/v1/webhooks";

    // What a thin body keeps: which entity and fields, or how many entities.
    private static readonly string[] Identity = ["id", "reference", "ean", "version", "updated_fields", "total"];

    // The order of a body's data, whatever order it was stored in.
    private static readonly string[] Order =
    [
        "id", "reference", "ean", "previous_version", "version", "updated_fields", "changes", "eans", "ids", "references", "total",
        "truncated",
    ];
    private static readonly string[] ChangeOrder = ["field", "supplier_code", "before", "after"];

    // Bodies are JSON and nothing else: an accent stays one character.
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string ContentType(Subscription subscription) =>
        subscription.CloudEvents ? "application/cloudevents+json; charset=utf-8" : "application/json; charset=utf-8";

    /// <param name="sequence">The event's number within the subscription; null where it has none.</param>
    /// <param name="data">JSON object: of a message, or of one of its items.</param>
    /// <param name="publicUrl">Where subscribers find this server.</param>
    /// <param name="isSample">It happened nowhere, and says so.</param>
    public static byte[] Render(
        Subscription subscription, Guid eventId, string type, DateTimeOffset at, long? sequence, ReadOnlySpan<byte> data, Uri publicUrl,
        bool isSample = false)
    {
        using var document = JsonDocument.Parse(data.ToArray());
        var frame = new Frame(eventId, type, at, sequence, subscription.SchemaVersion, publicUrl.AbsoluteUri.TrimEnd('/'), isSample);
        var body = Write(frame, document.RootElement, subscription.Thin, subscription.CloudEvents);
        return body.Length <= MaxBytes || subscription.Thin
            ? body
            : Write(frame, document.RootElement, thin: true, subscription.CloudEvents);
    }

    /// <summary>The full event, of any size: what a thin body links to.</summary>
    public static byte[] Full(Guid eventId, string type, DateTimeOffset at, string schemaVersion, ReadOnlySpan<byte> data, Uri publicUrl)
    {
        using var document = JsonDocument.Parse(data.ToArray());
        var frame = new Frame(eventId, type, at, null, schemaVersion, publicUrl.AbsoluteUri.TrimEnd('/'), IsSample: false);
        return Write(frame, document.RootElement, thin: false, cloudEvents: false);
    }

    /// <summary>The same event told from an earlier version on, in a body that says from which.</summary>
    public static byte[] From(byte[] body, long? previousVersion)
    {
        var told = JsonNode.Parse(body)!;
        if (told["data"] is not JsonObject data || !data.ContainsKey("previous_version"))
        {
            return body;
        }

        data["previous_version"] = previousVersion;
        var buffer = new ArrayBufferWriter<byte>(body.Length);
        using (var json = new Utf8JsonWriter(buffer, Plain))
        {
            told.WriteTo(json);
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static byte[] Write(Frame frame, JsonElement data, bool thin, bool cloudEvents)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(buffer, Plain))
        {
            json.WriteStartObject();
            if (cloudEvents)
            {
                WriteCloudEvent(json, frame, data);
            }
            else if (frame.Version == EventCatalogue.Elder)
            {
                json.WriteString("id"u8, EventIds.Text(frame.Id));
                json.WriteString("event"u8, frame.Type);
                json.WriteString("timestamp"u8, Time(frame.At, "yyyy-MM-dd'T'HH:mm:ss'Z'"));
            }
            else
            {
                json.WriteString("id"u8, EventIds.Text(frame.Id));
                json.WriteString("type"u8, frame.Type);
                json.WriteString("event"u8, frame.Type);
                json.WriteString("timestamp"u8, Time(frame.At, "yyyy-MM-dd'T'HH:mm:ss.fff'Z'"));
                if (frame.Sequence is { } sequence)
                {
                    json.WriteNumber("sequence"u8, sequence);
                }
            }

            if (frame.IsSample)
            {
                json.WriteBoolean("test"u8, true);
            }

            json.WriteStartObject("data"u8);
            WriteData(json, frame, data, thin);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>CloudEvents 1.0, structured mode, with the extension <c>sequence</c>: digits that sort as text.</summary>
    private static void WriteCloudEvent(Utf8JsonWriter json, Frame frame, JsonElement data)
    {
        json.WriteString("specversion"u8, "1.0"u8);
        json.WriteString("id"u8, EventIds.Text(frame.Id));
        json.WriteString("source"u8, frame.Url);
        json.WriteString("type"u8, frame.Type);
        if (data.TryGetProperty("id", out var subject))
        {
            json.WriteString("subject"u8, subject.GetString());
        }

        json.WriteString("time"u8, Time(frame.At, "yyyy-MM-dd'T'HH:mm:ss.fff'Z'"));
        json.WriteString("datacontenttype"u8, "application/json"u8);
        json.WriteString("dataschema"u8, $"{frame.Url}{Api}/event-types/{frame.Type}/{frame.Version}#/properties/data");
        if (frame.Sequence is { } sequence)
        {
            json.WriteString("sequence"u8, sequence.ToString("D20", CultureInfo.InvariantCulture));
        }
    }

    private static void WriteData(Utf8JsonWriter json, Frame frame, JsonElement data, bool thin)
    {
        if (OperationalEvents.IsOperational(frame.Type))
        {
            foreach (var name in OperationalEvents.Order)
            {
                if (data.TryGetProperty(name, out var value))
                {
                    Write(json, name, value);
                }
            }

            return;
        }

        if (frame.Type == EventCatalogue.Test)
        {
            foreach (var property in data.EnumerateObject())
            {
                property.WriteTo(json);
            }

            return;
        }

        if (frame.Version == EventCatalogue.Elder)
        {
            WriteElder(json, frame.Type, data, thin);
        }
        else
        {
            foreach (var name in thin ? Identity : Order)
            {
                if (data.TryGetProperty(name, out var value))
                {
                    Write(json, name, value);
                }
            }
        }

        var link = $"{frame.Url}{Api}/events/{EventIds.Text(frame.Id)}";
        if (thin)
        {
            json.WriteString("url"u8, link);
        }
        else if (frame.Version != EventCatalogue.Elder && data.TryGetProperty("eans", out _))
        {
            json.WriteString("items_url"u8, link + "/items");
        }
    }

    /// <summary>The shape that clients were written for before: products by their keys, figures by EAN.</summary>
    private static void WriteElder(Utf8JsonWriter json, string type, JsonElement data, bool thin)
    {
        var isItem = data.TryGetProperty("ean", out var ean);
        if (isItem && type.StartsWith("product.", StringComparison.Ordinal))
        {
            Write(json, "ean", ean);
            Write(json, "reference", data.GetProperty("reference"));
            Write(json, "updated_fields", data.GetProperty("updated_fields"));
            return;
        }

        if (!thin)
        {
            json.WriteStartArray("eans"u8);
            foreach (var one in isItem ? [ean] : data.GetProperty("eans").EnumerateArray().ToArray())
            {
                if (one.ValueKind != JsonValueKind.Null)
                {
                    one.WriteTo(json);
                }
            }

            json.WriteEndArray();
            foreach (var (many, single) in (ReadOnlySpan<(string, string)>)[("ids", "id"), ("references", "reference")])
            {
                if (data.TryGetProperty(isItem ? single : many, out var names))
                {
                    json.WritePropertyName(many);
                    WriteNames(json, names, isItem);
                }
            }
        }

        json.WriteNumber("total"u8, isItem ? 1 : data.GetProperty("total").GetInt64());
    }

    private static void WriteNames(Utf8JsonWriter json, JsonElement names, bool isItem)
    {
        if (isItem)
        {
            json.WriteStartArray();
        }

        names.WriteTo(json);
        if (isItem)
        {
            json.WriteEndArray();
        }
    }

    private static void Write(Utf8JsonWriter json, string name, JsonElement value)
    {
        json.WritePropertyName(name);
        if (name != "changes")
        {
            value.WriteTo(json);
            return;
        }

        json.WriteStartArray();
        foreach (var change in value.EnumerateArray())
        {
            json.WriteStartObject();
            foreach (var part in ChangeOrder)
            {
                if (change.TryGetProperty(part, out var given))
                {
                    json.WritePropertyName(part);
                    given.WriteTo(json);
                }
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static string Time(DateTimeOffset at, string format) => at.UtcDateTime.ToString(format, CultureInfo.InvariantCulture);

    private readonly record struct Frame(
        Guid Id, string Type, DateTimeOffset At, long? Sequence, string Version, string Url, bool IsSample);
}
