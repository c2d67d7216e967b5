using PixeeEvents.Webhooks.Subscriptions;

namespace PixeeEvents.Webhooks.Deliveries;

/// <summary>An endpoint under its lock.</summary>
internal sealed class LockedEndpoint(string tenant, Guid subscription, bool isEnabled, long lastSequence)
{
    public string Tenant => tenant;

    public Guid Subscription => subscription;

    public bool IsEnabled => isEnabled;

    public long LastSequence { get; set; } = lastSequence;
}
