using PixeeEvents.Webhooks.Signing;

namespace PixeeEvents.Webhooks.Reports;

/// <summary>What a subscription is owed of one hour, in a form that its receiver can compute as well.</summary>
/// <param name="IsFinal">The hour is over and nothing of it is still to be delivered.</param>
/// <param name="Hash">SHA-256, lower-case hex, of the events' lines in the order of their ids; see <see cref="DigestEvent.Line"/>.</param>
public sealed record Digest(DateTimeOffset Hour, bool IsFinal, string Hash, IReadOnlyList<DigestEvent> Events);

/// <param name="State">The best that became of it: delivered, else still to be delivered, else exhausted.</param>
public sealed record DigestEvent(Guid Id, string Type, long? Sequence, Guid? Entity, long? Version, string State)
{
    /// <summary>
    /// The event's line in the hash: its id as its receiver knows it, which stands for one entity in one version, and a line feed.
    /// </summary>
    public string Line => DeliveryHeaders.IdOf(Id) + "\n";
}
