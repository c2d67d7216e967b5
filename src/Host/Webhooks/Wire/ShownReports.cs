using System.Text.Json.Serialization;
using PixeeEvents.Webhooks;
using PixeeEvents.Webhooks.Replays;
using PixeeEvents.Webhooks.Reports;
using PixeeEvents.Webhooks.Signing;

namespace PixeeEvents.Host.Webhooks.Wire;

/// <summary>How far a walk over past events has come.</summary>
public sealed record ShownReplay(
    Guid Id,
    string State,
    DateTimeOffset? Since,
    DateTimeOffset? Until,
    IReadOnlyList<string>? Types,
    string Only,
    long Enqueued,
    DateTimeOffset CreatedAt,
    DateTimeOffset? EndedAt)
{
    public static ShownReplay Of(Replay r) =>
        new(r.Id, r.State, r.Since, r.Until, r.Types, r.OnlyFailed ? "failed" : "all", r.Enqueued, r.CreatedAt, r.EndedAt);
}

/// <summary>What the owner of a subscription was told.</summary>
public sealed record ShownNotice(Guid Id, string Type, Guid? DeliveryId, DateTimeOffset At, string Detail)
{
    public static ShownNotice Of(Notice n) => new(n.Id, n.Type, n.DeliveryId, n.At, n.Detail);
}

/// <summary>How a subscription fares.</summary>
/// <param name="Deliveries">By state.</param>
public sealed record ShownStats(
    IReadOnlyDictionary<string, long> Deliveries,
    DateTimeOffset? OldestWaitingAt,
    [property: JsonPropertyName("last_24_hours")] ShownAttempts Last24Hours,
    DateTimeOffset? LastSuccessAt,
    DateTimeOffset? LastFailureAt,
    DateTimeOffset? FailingSince,
    int FailedAttempts,
    DateTimeOffset? OnHoldUntil,
    bool Probing,
    decimal? PacePerSecond)
{
    public static ShownStats Of(Stats s) => new(
        s.States,
        s.OldestWaiting,
        new ShownAttempts(s.Attempts, s.Successes, s.Attempts - s.Successes, (long?)s.MedianMs, (long?)s.P95Ms),
        s.LastSuccessAt,
        s.LastFailureAt,
        s.FailingSince,
        s.FailedAttempts,
        s.HoldUntil,
        s.IsProbing,
        s.Pace);
}

/// <summary>How many requests were made, and how long they took.</summary>
public sealed record ShownAttempts(long Attempts, long Successes, long Failures, long? MedianMs, long? P95Ms);

/// <summary>What proves of an hour that nothing is missing.</summary>
public sealed record ShownDigest(DateTimeOffset Hour, bool Final, int Count, string Hash, IReadOnlyList<ShownDigestEvent> Events)
{
    public static ShownDigest Of(Digest d) => new(d.Hour, d.IsFinal, d.Events.Count, d.Hash, [.. d.Events.Select(ShownDigestEvent.Of)]);
}

public sealed record ShownDigestEvent(string Id, string Type, long? Sequence, Guid? Entity, long? Version, string State)
{
    public static ShownDigestEvent Of(DigestEvent e) => new(DeliveryHeaders.IdOf(e.Id), e.Type, e.Sequence, e.Entity, e.Version, e.State);
}
