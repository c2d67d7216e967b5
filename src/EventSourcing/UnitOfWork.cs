using System.Diagnostics;

namespace PixeeEvents.EventSourcing;

/// <summary>What one session writes: all of it, or nothing.</summary>
/// <param name="LastLock">See <see cref="EventSession.LockLast"/>.</param>
/// <param name="ReadBack">See <see cref="EventSession.SaveChanges"/>.</param>
internal sealed record UnitOfWork(
    Caller Caller, IReadOnlyList<PendingStream> Streams, IReadOnlyList<OutboxMessage> Messages, string? LastLock, QueryBatch? ReadBack)
{
    /// <summary>The events with their numbers, once written.</summary>
    public IReadOnlyList<StoredEvent> Events { get; set; } = [];

    /// <summary>Gives out what was read back; for when it is committed.</summary>
    public Action GiveAnswers { get; set; } = () => { };

    /// <summary>The span of the writer that took this unit along.</summary>
    public ActivityContext? TakenAlongBy { get; set; }
}
