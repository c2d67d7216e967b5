using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using PixeeEvents.Catalog;
using PixeeEvents.EventLog;

namespace PixeeEvents.Host;

/// <summary>
/// The public messages of a call. A batch publishes one per type, with the first 50 EANs; a call on one product publishes one that
/// says everything. Whoever publishes has a causation id that no other unit of work has.
/// </summary>
internal static class Announcements
{
    public const int MaxEans = 50;

    // Bodies are JSON and nothing else: an accent stays one character.
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Request ids are unique on a node; this makes them so among nodes.</summary>
    private static readonly string Node = Guid.NewGuid().ToString("N")[..8];

    public static string CauseOf(HttpContext context) => $"{context.TraceIdentifier}-{Node}";

    /// <param name="eans">Of each product that changed, once; null for a product without.</param>
    public static OutboxMessage Batch(string type, IReadOnlyCollection<string?> eans) => new(Guid.CreateVersion7(), type, Json(json =>
    {
        json.WriteStartArray("eans"u8);
        foreach (var ean in eans.OfType<string>().Take(MaxEans))
        {
            json.WriteStringValue(ean);
        }

        json.WriteEndArray();
        json.WriteNumber("total"u8, eans.Count);
        json.WriteBoolean("truncated"u8, eans.Count > MaxEans);
    }));

    /// <summary>What was appended to a product in this session, and to the streams beside it: its stock, its prices.</summary>
    public static OutboxMessage Single(string type, EventStream<Product> product, params IReadOnlyList<PendingStream> beside)
    {
        var destroyed = product.Events.OfType<ProductDestroyed>().FirstOrDefault();
        var keys = destroyed is null ? (product.State.Ean, product.State.Reference) : (destroyed.Ean, destroyed.Reference);
        var changes = PublicChange.Net(product.Events.Concat(beside.SelectMany(s => s.Events)));
        return new OutboxMessage(Guid.CreateVersion7(), type, Item(product.Id, keys, product.PreviousVersion, product.Version, changes));
    }

    /// <summary>The data of an event on one product.</summary>
    public static byte[] Item(
        Guid product, (string? Ean, string? Reference) keys, long previousVersion, long version, IReadOnlyList<PublicChange> changes) => Json(json =>
    {
        json.WriteString("id"u8, product);
        json.WriteString("reference"u8, keys.Reference);
        json.WriteString("ean"u8, keys.Ean);
        json.WriteNumber("previous_version"u8, previousVersion);
        json.WriteNumber("version"u8, version);
        json.WriteStartArray("updated_fields"u8);
        foreach (var field in changes.Select(c => c.Field).Distinct(StringComparer.Ordinal))
        {
            json.WriteStringValue(field);
        }

        json.WriteEndArray();
        json.WriteStartArray("changes"u8);
        foreach (var change in changes)
        {
            change.WriteTo(json);
        }

        json.WriteEndArray();
    });

    private static byte[] Json(Action<Utf8JsonWriter> content)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Plain))
        {
            json.WriteStartObject();
            content(json);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }
}
