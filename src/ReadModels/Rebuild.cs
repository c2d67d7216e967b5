using JasperFx.Events;
using Marten;
using Marten.Events.Archiving;
using Marten.Linq.MatchesSql;
using Npgsql;
using PixeeEvents.EventLog;

namespace PixeeEvents.ReadModels;

/// <summary>
/// Builds a read model anew from the log, beside the running one, and swaps them. Readers see the old one until the swap; writers
/// wait only for the last stretch, between the barrier and the commit.
/// </summary>
/// <remarks>
/// The successor's tables live in a schema of their own until the swap, and its statements name tables through that schema.
/// </remarks>
public sealed class Rebuild(EventStore store, LogReader log, SettledMark mark)
{
    private const int PageSize = 5000;

    /// <summary>Adds what lies between two positions of the log to the successor.</summary>
    internal delegate Task Fill(IQuerySession session, NpgsqlConnection connection, string successor, long after, long upTo);

    /// <summary>Rebuilds a projection in log order.</summary>
    /// <param name="progress">Positions done, of the settled position at the start.</param>
    public Task Projection(
        RowProjection projection, IProgress<(long Done, long Total)>? progress, CancellationToken cancellationToken) =>
        Run(
            projection.Schema, projection.Tables, $"{projection.Schema}_{projection.Name}", FillOf(projection, progress, cancellationToken),
            cancellationToken);

    /// <summary>In log order.</summary>
    internal static Fill FillOf(
        RowProjection projection, IProgress<(long Done, long Total)>? progress, CancellationToken cancellationToken)
    {
        return FillRows;

        async Task FillRows(IQuerySession session, NpgsqlConnection connection, string successor, long position, long upTo)
        {
            while (position < upTo)
            {
                var events = await LogReader.ReadBetween(session, position, upTo, PageSize, cancellationToken);
                await using var page = new NpgsqlBatch(connection);
                projection.Project(events, page, successor);
                if (page.BatchCommands.Count > 0)
                {
                    await page.ExecuteNonQueryAsync(cancellationToken);
                }

                position = events.Count == PageSize ? events[^1].Sequence : upTo;
                progress?.Report((position, upTo));
            }

            progress = null;
        }
    }

