namespace PixeeEvents.EventSourcing;

/// <summary>How a unit of work ended. A refused one has written nothing.</summary>
public abstract record SaveOutcome
{
    private SaveOutcome()
    {
    }

    /// <summary>Durable. <paramref name="Events"/> in log order; empty when there was nothing to append.</summary>
    public sealed record Saved(IReadOnlyList<StoredEvent> Events) : SaveOutcome;

    /// <summary>Another writer was first. <paramref name="Actual"/> is null when only the database noticed, at the last moment.</summary>
    public sealed record VersionConflict(Guid Stream, long Expected, long? Actual) : SaveOutcome;

    /// <summary>A stream that was to be started exists already.</summary>
    public sealed record StreamExists(Guid Stream, long? Actual) : SaveOutcome;

    /// <summary>The stream is archived and takes no more events.</summary>
    public sealed record StreamArchived(Guid Stream, long Actual) : SaveOutcome;

    /// <summary>The events, or an exception for a caller to whom a refusal is a bug.</summary>
    public IReadOnlyList<StoredEvent> EventsOrThrow() => this is Saved saved ? saved.Events : throw new RefusedWriteException(this);
}

/// <summary>A refusal that the caller had excluded.</summary>
public sealed class RefusedWriteException(SaveOutcome outcome) : Exception($"The write was refused: {outcome}")
{
    public SaveOutcome Outcome { get; } = outcome;
}

/// <summary>An event is stored under a name that no registered reader knows: a reader stops here, loudly, and skips nothing.</summary>
public sealed class UnknownEventTypeException(string type, Guid stream, long version, long sequence)
    : Exception($"No reader is registered for event type '{type}' (stream {stream}, version {version}, sequence {sequence}).")
{
    public string EventType { get; } = type;

    public Guid Stream { get; } = stream;

    public long Version { get; } = version;

    public long Sequence { get; } = sequence;
}

/// <summary>What a writer expects of a stream before its append.</summary>
public readonly record struct ExpectedVersion
{
    private ExpectedVersion(long? value) => Value = value;

    /// <summary>Null: any version, the stream included or not.</summary>
    public long? Value { get; }

    /// <summary>Create or continue.</summary>
    public static ExpectedVersion Any { get; }

    /// <summary>The stream must not exist.</summary>
    public static ExpectedVersion None { get; } = new(0);

    public static ExpectedVersion Exactly(long version) => new(version);
}
