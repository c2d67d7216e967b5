using System.Text.Json;
using System.Text.Json.Serialization;

namespace PixeeEvents.Catalog.Values;

/// <summary>Reads a map of JSON values as one document whose values share it, instead of one document for each value.</summary>
internal sealed class FieldsConverter : JsonConverter<IReadOnlyDictionary<string, JsonElement>>
{
    public override IReadOnlyDictionary<string,
    JsonElement> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var fields = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var field in JsonElement.ParseValue(ref reader).EnumerateObject())
        {
            fields[field.Name] = field.Value;
        }

        return fields;
    }

    public override void Write(Utf8JsonWriter writer, IReadOnlyDictionary<string, JsonElement> value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        foreach (var (name, field) in value)
        {
            writer.WritePropertyName(name);
            field.WriteTo(writer);
        }

        writer.WriteEndObject();
    }
}
