using System.Text.Json;
using PixeeEvents.Catalog;
using PixeeEvents.Catalog.Values;
using PixeeEvents.Webhooks;
using PixeeEvents.Webhooks.Events;
using PixeeEvents.Webhooks.Signing;

namespace PixeeEvents.Host.Webhooks.Wire;

/// <summary>Values of a body; a bad one is refused with 422 and its key.</summary>
internal static class BodyValues
{
    /// <summary>Documented types of things that do not happen here: a client may ask for them, and gets none.</summary>
    private static readonly string[] Unfired =
    [
        "import.started", "import.completed", "import.failed", "supplier.created", "supplier.updated", "ean.resolved", "export.completed",
        "connector.sync_completed", "price_alert.triggered",
    ];

    public static RefusedCallException Bad(string key, string rule) => QueryValues.Bad(key, rule);

    public static RefusedCallException Unknown(string key) => Bad(key, "there is no such key");

    public static void RequireKeys(JsonElement body, params ReadOnlySpan<string> keys)
    {
        foreach (var key in keys)
        {
            if (!body.TryGetProperty(key, out _))
            {
                throw Bad(key, "required");
            }
        }
    }

    /// <summary>Refuses every key but these.</summary>
    public static void AllowKeys(JsonElement body, params string[] keys)
    {
        foreach (var property in body.EnumerateObject().Where(p => !keys.Contains(p.Name)))
        {
            throw Unknown(property.Name);
        }
    }

    /// <summary>The secret of a body, or a generated one.</summary>
    public static string Secret(JsonElement body)
    {
        if (!body.TryGetProperty("secret", out var value) || IsNull(value))
        {
            return PixeeEvents.Webhooks.Signing.Secret.Generate().Text;
        }

        var text = value.ValueKind == JsonValueKind.String ? value.GetString()! : throw Bad("secret", "text is expected");
        return PixeeEvents.Webhooks.Signing.Secret.Refuse(text) is { } refusal ? throw Bad("secret", refusal.Reason) : text;
    }

    public static IReadOnlyList<string> Types(string key, JsonElement value) =>
        [.. Items(key, value, 1, 50).Select(v => Type(key, v)).Distinct(StringComparer.Ordinal)];

    public static List<JsonElement> Items(string key, JsonElement value, int min, int max) =>
        value.ValueKind == JsonValueKind.Array && value.GetArrayLength() >= min && value.GetArrayLength() <= max
            ? [.. value.EnumerateArray()]
            : throw Bad(key, $"an array of {min} to {max} values is expected");

    public static string Text(string key, JsonElement value, int max) =>
        Plain(value)?.Trim() is { Length: > 0 } text && text.Length <= max && !text.Any(char.IsControl)
            ? text
            : throw Bad(key, $"text of 1 to {max} characters is expected");

    public static int Integer(string key, JsonElement value, int min, int max) =>
        Number(value) is { } number && number >= min && number <= max && number == decimal.Truncate(number)
            ? (int)number
            : throw Bad(key, $"an integer from {min} to {max} is expected");

    public static decimal Rate(string key, JsonElement value) =>
        Number(value) is { } number and >= 0.01m and <= 10_000 ? number : throw Bad(key, "a number from 0.01 to 10000 is expected");

    public static bool Boolean(string key, JsonElement value) => FlagValue.Read(value) ?? throw Bad(key, "true or false is expected");

    public static string OneOf(string key, JsonElement value, params string[] allowed) =>
        value.ValueKind == JsonValueKind.String && allowed.Contains(value.GetString())
            ? value.GetString()!
            : throw Bad(key, $"one of {string.Join(", ", allowed)} is expected");

    /// <returns>Null when it is not given.</returns>
    public static DateTimeOffset? Time(JsonElement body, string key) =>
        !body.TryGetProperty(key, out var value) || IsNull(value) ? null
        : value.ValueKind == JsonValueKind.String && IsoTime.Parse(value.GetString()!) is { } time ? time
        : throw Bad(key, IsoTime.Rule);

    public static bool IsNull(JsonElement value) => value.ValueKind == JsonValueKind.Null;

    private static string Type(string key, JsonElement value) =>
        value.ValueKind == JsonValueKind.String && value.GetString() is { } type && IsType(type)
            ? type
            : throw Bad(key, $"{value.GetRawText()} is no event type; expected is one such as stock.updated, product.* or *");

    private static bool IsType(string type)
    {
        var known = EventCatalogue.Types.Select(t => t.Name).Concat(Unfired);
        return type == "*" || (type.EndsWith(".*", StringComparison.Ordinal)
            ? known.Any(t => t.StartsWith(type[..^1], StringComparison.Ordinal))
            : known.Contains(type));
    }

    private static string? Plain(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Number => DigitsValue.Of(value.GetRawText()),
        _ => null,
    };

    private static decimal? Number(JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && NumberValue.Read(value, out var number) is NumberForm.Kept or NumberForm.Finer
            ? number
            : null;
}
