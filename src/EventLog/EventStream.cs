namespace PixeeEvents.EventLog;

/// <summary>The caller appended a decision without having looked at its refusal: a bug.</summary>
public sealed class UnheededRefusalException(Refusal refusal) : Exception($"A refusal was not heeded: {refusal.Code}, {refusal.Reason}")
{
    public Refusal Refusal => refusal;
}

/// <summary>A stream that a session is about to write: what was there, and what is appended.</summary>
public abstract class PendingStream(Guid id, long version, bool exists)
{
    public Guid Id => id;

    /// <summary>On whose behalf it is written, where the session writes for several; the session's own when not set.</summary>
    public Caller? Caller { get; set; }

    /// <summary>The version before the events appended so far.</summary>
    public long PreviousVersion => version;

    /// <summary>The version after them.</summary>
    public long Version => PreviousVersion + Appended.Count;

    public IReadOnlyList<object> Events => Appended;

    internal bool Exists => exists;

    internal abstract Type StateType { get; }

    internal abstract object CurrentState { get; }

    private protected List<object> Appended { get; } = [];
}

/// <summary>A stream with the state its decisions need. Appending evolves the state, so a later decision sees it.</summary>
public sealed class EventStream<TState> : PendingStream
    where TState : class
{
    private readonly Aggregate<TState> _aggregate;

    internal EventStream(Aggregate<TState> aggregate, Guid id, long version, bool exists, TState? state)
        : base(id, version, exists) => (_aggregate, State) = (aggregate, state ?? aggregate.Initial(id));

    public TState State { get; private set; }

    internal override Type StateType => typeof(TState);

    internal override object CurrentState => State;

    public void Append(object @event)
    {
        State = _aggregate.Evolve(State, @event);
        Appended.Add(@event);
    }

    /// <summary>Appends what was decided; false when nothing changed.</summary>
    /// <exception cref="UnheededRefusalException">It was refused: look at <see cref="Decision.Refusal"/> first, and say no.</exception>
    public bool Append(Decision decision)
    {
        if (decision.Refusal is { } refusal)
        {
            throw new UnheededRefusalException(refusal);
        }

        decision.Events.ToList().ForEach(Append);
        return decision.Events.Count > 0;
    }
}
