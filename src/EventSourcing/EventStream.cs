namespace PixeeEvents.EventSourcing;

/// <summary>A stream that a session is about to write: what was there, and what is appended.</summary>
public abstract class PendingStream
{
    private protected PendingStream(Guid id, string? type, long? fetchedVersion, bool exists, bool isArchived)
    {
        Id = id;
        Type = type;
        FetchedVersion = fetchedVersion;
        Exists = exists;
        IsArchived = isArchived;
    }

    public Guid Id { get; }

    /// <summary>Archived streams take no events.</summary>
    public bool IsArchived { get; internal set; }

    /// <summary>The version after the events appended so far.</summary>
    public long Version => (FetchedVersion ?? 0) + Appended.Count;

    /// <summary>The version before them.</summary>
    public long PreviousVersion => FetchedVersion ?? 0;

    /// <summary>The events appended so far.</summary>
    public IReadOnlyList<object> Events => Appended;

    internal string? Type { get; }

    internal long? FetchedVersion { get; set; }

    internal bool Exists { get; set; }

    /// <summary>False when version and archived flag come from the snapshot alone, not from the locked stream row.</summary>
    internal bool IsVerified { get; init; } = true;

    internal ExpectedVersion Expected { get; set; }

    internal List<object> Appended { get; } = [];

    /// <summary>Appends an event; a stream with state evolves with it.</summary>
    public virtual void Append(object @event) => Appended.Add(@event);

    internal virtual (string Schema, string Table, byte[] Data)? Snapshot() => null;
}

/// <summary>A stream without state: plain appends.</summary>
internal sealed class PlainStream(Guid id, string? type) : PendingStream(id, type, null, exists: false, isArchived: false);

/// <summary>A stream with the state its decisions need. Appending evolves the state, so a later decision sees it.</summary>
public sealed class EventStream<TState> : PendingStream
    where TState : class
{
    private readonly Aggregate<TState> _aggregate;

    internal EventStream(Aggregate<TState> aggregate, Guid id, long version, bool exists, bool isArchived, TState state)
        : base(id, aggregate.StreamType, version, exists, isArchived)
    {
        _aggregate = aggregate;
        State = state;
        Expected = ExpectedVersion.Exactly(version);
    }

    public TState State { get; private set; }

    public override void Append(object @event)
    {
        State = _aggregate.Evolve(State, @event);
        base.Append(@event);
    }

    /// <summary>Appends what was decided; false when it was refused or nothing changed.</summary>
    public bool Append(Decision decision)
    {
        foreach (var @event in decision.Events)
        {
            Append(@event);
        }

        return decision.Events.Count > 0;
    }

    internal override (string Schema, string Table, byte[] Data)? Snapshot() =>
        (_aggregate.Schema, _aggregate.Table, Aggregate<TState>.Write(State));
}
