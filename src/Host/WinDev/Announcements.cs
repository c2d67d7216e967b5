using System.Buffers;
using System.Text.Json;
using PixeeEvents.Catalog;
using PixeeEvents.EventSourcing;

namespace PixeeEvents.Host.WinDev;

/// <summary>The public messages of a call: at most one per type, with the first 50 EANs.</summary>
internal static class Announcements
{
    public const int MaxEans = 50;

    public static OutboxMessage Batch(string type, IReadOnlyCollection<string?> eans) => new(Guid.CreateVersion7(), type, Json(json =>
    {
        json.WriteStartArray("eans"u8);
        foreach (var ean in eans.OfType<string>().Distinct(StringComparer.Ordinal).Take(MaxEans))
        {
            json.WriteStringValue(ean);
        }

        json.WriteEndArray();
        json.WriteNumber("total"u8, eans.Count);
        json.WriteBoolean("truncated"u8, eans.Count > MaxEans);
    }));

    public static OutboxMessage Single(string type, EventStream<Product> product, IEnumerable<string> updatedFields) => new(Guid.CreateVersion7(), type, Json(json =>
    {
        json.WriteString("id"u8, product.Id);
        json.WriteString("reference"u8, product.State.Reference);
        json.WriteString("ean"u8, product.State.Ean);
        json.WriteNumber("version"u8, product.Version);
        json.WriteStartArray("updated_fields"u8);
        foreach (var field in updatedFields)
        {
            json.WriteStringValue(field);
        }

        json.WriteEndArray();
    }));

    private static byte[] Json(Action<Utf8JsonWriter> content)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            content(json);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }
}
