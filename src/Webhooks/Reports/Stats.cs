namespace PixeeEvents.Webhooks.Reports;

/// <summary>How a subscription fares.</summary>
/// <param name="States">Deliveries by state.</param>
/// <param name="OldestWaiting">When the oldest event that is still to be delivered happened.</param>
/// <param name="Attempts">Those of the last 24 hours.</param>
/// <param name="MedianMs">How long they took.</param>
/// <param name="HoldUntil">No request leaves before; asked for by the receiver.</param>
/// <param name="IsProbing">The receiver is taken to be down: one request at a time tries whether it is back.</param>
/// <param name="Pace">Requests per second while it recovers; null when it is not slowed down.</param>
public sealed record Stats(
    IReadOnlyDictionary<string, long> States,
    DateTimeOffset? OldestWaiting,
    long Attempts,
    long Successes,
    double? MedianMs,
    double? P95Ms,
    DateTimeOffset? LastSuccessAt,
    DateTimeOffset? LastFailureAt,
    DateTimeOffset? FailingSince,
    int FailedAttempts,
    DateTimeOffset? HoldUntil,
    bool IsProbing,
    decimal? Pace);
