using JasperFx.Events;
using Npgsql;

namespace PixeeEvents.EventLog;

/// <summary>
/// Builds a read model anew from the log, beside the running one, and swaps them. Readers see the old one until the swap; writers
/// wait only for the last stretch, between the barrier and the commit.
/// </summary>
/// <remarks>The successor's tables live in a schema of their own until the swap, and its statements name tables through that schema.</remarks>
public sealed class Rebuild(EventStore store, LogReader log, SettledMark mark)
{
    private const int PageSize = 5000;

    private const string Everything = "e.seq_id > $2 and e.seq_id <= $3";

    private const string ChangedStreams =
        "e.seq_id <= $3 and (e.tenant_id, e.stream_id) in (select t.tenant_id, t.stream_id from mt_events t where t.seq_id > $2 and t.seq_id <= $3)";

    /// <summary>Rebuilds a projection in log order.</summary>
    /// <param name="progress">Positions done, of the settled position at the start.</param>
    public async Task Projection(RowProjection projection, IProgress<(long Done, long Total)>? progress, CancellationToken cancellationToken)
    {
        var successor = $"rebuild_{projection.Schema}_{projection.Name}".ToLowerInvariant();
        await using var source = await store.DataSource.OpenConnectionAsync(cancellationToken);
        await using var connection = await store.DataSource.OpenConnectionAsync(cancellationToken);
        await Prepare(connection, projection.Schema, projection.Tables, successor, cancellationToken);
        var position = 0L;
        await CatchUp(await mark.Settle(cancellationToken), progress);
        while (true)
        {
            await CatchUp(await mark.Settle(cancellationToken), null);
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            if (await Barrier(connection, projection.Schema, projection.Tables, cancellationToken) is not { } end)
            {
                await Retreat(transaction, cancellationToken);
                continue;
            }

            await CatchUp(end, null);
            await Swap(connection, projection.Schema, projection.Tables, successor, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            return;
        }

        async Task CatchUp(long end, IProgress<(long Done, long Total)>? report) =>
            position = await ProjectUpTo(source, connection, projection, successor, position, end, report, cancellationToken);
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
            select d.name from due d where exists (select from mt_events)
            """,
            connection)
        { CommandTimeout = 0 };
        var due = new List<string>();
        await using (var reader = await take.ExecuteReaderAsync(cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken))
            {
                due.Add(reader.GetString(0));
            }
        }

        foreach (var name in due)
        {
            await Projection(projections.Single(p => p.Name == name), null, cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>Rebuilds a snapshot table stream by stream: each stream is read in version order, folded once and written once.</summary>
    /// <remarks>Memory holds one stream's events and one page of rows, whatever the size of the log.</remarks>
    public async Task Snapshot(ISnapshot snapshot, CancellationToken cancellationToken)
    {
        var successor = $"rebuild_{snapshot.Table}";
        await using var source = await store.DataSource.OpenConnectionAsync(cancellationToken);
        await using var connection = await store.DataSource.OpenConnectionAsync(cancellationToken);
        await Prepare(connection, "public", [snapshot.Table], successor, cancellationToken);
        var position = await mark.Settle(cancellationToken);
        await FoldStreams(source, connection, snapshot, successor, Everything, 0, position, cancellationToken);
        while (true)
        {
            var settled = await mark.Settle(cancellationToken);
            await FoldStreams(source, connection, snapshot, successor, ChangedStreams, position, settled, cancellationToken);
            position = settled;
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            if (await Barrier(connection, "public", [snapshot.Table], cancellationToken) is not { } end)
            {
                await Retreat(transaction, cancellationToken);
                continue;
            }

            await FoldStreams(source, connection, snapshot, successor, ChangedStreams, position, end, cancellationToken);
            await Swap(connection, "public", [snapshot.Table], successor, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            return;
        }
    }

    /// <summary>Makes empty tables with the columns, storage parameters, constraints and indexes of the running ones, names included.</summary>
    private static async Task Prepare(NpgsqlConnection connection, string schema, IReadOnlyList<string> tables, string successor, CancellationToken cancellationToken)
    {
        var statements = new List<string> { $"drop schema if exists {successor} cascade", $"create schema {successor}" };
        await using (var describe = new NpgsqlCommand(
            """
            with tables as (
                select c.oid, c.relname, c.reloptions from pg_class c where c.relnamespace = $1::regnamespace and c.relname = any($2) and c.relkind = 'r')
            select 1 as step, 0::oid as oid, format('create table %I.%I (like %I.%I including all excluding indexes)', $3, relname, $1, relname)
                || coalesce(' with (' || array_to_string(reloptions, ', ') || ')', '') as sql from tables
            union all
            select 2, k.oid, format('alter table %I.%I add constraint %I %s', $3, t.relname, k.conname, pg_get_constraintdef(k.oid))
            from tables t join pg_constraint k on k.conrelid = t.oid and k.contype in ('p', 'u', 'x')
            union all
            select 2, i.indexrelid, replace(pg_get_indexdef(i.indexrelid), format(' ON %I.%I ', $1, t.relname), format(' ON %I.%I ', $3, t.relname))
            from tables t join pg_index i on i.indrelid = t.oid
            where not exists (select from pg_constraint k where k.conindid = i.indexrelid and k.conrelid = t.oid)
            order by step, oid
            """,
            connection).With(Sql.Text(schema), Sql.Texts(tables), Sql.Text(successor)))
        {
            await using var reader = await describe.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                statements.Add(reader.GetString(2));
            }
        }

        await using var batch = new NpgsqlBatch(connection);
        foreach (var statement in statements)
        {
            batch.Add(statement);
        }

        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Waits for running writers and holds new ones back until the commit.</summary>
    /// <remarks>
    /// Every writer locks the streams before anything else. Once they are locked here, no writer is under way and none holds a
    /// lock that another waits for. Somebody else may still hold a table for long; then the barrier gives way and comes again,
    /// long before PostgreSQL looks for a deadlock, and the writers pass.
    /// </remarks>
    /// <returns>The last position of the log, or null when the locks could not be had now.</returns>
    private static async Task<long?> Barrier(
        NpgsqlConnection connection, string schema, IEnumerable<string> tables, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.Add("set local lock_timeout = '400ms'");
        batch.Add("lock table mt_streams in exclusive mode").Add("lock table mt_events in share mode");
        batch.Add($"lock table {string.Join(", ", tables.Select(t => $"{schema}.{t}"))} in access exclusive mode");
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

    private static async Task Retreat(NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        await transaction.RollbackAsync(cancellationToken);
        await Task.Delay(Random.Shared.Next(50, 250), cancellationToken);
    }

    private static async Task Swap(NpgsqlConnection connection, string schema, IEnumerable<string> tables, string successor, CancellationToken cancellationToken)
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

    /// <param name="source">A connection of its own for reading: while writers wait for the barrier, the pool may have none left.</param>
    private async Task<long> ProjectUpTo(
        NpgsqlConnection source, NpgsqlConnection connection, RowProjection projection, string successor, long position, long end, IProgress<(long Done, long Total)>? progress, CancellationToken cancellationToken)
    {
        while (position < end)
        {
            var events = await log.ReadBetween(source, position, end, PageSize, cancellationToken);
            await using var page = new NpgsqlBatch(connection);
            foreach (var batch in events.GroupBy(e => e.TenantId, StringComparer.Ordinal).Select(t => new EventBatch(t.Key, [.. t])))
            {
                projection.Project(batch, page, successor);
            }

            if (page.BatchCommands.Count > 0)
            {
                await page.ExecuteNonQueryAsync(cancellationToken);
            }

            position = events.Count == PageSize ? events[^1].Sequence : end;
            progress?.Report((position, end));
        }

        return position;
    }

    private async Task FoldStreams(
        NpgsqlConnection source, NpgsqlConnection connection, ISnapshot snapshot, string successor, string which, long after, long upTo, CancellationToken cancellationToken)
    {
        using var events = new EventReader(store.Documents);
        await using var select = new NpgsqlCommand(
            $"""
             select {events.Columns} from mt_events e
             where {which} and exists (select from mt_streams s where s.tenant_id = e.tenant_id and s.id = e.stream_id and s.type = $1)
             order by e.tenant_id, e.stream_id, e.version
             """,
            source)
        { CommandTimeout = 0 }.With(Sql.Text(snapshot.StreamAlias), Sql.Long(after), Sql.Long(upTo));
        await using var reader = await select.ExecuteReaderAsync(cancellationToken);
        var rows = new List<(Guid Id, long Version, byte[] Data)>(PageSize);
        var stream = new List<IEvent>();
        string? tenant = null;
        while (await reader.ReadAsync(cancellationToken))
        {
            var @event = await events.Read(reader, cancellationToken);
            if (stream.Count > 0 && (stream[0].StreamId != @event.StreamId || stream[0].TenantId != @event.TenantId))
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
                var state = snapshot.Fold(stream[0].StreamId, stream.Select(e => e.Data));
                rows.Add((stream[0].StreamId, stream[^1].Version, BatchAppend.Serialize(store.Documents, state)));
                stream.Clear();
            }
        }

        async Task Flush()
        {
            if (rows.Count > 0)
            {
                await using var batch = new NpgsqlBatch(connection);
                var (sql, parameters) = BatchAppend.Upsert(successor, snapshot, tenant!, rows);
                batch.Add(sql, parameters);
                await batch.ExecuteNonQueryAsync(cancellationToken);
                rows.Clear();
            }
        }
    }
}
