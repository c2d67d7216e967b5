using JasperFx.Events;
using Marten;
using Marten.Events.Projections;
using Npgsql;

namespace PixeeEvents.EventLog;

/// <summary>Events of one tenant in log order, as a projection of rows gets them: stream, version and body are known, position and time are not yet.</summary>
public sealed record EventBatch(string Tenant, IReadOnlyList<IEvent> Events);

/// <summary>
/// A read model of rows, written by set-based statements in the transaction that appends: for one event, for a batch and for a
/// rebuild alike.
/// </summary>
/// <remarks>
/// The statements name every table through the schema they are given, so that they fill the running tables and, in a rebuild, their
/// successors. Position and time of an event stand in <c>mt_events</c> when they run, found by tenant, stream and version. No clock,
/// no randomness: everything comes from the events.
/// </remarks>
public abstract class RowProjection : IProjection
{
    public abstract string Name { get; }

    public abstract string Schema { get; }

    public abstract IReadOnlyList<string> Tables { get; }

    public abstract void Project(EventBatch events, NpgsqlBatch statements, string schema);

    public Task ApplyAsync(IDocumentOperations operations, IReadOnlyList<IEvent> events, CancellationToken cancellation)
    {
        foreach (var tenant in events.GroupBy(e => e.TenantId, StringComparer.Ordinal))
        {
            Queue(operations, new EventBatch(tenant.Key, [.. tenant]));
        }

        return Task.CompletedTask;
    }

    internal void Queue(IDocumentOperations operations, EventBatch events)
    {
        using var statements = new NpgsqlBatch();
        Project(events, statements, Schema);
        foreach (var statement in statements.BatchCommands)
        {
            operations.QueueOperation(new SqlOperation(statement.CommandText, [.. statement.Parameters.Cast<NpgsqlParameter>()]));
        }
    }
}
