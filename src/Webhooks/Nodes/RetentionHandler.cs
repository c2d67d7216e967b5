using Wolverine.Attributes;

namespace PixeeEvents.Webhooks.Nodes;

/// <summary>What is older than it is kept for is to be removed.</summary>
[MessageIdentity("retention")]
public sealed record SweepRetention;

public static class RetentionHandler
{
    /// <inheritdoc cref="WebhookNode.Sweep"/>
    public static Task<SweepRetention?> Handle(SweepRetention message, WebhookNode node, CancellationToken stop) =>
        node.Sweep(message, stop);
}