    /// <summary>
    /// Rebuilds the projections whose tables a schema file has made or changed, once: the node that comes first does it, the others
    /// wait, however long it takes.
    /// </summary>
    public async Task WhatIsDue(IReadOnlyList<RowProjection> projections, CancellationToken cancellationToken)
    {
        await using var connection = await store.DataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var take = new NpgsqlCommand(
            """
            with due as (delete from due_rebuilds returning name)
            select coalesce(array_agg(d.name), '{}') from due d where exists (select from mt_events)
            """,
            connection)
        { CommandTimeout = 0 };
        foreach (var name in (string[])(await take.ExecuteScalarAsync(cancellationToken))!)
        {
            await Projection(projections.Single(p => p.Name == name), null, cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>Rebuilds a snapshot table stream by stream: each stream is read in version order, folded once and written once.</summary>
    /// <remarks>Memory holds one stream's events and one page of rows, whatever the size of the log.</remarks>
    public Task Snapshot(ISnapshot snapshot, CancellationToken cancellationToken) =>
        Run("public", [snapshot.Table], snapshot.Table, FillOf(snapshot, cancellationToken), cancellationToken);

    /// <summary>Stream by stream.</summary>
    internal Fill FillOf(ISnapshot snapshot, CancellationToken cancellationToken)
    {
        return FillStreams;

        async Task FillStreams(IQuerySession session, NpgsqlConnection connection, string successor, long after, long upTo)
        {
            var (stream, rows, tenant) = (new List<IEvent>(), new List<(Guid Id, long Version, object State)>(PageSize), "");
            await foreach (var @event in StreamsChanged(session, snapshot, after, upTo).ToAsyncEnumerable(cancellationToken))
            {
                if (stream is [var first, ..] && (first.StreamId != @event.StreamId || first.TenantId != @event.TenantId))
                {
                    Complete();
                    if (rows.Count == PageSize || tenant != @event.TenantId)
                    {
                        await Flush();
                    }
                }

                tenant = @event.TenantId;
                stream.Add(@event);
            }

            Complete();
            await Flush();

            void Complete()
            {
                if (stream.Count > 0)
                {
                    rows.Add((stream[0].StreamId, stream[^1].Version, snapshot.Fold(stream[0].StreamId, stream.Select(e => e.Data))));
                    stream.Clear();
                }
            }

            async Task Flush()
            {
                if (rows.Count > 0)
                {
                    var upsert = EventStore.Upsert(snapshot, successor, tenant, rows);
                    await using var batch = new NpgsqlBatch(connection).Add(upsert.Statement, [.. upsert.Parameters]);
                    await batch.ExecuteNonQueryAsync(cancellationToken);
                    rows.Clear();
                }
            }
        }
    }

    /// <summary>Of the streams with events between two positions, all events up to the second, stream by stream.</summary>
    private static IQueryable<IEvent> StreamsChanged(IQuerySession session, ISnapshot snapshot, long after, long upTo)
    {
        var streams = session.Events.QueryAllRawEvents().Where(e =>
            e.AnyTenant() && e.MaybeArchived() && e.Sequence <= upTo && e.MatchesSql(
                "exists (select from mt_streams s where s.tenant_id = d.tenant_id and s.id = d.stream_id and s.type = ?)",
                snapshot.StreamAlias));
        streams = after == 0 ? streams : streams.Where(e => e.MatchesSql(
            "(d.tenant_id, d.stream_id) in (select t.tenant_id, t.stream_id from mt_events t where t.seq_id > ? and t.seq_id <= ?)",
            after, upTo));
        return streams.OrderBySql("d.tenant_id, d.stream_id, d.version");
    }

    private async Task Run(string schema, IReadOnlyList<string> tables, string name, Fill fill, CancellationToken cancellationToken)
    {
        var successor = $"rebuild_{name}".ToLowerInvariant();
        await using var connection = await store.DataSource.OpenConnectionAsync(cancellationToken);
        // The log is read on a connection of its own, held from now on: while writers wait for the barrier, the pool may have none left.
        await using var source = await store.DataSource.OpenConnectionAsync(cancellationToken);
        await using var session = log.OpenOn(source);
        await Prepare(connection, schema, tables, successor, cancellationToken);
        var position = 0L;
        await CatchUp(await mark.Settle(cancellationToken));
        while (true)
        {
            await CatchUp(await mark.Settle(cancellationToken));
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            if (await Barrier(connection, schema, tables, successor, cancellationToken) is { } end)
            {
                await CatchUp(end);
                await Swap(connection, schema, tables, successor, cancellationToken);
                await transaction.CommitAsync(cancellationToken);
                return;
            }

            await transaction.RollbackAsync(cancellationToken);
            await Task.Delay(Random.Shared.Next(50, 250), cancellationToken);
        }

        async Task CatchUp(long end)
        {
            await fill(session, connection, successor, position, end);
            position = end;
        }
    }

    private static async Task Prepare(
        NpgsqlConnection connection, string schema, IReadOnlyList<string> tables, string successor, CancellationToken cancellationToken)
    {
        var tablesAnew = await Copies(connection, schema, tables, successor, cancellationToken);
        await using var make = new NpgsqlCommand(
            $"drop schema if exists {successor} cascade; create schema {successor}; {tablesAnew}", connection);
        await make.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>
    /// SQL that makes empty tables with the columns, storage parameters, constraints and indexes of the running ones, names included.
    /// </summary>
    internal static async Task<string> Copies(
        NpgsqlConnection connection, string schema, IReadOnlyList<string> tables, string successor, CancellationToken cancellationToken)
    {
        await using var describe = new NpgsqlCommand(
            """
            with tables as (
                select c.oid, c.relname, c.reloptions from pg_class c
                where c.relnamespace = $1::regnamespace and c.relname = any($2) and c.relkind = 'r'),
            statements as (
                select 1 as step, 0::oid as oid,
                    format('create table %I.%I (like %I.%I including all excluding indexes)', $3, relname, $1, relname)
                    || coalesce(' with (' || array_to_string(reloptions, ', ') || ')', '') as sql from tables
                union all
                select 2, k.oid, format('alter table %I.%I add constraint %I %s', $3, t.relname, k.conname, pg_get_constraintdef(k.oid))
                from tables t join pg_constraint k on k.conrelid = t.oid and k.contype in ('p', 'u', 'x')
                union all
                select 2, i.indexrelid,
                    replace(pg_get_indexdef(i.indexrelid), format(' ON %I.%I ', $1, t.relname), format(' ON %I.%I ', $3, t.relname))
                from tables t join pg_index i on i.indrelid = t.oid
                where not exists (select from pg_constraint k where k.conindid = i.indexrelid and k.conrelid = t.oid))
            select string_agg(sql, '; ' order by step, oid) from statements
            """,
            connection).With(Sql.Text(schema), Sql.Texts(tables), Sql.Text(successor));
        return (string)(await describe.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>Waits for running writers and holds new ones back until the commit.</summary>
    /// <remarks>
    /// Every writer locks the streams before anything else. Once they are locked here, no writer is under way and none holds a
    /// lock that another waits for. Somebody else may still hold a table for long, a dump the running one or a vacuum the successor;
    /// then the barrier gives way and comes again, long before PostgreSQL looks for a deadlock, and the writers pass.
    /// </remarks>
    /// <returns>The last position of the log, or null when the locks could not be had now.</returns>
    private static async Task<long?> Barrier(
        NpgsqlConnection connection, string schema, IEnumerable<string> tables, string successor, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.Add("set local lock_timeout = '400ms'");
        batch.Add("lock table mt_streams in exclusive mode").Add("lock table mt_events in share mode");
        batch.Add($"lock table {string.Join(", ", tables.Select(t => $"{schema}.{t}, {successor}.{t}"))} in access exclusive mode");
        batch.Add("set local lock_timeout to default");
        batch.Add("select coalesce(max(seq_id), 0) from mt_events");
        try
        {
            return (long)(await batch.ExecuteScalarAsync(cancellationToken))!;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            return null;
        }
    }

    private static async Task Swap(
        NpgsqlConnection connection, string schema, IEnumerable<string> tables, string successor, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection);
        foreach (var table in tables)
        {
            batch.Add($"drop table {schema}.{table}");
            batch.Add($"alter table {successor}.{table} set schema {schema}");
        }

        batch.Add($"drop schema {successor}");
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }
}
