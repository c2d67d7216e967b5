using PixeeEvents.EventLog;

namespace PixeeEvents.Webhooks;

/// <summary>What was asked for, or why not.</summary>
public sealed record Result<T>
    where T : class
{
    public Result(T value) => Value = value;

    public Result(Refusal refusal) => Refusal = refusal;

    public T? Value { get; }

    public Refusal? Refusal { get; }
}

/// <summary>Every no of the module; the codes are stable.</summary>
public static class Refusals
{
    public static Refusal NoSubscription { get; } = new("not_found", "There is no such webhook.");

    public static Refusal NoDelivery { get; } = new("not_found", "There is no such delivery of this webhook.");

    public static Refusal NoReplay { get; } = new("not_found", "There is no such replay of this webhook.");

    public static Refusal Disabled { get; } = new("webhook_disabled", "The webhook is disabled; enable it first.");

    public static Refusal Unsettled { get; } = new("delivery_unsettled", "The delivery is still to be made; there is nothing to resend yet.");

    public static Refusal Superseded { get; } = new("delivery_superseded", "A newer event of the same entity took the place of this one; it is never sent again.");

    public static Refusal NotKept { get; } = new("not_kept", "Deliveries of that hour are no longer kept, so nothing can be proved of it.");

    public static Refusal TooManySecrets { get; } =
        new("too_many_secrets", $"At most {Subscriptions.MaxSecrets} secrets sign at a time; wait for one to end, or rotate with a shorter overlap.");
}

/// <param name="Secret">The new one, to be shown this once.</param>
/// <param name="OldSecretsEnd">From then on the new one signs alone.</param>
public sealed record Rotation(string Secret, DateTimeOffset OldSecretsEnd);

/// <summary>What becomes of the deliveries held while a subscription was disabled.</summary>
public enum Backlog
{
    All,

    /// <summary>The newest of each entity, and whatever belongs to none.</summary>
    Latest,
    None,
}

/// <summary>How many held deliveries were let go, and how many never will be.</summary>
public sealed record Released(long ToDeliver, long Superseded, long Cancelled);

/// <summary>A subscription after a change, and what the change let go.</summary>
public sealed record Changed(Subscription Subscription, Released Released);

/// <summary>One page of a list, and how long the whole list is.</summary>
public sealed record Page<T>(IReadOnlyList<T> Items, long Total);

/// <summary>One event owed to one subscription.</summary>
/// <param name="Body">What is posted, byte for byte; null in lists.</param>
public sealed record Delivery(
    Guid Id,
    Guid EventId,
    string Type,
    string Origin,
    Guid? ReplayId,
    long? Sequence,
    Guid? Entity,
    long? PreviousVersion,
    long? Version,
    string State,
    int Attempts,
    DateTimeOffset? DueAt,
    DateTimeOffset OccurredAt,
    DateTimeOffset CreatedAt,
    DateTimeOffset? SettledAt,
    byte[]? Body);

/// <summary>One request of a delivery and what came of it.</summary>
public sealed record DeliveryAttempt(
    int Number, DateTimeOffset StartedAt, double DurationMs, int? Status, string? Error, string? RemoteIp, string? Response, string? TraceId);

/// <summary>A delivery that has failed, for good or for now.</summary>
/// <param name="Status">Of its last attempt; null when no complete answer came.</param>
/// <param name="Error">Of its last attempt; null when it was never tried.</param>
public sealed record FailedDelivery(Subscription Subscription, Delivery Delivery, int? Status, string? Error)
{
    /// <summary>Why the last attempt failed, in a word.</summary>
    public string Reason => Status is { } status ? $"answered {status}" : Error?.Replace('_', ' ') ?? "not tried";
}

/// <summary>Which deliveries to list; null means any.</summary>
public sealed record DeliveryFilter(string? State, string? Type, DateTimeOffset? Since, DateTimeOffset? Until);

/// <summary>Something an operator should know of a subscription.</summary>
public sealed record Notice(Guid Id, string Type, Guid? DeliveryId, DateTimeOffset At, string Detail);

/// <summary>A walk over past events that sends them again.</summary>
/// <param name="OnlyFailed">Those that were exhausted and have not arrived since; every one otherwise.</param>
public sealed record Replay(
    Guid Id,
    DateTimeOffset? Since,
    DateTimeOffset? Until,
    IReadOnlyList<string>? Types,
    bool OnlyFailed,
    string State,
    long Enqueued,
    DateTimeOffset CreatedAt,
    DateTimeOffset? EndedAt);

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

/// <summary>What a subscription is owed of one hour, in a form that its receiver can compute as well.</summary>
/// <param name="IsFinal">The hour is over and nothing of it is still to be delivered.</param>
/// <param name="Hash">SHA-256, lower-case hex, of the events' lines in the order of their ids; see <see cref="DigestEvent.Line"/>.</param>
public sealed record Digest(DateTimeOffset Hour, bool IsFinal, string Hash, IReadOnlyList<DigestEvent> Events);

/// <param name="State">The best that became of it: delivered, else still to be delivered, else exhausted.</param>
public sealed record DigestEvent(Guid Id, string Type, long? Sequence, Guid? Entity, long? Version, string State)
{
    /// <summary>The event's line in the hash: its id as its receiver knows it, which stands for one entity in one version, and a line feed.</summary>
    public string Line => DeliveryHeaders.IdOf(Id) + "\n";
}
