using PixeeEvents.Webhooks.Nodes;
using Wolverine.Attributes;

namespace PixeeEvents.Webhooks.Replays;

/// <summary>The next page of a replay is to be sent. Sent once too often, it finds that the last one still waits.</summary>
[MessageIdentity("replay")]
public sealed record SendReplay(string Tenant, Guid Replay);

public static class ReplayHandler
{
    /// <inheritdoc cref="WebhookNode.Replay"/>
    public static Task<SendReplay?> Handle(SendReplay message, WebhookNode node, CancellationToken stop) => node.Replay(message, stop);
}
