using System.Text.Json;
using PixeeEvents.Catalog;
using PixeeEvents.Catalog.Values;
using PixeeEvents.EventLog;
using PixeeEvents.Webhooks;

namespace PixeeEvents.Host.Webhooks;

/// <summary>What a body says of a subscription: every key has one rule, and a key without a rule is refused.</summary>
internal static class WebhookInput
{
    private const int MaxTimeout = 20;

    /// <summary>Documented types of things that do not happen here: a client may ask for them, and gets none.</summary>
    private static readonly string[] Unfired =
    [
        "import.started", "import.completed", "import.failed", "supplier.created", "supplier.updated", "ean.resolved", "export.completed", "connector.sync_completed",
        "price_alert.triggered",
    ];

    /// <summary>What an answer shows of a subscription and nobody sets.</summary>
    private static readonly string[] Shown = ["id", "disabled_reason", "duplicate_of", "created_at", "updated_at"];

    /// <summary>The body of a call: an object of sound text.</summary>
    public static async Task<JsonElement> Body(HttpContext context) => WebhookText.Sound(await JsonBody.Object(context));

    /// <summary>As <see cref="Body"/>; an empty object for a call without a body.</summary>
    public static async Task<JsonElement> OptionalBody(HttpContext context) => WebhookText.Sound(await JsonBody.ObjectOrNothing(context));

    /// <summary>The subscription with the keys of <paramref name="body"/> laid over it; what was read of it can be sent back.</summary>
    /// <returns>The very same when nothing is changed.</returns>
    public static Subscription Apply(Subscription subscription, JsonElement body, SenderOptions options) =>
        Kept(subscription, Apply(subscription, body.EnumerateObject().Where(p => !Shown.Contains(p.Name)), options));

    private static Subscription Apply(Subscription subscription, IEnumerable<JsonProperty> body, SenderOptions options)
    {
        var after = body.Aggregate(subscription, (s, property) => Apply(s, property, options));
        return after.MaxRetries is not null && after.RetryDelays is not null
            ? throw Bad("retry_delays", "not beside max_retries; set the other to null")
            : after;
    }

    /// <summary>A new subscription and its secret.</summary>
    public static (Subscription Subscription, string Secret) New(JsonElement body, string tenant, Guid? key, SenderOptions options, DateTimeOffset now)
    {
        var defaults = Default(tenant, key, now);
        return (Apply(defaults, body.EnumerateObject().Where(p => p.Name != "secret"), options), Secret(body));
    }

    /// <summary>A subscription of which nothing is set that has a default.</summary>
    public static Subscription Default(string tenant, Guid? key, DateTimeOffset now) => new(
        tenant, Guid.CreateVersion7(now), "", new Uri("https://unset.invalid"), [], IsEnabled: true, null, new Dictionary<string, string>(), null, null,
        TimeSpan.FromSeconds(10), null, 10, Thin: false, PerItem: false, LatestWins: false, null, CloudEvents: false, EventCatalogue.Current, ["v1"], null, null,
        ExcludeOwn: false, key, now, now);

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

    /// <summary>The same lists again are no change.</summary>
    private static Subscription Kept(Subscription before, Subscription after)
    {
        return after with
        {
            Events = Same(before.Events, after.Events)!,
            RetryDelays = Same(before.RetryDelays, after.RetryDelays),
            Signatures = Same(before.Signatures, after.Signatures)!,
            Fields = Same(before.Fields, after.Fields),
            SupplierCodes = Same(before.SupplierCodes, after.SupplierCodes),
            Headers = before.Headers.Count == after.Headers.Count && !before.Headers.Except(after.Headers).Any()
                ? before.Headers
                : after.Headers,
        };

        static IReadOnlyList<T>? Same<T>(IReadOnlyList<T>? old, IReadOnlyList<T>? given) =>
            old is not null && given is not null && old.SequenceEqual(given) ? old : given;
    }

    public static RefusedCallException Bad(string key, string rule) => QueryValues.Bad(key, rule);

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

    private static Subscription Apply(Subscription s, JsonProperty property, SenderOptions options)
    {
        var (key, value) = (property.Name, property.Value);
        return key switch
        {
            "name" => s with { Name = Text(key, value, 255) },
            "url" => Url(s, key, value, options),
            "events" => s with { Events = Types(key, value) },
            "active" => s with { IsEnabled = Boolean(key, value) },
            "headers" => s with { Headers = Headers(key, value, s.Headers) },
            "max_retries" => s with { MaxRetries = IsNull(value) ? null : Integer(key, value, 0, 5) },
            "retry_delays" => s with { RetryDelays = IsNull(value) ? null : [.. Items(key, value, 0, 20).Select(v => Integer(key, v, 1, 7 * 86_400))] },
            "timeout_seconds" => s with { Timeout = TimeSpan.FromSeconds(Integer(key, value, 1, MaxTimeout)) },
            "rate_per_second" => s with { Rate = IsNull(value) ? null : Rate(key, value) },
            "concurrency" => s with { Concurrency = Integer(key, value, 1, 100) },
            "body" => s with { Thin = OneOf(key, value, "full", "thin") == "thin" },
            "granularity" => s with { PerItem = OneOf(key, value, "call", "item") == "item" },
            "latest_wins" => s with { LatestWins = Boolean(key, value) },
            "order" => s with { Ordering = IsNull(value) ? null : OneOf(key, value, "strict", "supersede") == "strict" ? Ordering.Strict : Ordering.Supersede },
            "format" => s with { CloudEvents = OneOf(key, value, "standard", "cloudevents") == "cloudevents" },
            "schema_version" => s with { SchemaVersion = OneOf(key, value, [.. EventCatalogue.Versions]) },
            "signatures" => s with { Signatures = [.. Items(key, value, 1, 2).Select(v => OneOf(key, v, "v1", "v1a")).Distinct(StringComparer.Ordinal)] },
            "filter" => Filter(s, key, value),
            "exclude_own_changes" => s with { ExcludeOwn = Boolean(key, value) },
            "secret" => throw Bad(key, "set at creation and by rotate-secret alone"),
            _ => throw Unknown(key),
        };
    }

