using PixeeEvents.Webhooks.Signing;

namespace PixeeEvents.Webhooks.Subscriptions;

/// <summary>A subscription after a change, and what the change let go.</summary>
public sealed record Changed(Subscription Subscription, Released Released);

/// <summary>How many held deliveries were let go, and how many never will be.</summary>
public sealed record Released(long ToDeliver, long Superseded, long Cancelled);

/// <summary>What becomes of the deliveries held while a subscription was disabled.</summary>
public enum Backlog
{
    All,

    /// <summary>The newest of each entity, and whatever belongs to none.</summary>
    Latest,
    None,
}

/// <param name="Secret">The new one, to be shown this once.</param>
/// <param name="OldSecretsEnd">From then on the new one signs alone.</param>
public sealed record Rotation(string Secret, DateTimeOffset OldSecretsEnd);
