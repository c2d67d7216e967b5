using System.Text.Json;
using PixeeEvents.Catalog;
using PixeeEvents.Catalog.Values;
using PixeeEvents.EventLog;
using PixeeEvents.Webhooks;
using PixeeEvents.Webhooks.Events;
using PixeeEvents.Webhooks.Sending;
using PixeeEvents.Webhooks.Signing;
using PixeeEvents.Webhooks.Subscriptions;

namespace PixeeEvents.Host.Webhooks.Wire;

/// <summary>What a body says of a subscription: every key has one rule, and a key without a rule is refused.</summary>
internal static class SubscriptionKeys
{
    private const int MaxTimeout = 20;

    /// <summary>What an answer shows of a subscription and nobody sets.</summary>
    private static readonly string[] Shown = ["id", "disabled_reason", "duplicate_of", "created_at", "updated_at"];

    /// <summary>The subscription with the keys of <paramref name="body"/> laid over it; what was read of it can be sent back.</summary>
    /// <returns>The very same when nothing is changed.</returns>
    public static Subscription Apply(Subscription subscription, JsonElement body, SenderOptions options) =>
        Kept(subscription, Apply(subscription, body.EnumerateObject().Where(p => !Shown.Contains(p.Name)), options));

    public static Subscription New(JsonElement body, string tenant, Guid? key, SenderOptions options, DateTimeOffset now) =>
        Apply(Default(tenant, key, now), body.EnumerateObject().Where(p => p.Name != "secret"), options);

    /// <summary>A subscription of which nothing is set that has a default.</summary>
    public static Subscription Default(string tenant, Guid? key, DateTimeOffset now) => new(
        tenant, Guid.CreateVersion7(now), "", new Uri("https://unset.invalid"), [], IsEnabled: true, null,
        new Dictionary<string, string>(), null, null, TimeSpan.FromSeconds(10), null, 10, Thin: false, PerItem: false, LatestWins: false,
        null, CloudEvents: false,
        EventCatalogue.Current, ["v1"], null, null, ExcludeOwn: false, key, now, now);

    private static Subscription Apply(Subscription subscription, IEnumerable<JsonProperty> body, SenderOptions options)
    {
        var after = body.Aggregate(subscription, (s, property) => Apply(s, property, options));
        return after.MaxRetries is not null && after.RetryDelays is not null
            ? throw BodyValues.Bad("retry_delays", "not beside max_retries; set the other to null")
            : after;
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

    private static Subscription Apply(Subscription s, JsonProperty property, SenderOptions options)
    {
        var (key, value) = (property.Name, property.Value);
        var isNull = BodyValues.IsNull(value);
        return key switch
        {
            "name" => s with { Name = BodyValues.Text(key, value, 255) },
            "url" => Url(s, key, value, options),
            "events" => s with { Events = BodyValues.Types(key, value) },
            "active" => s with { IsEnabled = BodyValues.Boolean(key, value) },
            "headers" => s with { Headers = Headers(key, value, s.Headers) },
            "max_retries" => s with { MaxRetries = isNull ? null : BodyValues.Integer(key, value, 0, 5) },
            "retry_delays" => s with
            {
                RetryDelays = isNull
                    ? null
                    : [.. BodyValues.Items(key, value, 0, 20).Select(v => BodyValues.Integer(key, v, 1, 7 * 86_400))],
            },
            "timeout_seconds" => s with { Timeout = TimeSpan.FromSeconds(BodyValues.Integer(key, value, 1, MaxTimeout)) },
            "rate_per_second" => s with { Rate = isNull ? null : BodyValues.Rate(key, value) },
            "concurrency" => s with { Concurrency = BodyValues.Integer(key, value, 1, 100) },
            "body" => s with { Thin = BodyValues.OneOf(key, value, "full", "thin") == "thin" },
            "granularity" => s with { PerItem = BodyValues.OneOf(key, value, "call", "item") == "item" },
            "latest_wins" => s with { LatestWins = BodyValues.Boolean(key, value) },
            "order" => s with { Ordering = isNull ? null : Ordering(key, value) },
            "format" => s with { CloudEvents = BodyValues.OneOf(key, value, "standard", "cloudevents") == "cloudevents" },
            "schema_version" => s with { SchemaVersion = BodyValues.OneOf(key, value, [.. EventCatalogue.Versions]) },
            "signatures" => s with
            {
                Signatures =
                [
                    .. BodyValues.Items(key, value, 1, 2).Select(v => BodyValues.OneOf(key, v, "v1", "v1a"))
                    .Distinct(StringComparer.Ordinal),
                ],
            },
            "filter" => Filter(s, key, value),
            "exclude_own_changes" => s with { ExcludeOwn = BodyValues.Boolean(key, value) },
            "secret" => throw BodyValues.Bad(key, "set at creation and by rotate-secret alone"),
            _ => throw BodyValues.Unknown(key),
        };
    }

    private static Ordering Ordering(string key, JsonElement value) => BodyValues.OneOf(key, value, "strict", "supersede") == "strict"
        ? PixeeEvents.Webhooks.Subscriptions.Ordering.Strict
        : PixeeEvents.Webhooks.Subscriptions.Ordering.Supersede;

    private static Subscription Filter(Subscription s, string key, JsonElement value)
    {
        if (BodyValues.IsNull(value))
        {
            return s with { Fields = null, SupplierCodes = null };
        }

        if (value.ValueKind != JsonValueKind.Object)
        {
            throw BodyValues.Bad(key, "an object with fields and supplier_codes is expected");
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
                    throw BodyValues.Unknown($"filter.{property.Name}");
            }
        }

        return s with { Fields = fields, SupplierCodes = suppliers };
    }

    private static IReadOnlyList<string>? Names(string key, JsonElement value) => BodyValues.IsNull(value)
        ? null
        : [.. BodyValues.Items(key, value, 1, 100).Select(v => BodyValues.Text(key, v, 100)).Distinct(StringComparer.Ordinal)];

    /// <summary>One that is there already stays, though it may have been given under other rules.</summary>
    private static Subscription Url(Subscription s, string key, JsonElement value, SenderOptions options)
    {
        Refusal? refusal = null;
        if (value.ValueKind == JsonValueKind.String && FieldValue.TryGetString(value, out var given) && given == s.Url.OriginalString)
        {
            return s;
        }

        var url = value.ValueKind == JsonValueKind.String ? UrlRules.Parse(value.GetString()!, options, out refusal) : null;
        return s with { Url = url ?? throw BodyValues.Bad(key, refusal?.Reason ?? "text is expected") };
    }

    /// <summary>A subscriber's own headers; the mask of an answer stands for the value that it hid.</summary>
    private static IReadOnlyDictionary<string, string> Headers(string key, JsonElement value, IReadOnlyDictionary<string, string> stored)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            throw BodyValues.Bad(key, "an object of names and values is expected");
        }

        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var header in value.EnumerateObject())
        {
            if (header.Value.ValueKind != JsonValueKind.String)
            {
                throw BodyValues.Bad($"{key}.{header.Name}", "text is expected");
            }

            if (!headers.TryAdd(header.Name, header.Value.GetString()!))
            {
                throw BodyValues.Bad($"{key}.{header.Name}", "given twice");
            }
        }

        if (DeliveryHeaders.Refuse(headers) is { } refusal)
        {
            throw BodyValues.Bad(key, refusal.Reason);
        }

        var (kept, unknown) = ConcealedHeaders.Kept(headers, stored);
        return unknown is null
            ? kept
            : throw BodyValues.Bad($"{key}.{unknown}", $"{ConcealedHeaders.Mask} stands for a value that is stored, and there is none");
    }
}
