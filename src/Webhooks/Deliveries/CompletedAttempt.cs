using PixeeEvents.Webhooks.Reports;
using PixeeEvents.Webhooks.Sending;
using PixeeEvents.Webhooks.Subscriptions;

namespace PixeeEvents.Webhooks.Deliveries;

/// <summary>A claimed delivery and what its attempt came to.</summary>
internal sealed record CompletedAttempt(
    ClaimedDelivery Delivery, Subscription Subscription, DateTimeOffset StartedAt, Answer Answer, string? TraceId)
{
    public bool IsInterrupted => Answer.Error is AttemptError.Interrupted;
}
