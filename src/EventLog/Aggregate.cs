using JasperFx.Events;
using JasperFx.Events.Projections;
using Marten;
using Marten.Events;
using Marten.Events.Aggregation;

namespace PixeeEvents.EventLog;

/// <summary>A kind of stream with the state its decisions need, the Marten document of <typeparamref name="TState"/>.</summary>
/// <param name="Initial">The state of a stream without events. The document's id is the stream's.</param>
/// <param name="Evolve">Pure fold; ignores events it does not need, and keeps the id.</param>
public sealed record Aggregate<TState>(Func<Guid, TState> Initial, Func<TState, object, TState> Evolve)
    where TState : class
{
    /// <summary>The state of a stream after all its events: the live projection.</summary>
    public TState Fold(IEnumerable<object> events, Guid stream = default) => events.Aggregate(Initial(stream), Evolve);
}

/// <summary>What the log knows of an aggregate without knowing its state's type.</summary>
public interface ISnapshot
{
    /// <summary>Stored in mt_streams.type; kept for ever.</summary>
    string StreamAlias { get; }

    Type DocumentType { get; }

    /// <summary>What its streams may hold.</summary>
    List<Type> IncludedEventTypes { get; }

    string Name => DocumentType.Name;

    string Table => "mt_doc_" + Name.ToLowerInvariant();

    /// <summary>The state of a stream after all its events.</summary>
    object Fold(Guid stream, IEnumerable<object> events);
}

/// <summary>Runs an aggregate's fold as Marten's projection.</summary>
internal sealed class AggregateProjection<TState>(Aggregate<TState> aggregate, string streamAlias)
    : SingleStreamProjection<TState, Guid>, ISnapshot
    where TState : class
{
    public string StreamAlias => streamAlias;

    public Type DocumentType => typeof(TState);

    public override TState Evolve(TState? snapshot, Guid id, IEvent e) => aggregate.Evolve(snapshot ?? aggregate.Initial(id), e.Data);

    public object Fold(Guid stream, IEnumerable<object> events) => aggregate.Fold(events, stream);
}

public static class AggregateRegistration
{
    /// <summary>Registers an aggregate with its events under their stored names: kept for ever, while a class may be renamed.</summary>
    /// <exception cref="InvalidOperationException">A name or an event is registered already: it could be read in two ways.</exception>
    public static void AddAggregate<TState>(
        this StoreOptions options, Aggregate<TState> aggregate, params ReadOnlySpan<(string Name, Type Event)> events)
        where TState : class
    {
        var log = (EventGraph)options.Events;
        var projection = new AggregateProjection<TState>(aggregate, log.AggregateAliasFor(typeof(TState)));
        foreach (var (name, type) in events)
        {
            if (log.AllKnownEventTypes().FirstOrDefault(e => e.EventTypeName == name || e.EventType == type) is { } old)
            {
                throw new InvalidOperationException($"{name} of {type.Name}: {old.EventTypeName} is registered for {old.EventType.Name}.");
            }

            options.Events.MapEventType(type, name);
            projection.IncludeType(type);
        }

        options.Projections.Add(projection, ProjectionLifecycle.Inline);
    }
}
