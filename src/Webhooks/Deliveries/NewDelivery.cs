using PixeeEvents.Webhooks.Replays;
using PixeeEvents.Webhooks.Subscriptions;

namespace PixeeEvents.Webhooks.Deliveries;

/// <summary>An event owed to a subscription, as it is written down.</summary>
/// <param name="Event">What <c>webhook-id</c> names: the same on every attempt, resend and replay.</param>
/// <param name="Sequence">The subscription's own count of its events; null for those that are none.</param>
/// <param name="Lane">What must stay in order; null when it has nothing to keep order with.</param>
/// <param name="Supersedes">It may take the place of a failing one of its lane.</param>
/// <param name="Body">The exact bytes of every attempt.</param>
internal sealed record NewDelivery(
    string Tenant,
    Guid Subscription,
    Guid Id,
    Guid Event,
    Guid? Message,
    string Type,
    Origin Origin,
    Guid? Replay,
    long? Sequence,
    Guid? Lane,
    bool Supersedes,
    Guid? Entity,
    long? PreviousVersion,
    long? Version,
    byte[] Body,
    string? Traceparent,
    bool IsDue,
    DateTimeOffset OccurredAt);

/// <summary>Why a delivery exists.</summary>
internal enum Origin
{
    Event,
    Test,
    Resend,
    Replay,
}
