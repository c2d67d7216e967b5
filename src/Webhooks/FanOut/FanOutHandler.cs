using PixeeEvents.Webhooks.Nodes;
using Wolverine.Attributes;

namespace PixeeEvents.Webhooks.FanOut;

/// <summary>A company's waiting messages are to become deliveries. Sent once too often, it finds nothing to do.</summary>
[MessageIdentity("fan-out")]
public sealed record FanOutWaiting(string Tenant);

public static class FanOutHandler
{
    /// <inheritdoc cref="WebhookNode.FanOut"/>
    public static Task<FanOutWaiting?> Handle(FanOutWaiting message, WebhookNode node, CancellationToken stop) =>
        node.FanOut(message, stop);
}
