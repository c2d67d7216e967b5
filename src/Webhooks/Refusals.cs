using PixeeEvents.EventLog;
using PixeeEvents.Webhooks.Subscriptions;

namespace PixeeEvents.Webhooks;

/// <summary>Every no of the module; the codes are stable.</summary>
public static class Refusals
{
    public static Refusal NoSubscription { get; } = new("not_found", "There is no such webhook.");

    public static Refusal NoDelivery { get; } = new("not_found", "There is no such delivery of this webhook.");

    public static Refusal NoReplay { get; } = new("not_found", "There is no such replay of this webhook.");

    public static Refusal Disabled { get; } = new("webhook_disabled", "The webhook is disabled; enable it first.");

    public static Refusal Unsettled { get; } = new(
        "delivery_unsettled", "The delivery is still to be made; there is nothing to resend yet.");

    public static Refusal Superseded { get; } = new(
        "delivery_superseded", "A newer event of the same entity took the place of this one; it is never sent again.");

    public static Refusal NotKept { get; } = new("not_kept", "Deliveries of that hour are no longer kept, so nothing can be proved of it.");

    public static Refusal TooManySecrets { get; } =
        new(
            "too_many_secrets",
            $"At most {SubscriptionTable.MaxSecrets} secrets sign at a time; wait for one to end, or rotate with a shorter overlap.");
}
