using PixeeEvents.Webhooks.Events;

namespace PixeeEvents.Webhooks.Subscriptions;

/// <summary>What a subscriber asked for.</summary>
/// <param name="Events">Types, exact or with a wildcard at the end: <c>stock.updated</c>, <c>product.*</c>, <c>*</c>.</param>
/// <param name="MaxRetries">Attempts after the first, at the documented short delays; null for the schedule of 72 hours.</param>
/// <param name="RetryDelays">The subscriber's own schedule, instead of either.</param>
/// <param name="Timeout">Of a whole attempt, the answer's body included.</param>
/// <param name="Rate">Requests per second, across all nodes; null for no limit.</param>
/// <param name="Concurrency">Requests at one time, across all nodes.</param>
/// <param name="Thin">Bodies say what changed, not how; the rest is behind a link.</param>
/// <param name="PerItem">A call that changed many products sends one event per product, instead of one per type.</param>
/// <param name="LatestWins">A newer event takes the place of one of the same entity that has not left yet.</param>
/// <param name="Ordering">What a failing event does to the next of its entity; null lets the type decide.</param>
/// <param name="CloudEvents">Bodies are CloudEvents 1.0 in structured mode.</param>
/// <param name="SchemaVersion">The version of the event schemas that bodies follow.</param>
/// <param name="Signatures">Signature schemes: <c>v1</c> and <c>v1a</c>.</param>
/// <param name="Fields">When set: only changes of one of these fields.</param>
/// <param name="SupplierCodes">When set: only stock of these suppliers.</param>
/// <param name="ExcludeOwn">Leaves out what was changed with the API key that made the subscription.</param>
public sealed record Subscription(
    string Tenant,
    Guid Id,
    string Name,
    Uri Url,
    IReadOnlyList<string> Events,
    bool IsEnabled,
    string? StateReason,
    IReadOnlyDictionary<string, string> Headers,
    int? MaxRetries,
    IReadOnlyList<int>? RetryDelays,
    TimeSpan Timeout,
    decimal? Rate,
    int Concurrency,
    bool Thin,
    bool PerItem,
    bool LatestWins,
    Ordering? Ordering,
    bool CloudEvents,
    string SchemaVersion,
    IReadOnlyList<string> Signatures,
    IReadOnlyList<string>? Fields,
    IReadOnlyList<string>? SupplierCodes,
    bool ExcludeOwn,
    Guid? CreatedBy,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt)
{
    /// <summary>What tells of deliveries is wanted by name alone, for <c>*</c> is older than it.</summary>
    public bool Wants(string type) => Covers(OperationalEvents.IsOperational(type) ? Events.Where(p => p != "*") : Events, type);

    /// <summary>Whether one of the patterns is the type, or is its beginning and a star.</summary>
    public static bool Covers(IEnumerable<string> patterns, string type) =>
        patterns.Any(p => p == type || (p.EndsWith('*') && type.StartsWith(p[..^1], StringComparison.Ordinal)));
}

/// <summary>What happens to the events of an entity behind one that fails.</summary>
public enum Ordering
{
    /// <summary>They wait until it is delivered or exhausted.</summary>
    Strict,

    /// <summary>The next one takes its place; the failing one is superseded and never sent again.</summary>
    Supersede,
}
