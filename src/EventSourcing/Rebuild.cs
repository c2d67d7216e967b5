using Npgsql;

namespace PixeeEvents.EventSourcing;

/// <summary>
/// Builds a read model anew from the log, beside the running one, and swaps them. Readers see the old one until the swap; writers
/// wait only for the last stretch, between the barrier and the commit.
/// </summary>
/// <remarks>The successor's tables live in a schema of their own until the swap, and its statements name tables through that schema.</remarks>
public sealed class Rebuild(EventStore store, EventLog log, HighWaterMark mark)
{
    private const int PageSize = 5000;

    /// <summary>Rebuilds a projection in log order.</summary>
    /// <param name="progress">Positions done, of the settled position at the start.</param>
    public async Task Projection(IProjection projection, IProgress<(long Done, long Total)>? progress, CancellationToken cancellationToken)
    {
        var successor = $"rebuild_{projection.Schema}_{projection.Name}".ToLowerInvariant();
        await using var connection = await store.DataSource.OpenConnectionAsync(cancellationToken);
        await Prepare(connection, projection.Schema, projection.Tables, successor, cancellationToken);
        var total = await mark.Settle(cancellationToken);
        var position = await ProjectUpTo(connection, projection, successor, 0, total, progress, cancellationToken);
        position = await ProjectUpTo(connection, projection, successor, position, await mark.Settle(cancellationToken), null, cancellationToken);

        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var end = await Barrier(connection, projection.Schema, projection.Tables, projection.ReadByWriters, cancellationToken);
        await ProjectUpTo(connection, projection, successor, position, end, null, cancellationToken);
        await Swap(connection, projection.Schema, projection.Tables, successor, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>Rebuilds a snapshot table stream by stream: each stream is read in version order, folded once and written once.</summary>
    /// <remarks>Memory holds one stream's events and one page of rows, whatever the size of the log.</remarks>
    public async Task Snapshot(ISnapshot snapshot, CancellationToken cancellationToken)
    {
        var successor = $"rebuild_{snapshot.Schema}_{snapshot.Table}";
        await using var connection = await store.DataSource.OpenConnectionAsync(cancellationToken);
        await Prepare(connection, snapshot.Schema, [snapshot.Table], successor, cancellationToken);
        var settled = await mark.Settle(cancellationToken);
        await FoldStreams(connection, snapshot, successor, "e.seq_id <= $2", settled, cancellationToken);

        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await Barrier(connection, snapshot.Schema, [snapshot.Table], readByWriters: true, cancellationToken);
        await FoldStreams(
            connection, snapshot, successor,
            "(e.tenant_id, e.stream_id) in (select t.tenant_id, t.stream_id from mt_events t where t.seq_id > $2)", settled, cancellationToken);
        await Swap(connection, snapshot.Schema, [snapshot.Table], successor, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    private static async Task Prepare(NpgsqlConnection connection, string schema, IEnumerable<string> tables, string successor, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.Add($"drop schema if exists {successor} cascade").Add($"create schema {successor}");
        foreach (var table in tables)
        {
            batch.Add($"create table {successor}.{table} (like {schema}.{table} including all)");
        }

        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Waits for running writers and holds new ones back until the commit.</summary>
    /// <remarks>
    /// A writer touches what it reads, then the log, then what it only writes. Taking the locks in the same order keeps the
    /// barrier and a writer from waiting for each other.
    /// </remarks>
    private static async Task<long> Barrier(
        NpgsqlConnection connection, string schema, IEnumerable<string> tables, bool readByWriters, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection);
        var lockTables = $"lock table {string.Join(", ", tables.Select(t => $"{schema}.{t}"))} in access exclusive mode";
        const string LockLog = "lock table mt_events in share mode";
        batch.Add(readByWriters ? lockTables : LockLog).Add(readByWriters ? LockLog : lockTables);
        batch.Add("select coalesce(max(seq_id), 0) from mt_events");
        return (long)(await batch.ExecuteScalarAsync(cancellationToken))!;
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

    private async Task<long> ProjectUpTo(
        NpgsqlConnection connection, IProjection projection, string successor, long position, long end, IProgress<(long Done, long Total)>? progress, CancellationToken cancellationToken)
    {
        while (position < end)
        {
            var events = await log.ReadBetween(position, end, PageSize, cancellationToken);
            await using var page = new NpgsqlBatch(connection);
            foreach (var batch in EventLog.PerTenant(events))
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

    private async Task FoldStreams(NpgsqlConnection connection, ISnapshot snapshot, string successor, string which, long position, CancellationToken cancellationToken)
    {
        await using var source = await store.DataSource.OpenConnectionAsync(cancellationToken);
        await using var select = new NpgsqlCommand(
            $"""
             select {EventStore.EventColumns} from mt_events e
             where {which} and exists (select from mt_streams s where s.tenant_id = e.tenant_id and s.id = e.stream_id and s.type = $1)
             order by e.tenant_id, e.stream_id, e.version
             """,
            source).With(Sql.Text(snapshot.StreamType), Sql.Long(position));
        await using var reader = await select.ExecuteReaderAsync(cancellationToken);
        var rows = new List<SnapshotRow>(PageSize);
        var stream = new List<StoredEvent>();
        string? tenant = null;
        while (await reader.ReadAsync(cancellationToken))
        {
            var @event = EventReader.Read(reader, store.Types);
            if (stream.Count > 0 && (stream[0].Stream != @event.Stream || stream[0].Tenant != @event.Tenant))
            {
                Complete();
                if (rows.Count == PageSize || tenant != @event.Tenant)
                {
                    await Flush();
                }
            }

            tenant = @event.Tenant;
            stream.Add(@event);
        }

        Complete();
        await Flush();

        void Complete()
        {
            if (stream.Count > 0)
            {
                rows.Add(new SnapshotRow(stream[0].Stream, stream[^1].Version, snapshot.FoldToJson(stream.Select(e => e.Data))));
                stream.Clear();
            }
        }

        async Task Flush()
        {
            if (rows.Count > 0)
            {
                await using var batch = new NpgsqlBatch(connection);
                batch.BatchCommands.Add(ISnapshot.Upsert(successor, snapshot.Table, rows, tenant!));
                await batch.ExecuteNonQueryAsync(cancellationToken);
                rows.Clear();
            }
        }
    }
}
