using PixeeEvents.EventLog;

namespace PixeeEvents.Webhooks.Events;

/// <summary>What a public message says of one entity.</summary>
/// <param name="Entity">The stream that changed: a lane of its own, in version order.</param>
/// <param name="PreviousVersion">The entity's version before the call; equal to <paramref name="Version"/> when another stream
/// moved.</param>
/// <param name="Fields">Names of the changed fields.</param>
/// <param name="SupplierCodes">The suppliers whose figures changed.</param>
/// <param name="Data">JSON object: the <c>data</c> of an event on this entity alone.</param>
public sealed record EventItem(
    Guid Entity, long PreviousVersion, long Version, IReadOnlyList<string> Fields, IReadOnlyList<string> SupplierCodes, byte[] Data);

/// <summary>Says entity by entity what a message is about; supplied by whoever publishes the messages.</summary>
public interface IMessageItems
{
    /// <summary>One item for each entity, in log order; a constant number of queries.</summary>
    Task<IReadOnlyList<EventItem>> ItemsOf(OutboxRecord message, CancellationToken cancellationToken);
}
