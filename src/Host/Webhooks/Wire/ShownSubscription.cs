using System.Text.Json.Serialization;
using PixeeEvents.Webhooks;
using PixeeEvents.Webhooks.Signing;
using PixeeEvents.Webhooks.Subscriptions;

namespace PixeeEvents.Host.Webhooks.Wire;

/// <summary>A subscription in the very keys that its owner sets; the values of its headers are not shown.</summary>
/// <param name="DuplicateOf">An earlier subscription that gets the same at the same URL.</param>
public sealed record ShownSubscription(
    Guid Id,
    string Name,
    string Url,
    IReadOnlyList<string> Events,
    bool Active,
    string? DisabledReason,
    IReadOnlyDictionary<string, string> Headers,
    int? MaxRetries,
    IReadOnlyList<int>? RetryDelays,
    int TimeoutSeconds,
    decimal? RatePerSecond,
    int Concurrency,
    string Body,
    string Granularity,
    bool LatestWins,
    string? Order,
    string Format,
    string SchemaVersion,
    IReadOnlyList<string> Signatures,
    ShownFilter? Filter,
    bool ExcludeOwnChanges,
    Guid? DuplicateOf,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt)
{
    /// <summary>Shown by the call that makes the subscription.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Secret { get; init; }

    /// <summary>What became of the deliveries that were held, shown by the call that enables.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ShownBacklog? Backlog { get; init; }

    /// <param name="duplicates">Of the company's subscriptions.</param>
    public static ShownSubscription Of(Subscription s, IReadOnlyDictionary<Guid, Guid> duplicates) => new(
        s.Id,
        s.Name,
        s.Url.OriginalString,
        s.Events,
        s.IsEnabled,
        s.IsEnabled ? null : s.StateReason,
        s.Headers.ToDictionary(h => h.Key, _ => ConcealedHeaders.Mask, StringComparer.Ordinal),
        s.MaxRetries,
        s.RetryDelays,
        (int)s.Timeout.TotalSeconds,
        s.Rate,
        s.Concurrency,
        s.Thin ? "thin" : "full",
        s.PerItem ? "item" : "call",
        s.LatestWins,
        s.Ordering?.ToString().ToLowerInvariant(),
        s.CloudEvents ? "cloudevents" : "standard",
        s.SchemaVersion,
        s.Signatures,
        s.Fields is null && s.SupplierCodes is null ? null : new ShownFilter(s.Fields, s.SupplierCodes),
        s.ExcludeOwn,
        duplicates.TryGetValue(s.Id, out var first) ? first : null,
        s.CreatedAt,
        s.UpdatedAt);
}

/// <summary>What a subscription is narrowed down to.</summary>
public sealed record ShownFilter(IReadOnlyList<string>? Fields, IReadOnlyList<string>? SupplierCodes);

/// <summary>How many held deliveries were let go, and how many never will be.</summary>
public sealed record ShownBacklog(long ToDeliver, long Superseded, long Cancelled)
{
    public static ShownBacklog Of(Released released) => new(released.ToDeliver, released.Superseded, released.Cancelled);
}

/// <summary>The secret of a subscription, shown this once.</summary>
public sealed record ShownSecret(Guid Id, string Secret, DateTimeOffset OldSecretsExpireAt);

/// <summary>One page of a list.</summary>
public sealed record ShownPage<T>(IReadOnlyList<T> Items, long Total, int Page, int PerPage, long Pages);

internal static class ShownPage
{
    public static ShownPage<TShown> Of<T, TShown>(Page<T> found, PageQuery asked, Func<T, TShown> show) => new(
        [.. found.Items.Select(show)], found.Total, asked.Page, asked.PerPage, (found.Total + asked.PerPage - 1) / asked.PerPage);
}
