using PixeeEvents.Webhooks.Deliveries;
using PixeeEvents.Webhooks.Subscriptions;

namespace PixeeEvents.Webhooks.Reports;

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
    int Number, DateTimeOffset StartedAt, double DurationMs, int? Status, string? Error, string? RemoteIp, string? Response,
    string? TraceId);

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

public static class DeliveryStates
{
    public static IReadOnlyList<string> All { get; } = ["waiting", "held", "delivered", "exhausted", "superseded", "cancelled"];
}
