using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace PixeeEvents.Host.Webhooks.Wire;

/// <summary>How the API writes what it shows.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, Converters = [typeof(Microseconds)])]
[JsonSerializable(typeof(ShownSubscription))]
[JsonSerializable(typeof(ShownPage<ShownSubscription>))]
[JsonSerializable(typeof(ShownSecret))]
[JsonSerializable(typeof(ShownDelivery))]
[JsonSerializable(typeof(ShownPage<ShownDelivery>))]
[JsonSerializable(typeof(ShownReplay))]
[JsonSerializable(typeof(ShownPage<ShownReplay>))]
[JsonSerializable(typeof(ShownPage<ShownNotice>))]
[JsonSerializable(typeof(ShownStats))]
[JsonSerializable(typeof(ShownDigest))]
[JsonSerializable(typeof(ShownKeys))]
[JsonSerializable(typeof(ShownEventTypes))]
[JsonSerializable(typeof(ShownItems))]
[JsonSerializable(typeof(JsonObject))]
internal sealed partial class WebhookJson : JsonSerializerContext;

/// <summary>Times in UTC to the microsecond, which is what is stored.</summary>
internal sealed class Microseconds : JsonConverter<DateTimeOffset>
{
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.GetDateTimeOffset();

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture));
}
