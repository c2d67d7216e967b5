using JasperFx.Events;
using JasperFx.Events.Projections;
using Marten;
using Marten.Events.Projections;
using Npgsql;
using PixeeEvents.EventLog;

namespace PixeeEvents.ReadModels;

/// <summary>Events of one tenant in log order, as a projection of rows gets them.</summary>
/// <remarks>
/// Stream, version and body are known. Events that were read from the log have their position and time too. Of events that are being
/// written, a large batch knows the positions, and all of it is of one time; a small one knows neither.
/// </remarks>
public sealed record EventBatch(string Tenant, IReadOnlyList<IEvent> Events)
{
    /// <summary>The position of an event whose time is that of all; null where each has its own.</summary>
    public long? Moment => Events is [.., { Sequence: > 0, Timestamp.Ticks: 0 } last] ? last.Sequence : null;

    /// <summary>The position of one of the events; null when only the log knows it.</summary>
    public static long? PositionOf(IEvent @event) => @event.Sequence > 0 ? @event.Sequence : null;

    /// <summary>The time of one of the events; null when only the log knows it.</summary>
    public static DateTimeOffset? TimeOf(IEvent @event) => @event is { Sequence: > 0, Timestamp.Ticks: > 0 } ? @event.Timestamp : null;
}

/// <summary>
/// A read model of rows, written by set-based statements in the transaction that appends: for one event, for a batch and for a
/// rebuild alike.
/// </summary>
/// <remarks>
/// The statements name every table through the schema they are given, so that they fill the running tables and, in a rebuild, their
/// successors. Position and time of an event stand in <c>mt_events</c> when they run; what is not known of them is found there by tenant,
/// stream and version. No clock, no randomness: everything comes from the events.
/// </remarks>
public abstract class RowProjection : IProjection
{
    public abstract string Name { get; }

    public abstract string Schema { get; }

    public abstract IReadOnlyList<string> Tables { get; }

    public abstract void Project(EventBatch events, NpgsqlBatch statements, string schema);

    public Task ApplyAsync(IDocumentOperations operations, IReadOnlyList<IEvent> events, CancellationToken cancellation)
    {
        using var statements = new NpgsqlBatch();
        Project(events, statements, Schema);
        foreach (var statement in statements.BatchCommands)
        {
            operations.QueueOperation(new SqlOperation(statement.CommandText, [.. statement.Parameters.Cast<NpgsqlParameter>()]));
        }

        return Task.CompletedTask;
    }

    internal void Project(IReadOnlyList<IEvent> events, NpgsqlBatch statements, string schema)
    {
        foreach (var tenant in events.GroupBy(e => e.TenantId, StringComparer.Ordinal))
        {
            Project(new EventBatch(tenant.Key, [.. tenant]), statements, schema);
        }
    }
}

public static class RowProjections
{
    /// <summary>Registers read models written with the events, in writing order.</summary>
    public static void AddRows(this StoreOptions options, params ReadOnlySpan<RowProjection> projections)
    {
        foreach (var projection in projections)
        {
            options.Projections.Add(projection, ProjectionLifecycle.Inline, projection.Name);
        }
    }

    extension(EventStore store)
    {
        /// <summary>Read models of rows, in writing order.</summary>
        public IReadOnlyList<RowProjection> Rows => [.. store.Projections.OfType<RowProjection>()];
    }
}
