using PixeeEvents.Webhooks.Subscriptions;

namespace PixeeEvents.Webhooks.Deliveries;

/// <summary>A delivery that this node has claimed for one attempt.</summary>
/// <param name="Attempts">Made so far, without those that were interrupted.</param>
internal sealed record ClaimedDelivery(
    string Tenant,
    Guid Id,
    Guid Subscription,
    Guid Event,
    string Type,
    Origin Origin,
    Guid? Lane,
    int Attempts,
    byte[] Body,
    string? Traceparent,
    DateTimeOffset OccurredAt)
{
    /// <summary>Tests and resends are an operator's: what becomes of them says nothing for or against the endpoint.</summary>
    public bool IsByHand => Origin is Origin.Test or Origin.Resend;
}
