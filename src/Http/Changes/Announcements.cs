using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using PixeeEvents.Catalog;
using PixeeEvents.EventLog;

namespace PixeeEvents.Http.Changes;

/// <summary>
/// The public messages of a call. A batch publishes one per type, with the first 50 products; a call on one product publishes one that
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

    /// <param name="products">Those that changed, each once; of more than <see cref="MaxEans"/> the first will do.</param>
    /// <param name="total">How many changed.</param>
    public static OutboxMessage Batch(string type, IReadOnlyCollection<ProductName> products, int total) =>
        new(Guid.CreateVersion7(), type, Json(json =>
    {
        json.WriteStartArray("eans"u8);
        foreach (var ean in products.Select(p => p.Ean).OfType<string>().Take(MaxEans))
        {
            json.WriteStringValue(ean);
        }

        json.WriteEndArray();
        json.WriteStartArray("ids"u8);
        foreach (var product in products.Take(MaxEans))
        {
            json.WriteStringValue(product.Id);
        }

        json.WriteEndArray();
        json.WriteStartArray("references"u8);
        foreach (var product in products.Take(MaxEans))
        {
            json.WriteStringValue(product.Reference);
        }

        json.WriteEndArray();
        json.WriteNumber("total"u8, total);
        json.WriteBoolean("truncated"u8, total > MaxEans);
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
        Guid product, (string? Ean, string? Reference) keys, long previousVersion, long version,
        IReadOnlyList<PublicChange> changes) => Json(json =>
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
