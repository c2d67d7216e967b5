using JasperFx.Events;
using JasperFx.Events.Projections;
using Marten;
using Marten.Events.Projections;
using Npgsql;
using PixeeEvents.EventLog;

namespace PixeeEvents.ReadModels;

/// <summary>Events of one tenant in log order, as a projection of rows gets them: stream, version and body are known.</summary>
/// <remarks>Position and time of the n-th are known where its statements run: <c>log.positions[n]</c> and <c>log.times[n]</c>.</remarks>
public sealed record EventBatch(string Tenant, IReadOnlyList<IEvent> Events)
{
    /// <summary>Begins a statement that reads <c>log</c>, a row of its own; none when another writer was first.</summary>
    public const string Log = $"with log as materialized ({EventStore.Appended})";

    public IEnumerable<(int Number, IEvent Event)> Numbered => Events.Index().Select(e => (e.Index + 1, e.Item));
}

/// <summary>
/// A read model of rows, written by set-based statements in the transaction that appends: for one event, for a batch and for a
/// rebuild alike.
/// </summary>
/// <remarks>
/// The statements name every table through the schema they are given, so that they fill the running tables and, in a rebuild, their
/// successors. No clock, no randomness: everything comes from the events.
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
        Project(new EventBatch(operations.TenantId, events), statements, Schema);
        foreach (var statement in statements.BatchCommands)
        {
            operations.QueueOperation(new SqlOperation(statement.CommandText, [.. statement.Parameters.Cast<NpgsqlParameter>()]));
        }

        return Task.CompletedTask;
    }

    /// <summary>As the other, for events of any tenants that were read from the log.</summary>
    public void Project(IReadOnlyList<IEvent> events, NpgsqlBatch statements, string schema)
    {
        foreach (var tenant in events.GroupBy(e => e.TenantId, StringComparer.Ordinal))
        {
            statements.Add(
                $"select {EventStore.Place("$1::bigint[]", "$2::timestamptz[]")}",
                Sql.Longs(tenant.Select(e => e.Sequence)), Sql.Timestamps(tenant.Select(e => e.Timestamp)));
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