    public static IReadOnlyList<string> Types(string key, JsonElement value) =>
        [.. Items(key, value, 1, 50).Select(v => Type(key, v)).Distinct(StringComparer.Ordinal)];

    private static string Type(string key, JsonElement value) =>
        value.ValueKind == JsonValueKind.String && value.GetString() is { } type && IsType(type)
            ? type
            : throw Bad(key, $"{value.GetRawText()} is no event type; expected is one such as stock.updated, product.* or *");

    private static bool IsType(string type)
    {
        var known = EventCatalogue.Types.Select(t => t.Name).Concat(Unfired);
        return type == "*" || (type.EndsWith(".*", StringComparison.Ordinal) ? known.Any(t => t.StartsWith(type[..^1], StringComparison.Ordinal)) : known.Contains(type));
    }

    private static Subscription Filter(Subscription s, string key, JsonElement value)
    {
        if (IsNull(value))
        {
            return s with { Fields = null, SupplierCodes = null };
        }

        if (value.ValueKind != JsonValueKind.Object)
        {
            throw Bad(key, "an object with fields and supplier_codes is expected");
        }

        var (fields, suppliers) = ((IReadOnlyList<string>?)null, (IReadOnlyList<string>?)null);
        foreach (var property in value.EnumerateObject())
        {
            switch (property.Name)
            {
                case "fields":
                    fields = Names("filter.fields", property.Value);
                    break;
                case "supplier_codes":
                    suppliers = Names("filter.supplier_codes", property.Value);
                    break;
                default:
                    throw Unknown($"filter.{property.Name}");
            }
        }

        return s with { Fields = fields, SupplierCodes = suppliers };
    }

    private static IReadOnlyList<string>? Names(string key, JsonElement value) =>
        IsNull(value) ? null : [.. Items(key, value, 1, 100).Select(v => Text(key, v, 100)).Distinct(StringComparer.Ordinal)];

    /// <summary>One that is there already stays, though it may have been given under other rules.</summary>
    private static Subscription Url(Subscription s, string key, JsonElement value, SenderOptions options)
    {
        Refusal? refusal = null;
        if (value.ValueKind == JsonValueKind.String && FieldValue.TryGetString(value, out var given) && given == s.Url.OriginalString)
        {
            return s;
        }

        var url = value.ValueKind == JsonValueKind.String ? UrlRules.Parse(value.GetString()!, options, out refusal) : null;
        return s with { Url = url ?? throw Bad(key, refusal?.Reason ?? "text is expected") };
    }

    /// <summary>A subscriber's own headers; the mask of an answer stands for the value that it hid.</summary>
    private static IReadOnlyDictionary<string, string> Headers(string key, JsonElement value, IReadOnlyDictionary<string, string> stored)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            throw Bad(key, "an object of names and values is expected");
        }

        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var header in value.EnumerateObject())
        {
            if (header.Value.ValueKind != JsonValueKind.String)
            {
                throw Bad($"{key}.{header.Name}", "text is expected");
            }

            if (!headers.TryAdd(header.Name, header.Value.GetString()!))
            {
                throw Bad($"{key}.{header.Name}", "given twice");
            }
        }

        if (DeliveryHeaders.Refuse(headers) is { } refusal)
        {
            throw Bad(key, refusal.Reason);
        }

        var (kept, unknown) = ConcealedHeaders.Kept(headers, stored);
        return unknown is null
            ? kept
            : throw Bad($"{key}.{unknown}", $"{ConcealedHeaders.Mask} stands for a value that is stored, and there is none");
    }

    private static List<JsonElement> Items(string key, JsonElement value, int min, int max) =>
        value.ValueKind == JsonValueKind.Array && value.GetArrayLength() >= min && value.GetArrayLength() <= max
            ? [.. value.EnumerateArray()]
            : throw Bad(key, $"an array of {min} to {max} values is expected");

    private static string Text(string key, JsonElement value, int max) =>
        Plain(value)?.Trim() is { Length: > 0 } text && text.Length <= max && !text.Any(char.IsControl)
            ? text
            : throw Bad(key, $"text of 1 to {max} characters is expected");

    private static string? Plain(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Number => DigitsValue.Of(value.GetRawText()),
        _ => null,
    };

    public static int Integer(string key, JsonElement value, int min, int max) =>
        Number(value) is { } number && number >= min && number <= max && number == decimal.Truncate(number)
            ? (int)number
            : throw Bad(key, $"an integer from {min} to {max} is expected");

    private static decimal Rate(string key, JsonElement value) =>
        Number(value) is { } number and >= 0.01m and <= 10_000 ? number : throw Bad(key, "a number from 0.01 to 10000 is expected");

    private static decimal? Number(JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && NumberValue.Read(value, out var number) is NumberForm.Kept or NumberForm.Finer
            ? number
            : null;

    private static bool Boolean(string key, JsonElement value) => FlagValue.Read(value) ?? throw Bad(key, "true or false is expected");

    public static string OneOf(string key, JsonElement value, params string[] allowed) =>
        value.ValueKind == JsonValueKind.String && allowed.Contains(value.GetString()) ? value.GetString()! : throw Bad(key, $"one of {string.Join(", ", allowed)} is expected");

    private static bool IsNull(JsonElement value) => value.ValueKind == JsonValueKind.Null;

    private static RefusedCallException Unknown(string key) => Bad(key, "there is no such key");
}
