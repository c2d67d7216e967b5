using System.Diagnostics;
using System.Text.Json;
using Npgsql;
using PixeeEvents.EventLog;

namespace PixeeEvents.Bench.Floors;

/// <summary>
/// The cheapest SQL for the log alone: advance streams, insert events, read and upsert snapshots, all set-based and prepared.
/// </summary>
internal sealed class LogFloor(LogDatabase database)
{
    private const string AppendSql = """
        with stream as (
          update mt_streams s set version = s.version + 1, timestamp = now()
          from unnest($2::uuid[], $3::uuid[], $4::jsonb[]) as i(stream_id, event_id, body)
          where s.tenant_id = $1 and s.id = i.stream_id
          returning i.*, s.version)
        insert into mt_events (seq_id, id, stream_id, version, data, type, mt_dotnet_type, timestamp, tenant_id, correlation_id,
            causation_id, headers)
        select nextval('mt_events_sequence'), event_id, stream_id, version, body, $5, 'PixeeEvents.Bench.LevelSet, PixeeEvents.Bench',
            statement_timestamp(), $1, $6, $7, $8 from stream
        """;

    private const string ReadSql =
        "select d.id, d.mt_version, d.data from unnest($2::uuid[]) as i(id) join mt_doc_level d on d.tenant_id = $1 and d.id = i.id";

    private const string UpsertSql = """
        insert into mt_doc_level as t (tenant_id, id, mt_version, data) select $1, * from unnest($2::uuid[], $3::bigint[], $4::jsonb[])
        on conflict (tenant_id, id) do update set mt_version = excluded.mt_version, data = excluded.data, mt_last_modified = now()
        """;

    private const string ReadOneSql = "select mt_version, data from mt_doc_level where tenant_id = $1 and id = $2";

    private const string AdvanceOneSql =
        "update mt_streams set version = $3 + 1, timestamp = now() where tenant_id = $1 and id = $2 and version = $3";

    private const string InsertOneSql = """
        insert into mt_events (seq_id, id, stream_id, version, data, type, mt_dotnet_type, timestamp, tenant_id, correlation_id,
            causation_id, headers)
        values (nextval('mt_events_sequence'), $2, $3, $4, $5, $6, 'PixeeEvents.Bench.LevelSet, PixeeEvents.Bench', statement_timestamp(),
            $1, $7, $8, $9)
        """;

    private const string UpdateOneSql =
        "update mt_doc_level set mt_version = $3, data = $4, mt_last_modified = now() where tenant_id = $1 and id = $2";

    private const string PageSql =
        "select seq_id, stream_id, version, data from mt_events where tenant_id = $1 and seq_id > $2 order by seq_id limit $3";

    private const string ProgressSql = """
        insert into mt_event_progression (name, last_seq_id, last_updated) values ('bench:All', $1, now())
        on conflict (name) do update set last_seq_id = excluded.last_seq_id, last_updated = now()
        """;

    private static readonly byte[] Headers = JsonSerializer.SerializeToUtf8Bytes(LogDatabase.Caller.Headers);

    /// <summary>One event on each stream, then the snapshots of the streams read, folded and written: two round trips.</summary>
    public async Task<double> Evolve(Guid[] streams, int level, CancellationToken cancellationToken)
    {
        await using var connection = await database.Source.OpenConnectionAsync(cancellationToken);
        await using var first = new NpgsqlBatch(connection);
        first.Add("begin");
        AddAppend(first, streams, level);
        first.Add(ReadSql, Sql.Text(LogDatabase.Caller.Tenant), Sql.Uuids(streams));
        var watch = Stopwatch.StartNew();
        var states = await Read(first, streams.Length, cancellationToken);
        foreach (var stream in streams)
        {
            var (version, state) = states[stream];
            states[stream] = (version + 1, state with { Value = level, Count = state.Count + 1 });
        }
        await using var second = new NpgsqlBatch(connection);
        AddUpsert(second, states);
        second.Add("commit");
        await second.ExecuteNonQueryAsync(cancellationToken);
        return watch.Elapsed.TotalMilliseconds;
    }

    /// <summary>Transactions per second: one read, then one batch guarded by the version read.</summary>
    public async Task<double> SingleRate(Guid[] streams, int clients, int operations, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, clients).Select(client => Task.Run(
            async () =>
            {
                await using var connection = await database.Source.OpenConnectionAsync(cancellationToken);
                var own = streams.Where((_, i) => i % clients == client).ToArray();
                for (var i = 0; i < operations / clients; i++)
                    await EvolveOne(connection, own[i % own.Length], i, cancellationToken);
            },
            cancellationToken)));
        return operations / watch.Elapsed.TotalSeconds;
    }

    /// <summary>Reads the log in pages, folds each in memory, stores it with one upsert, and commits page and progress together.</summary>
    public async Task<double> Rebuild(int pageSize, CancellationToken cancellationToken)
    {
        await using var connection = await database.Source.OpenConnectionAsync(cancellationToken);
        var watch = Stopwatch.StartNew();
        for (long position = 0, count = pageSize; count == pageSize;)
        {
            var page = new List<(Guid Stream, long Version, long Level)>(pageSize);
            await using (var read = new NpgsqlBatch(connection))
            {
                read.Add("begin").Add(PageSql, Sql.Text(LogDatabase.Caller.Tenant), Sql.Long(position), Sql.Long(pageSize));
                await using var reader = await read.ExecuteReaderAsync(cancellationToken);
                while (await reader.ReadAsync(cancellationToken))
                {
                    position = reader.GetInt64(0);
                    page.Add(
                        (
                            reader.GetGuid(1), reader.GetInt64(2),
                            JsonSerializer.Deserialize<LevelSet>(reader.GetFieldValue<byte[]>(3))!.Level));
                }
            }
            count = page.Count;
            await using var known = new NpgsqlBatch(connection);
            known.Add(ReadSql, Sql.Text(LogDatabase.Caller.Tenant), Sql.Uuids(page.Select(e => e.Stream).Distinct()));
            var states = await Read(known, page.Count, cancellationToken);
            foreach (var (stream, version, level) in page)
                states[stream] = (version, new Level(stream, level, states.TryGetValue(stream, out var state) ? state.State.Count + 1 : 1));
            await using var write = new NpgsqlBatch(connection);
            AddUpsert(write, states);
            write.Add(ProgressSql, Sql.Long(position)).Add("commit");
            await write.ExecuteNonQueryAsync(cancellationToken);
        }
        return watch.Elapsed.TotalMilliseconds;
    }

    private static async Task EvolveOne(NpgsqlConnection connection, Guid stream, int level, CancellationToken cancellationToken)
    {
        var tenant = LogDatabase.Caller.Tenant;
        long version;
        Level state;
        await using (var read = new NpgsqlCommand(ReadOneSql, connection).With(Sql.Text(tenant), Sql.Uuid(stream)))
        await using (var reader = await read.ExecuteReaderAsync(cancellationToken))
        {
            await reader.ReadAsync(cancellationToken);
            version = reader.GetInt64(0);
            state = JsonSerializer.Deserialize<Level>(reader.GetFieldValue<byte[]>(1))!;
        }
        await using var batch = new NpgsqlBatch(connection);
        batch.Add(AdvanceOneSql, Sql.Text(tenant), Sql.Uuid(stream), Sql.Long(version));
        batch.Add(InsertOneSql, Sql.Text(tenant), Sql.Uuid(Guid.CreateVersion7()), Sql.Uuid(stream), Sql.Long(version + 1),
            Sql.Jsonb(JsonSerializer.SerializeToUtf8Bytes(new LevelSet(level))), Sql.Text(LogDatabase.EventType),
            Sql.Text(LogDatabase.Caller.CorrelationId),
            Sql.Text(LogDatabase.Caller.CausationId), Sql.Jsonb(Headers));
        batch.Add(UpdateOneSql, Sql.Text(tenant), Sql.Uuid(stream), Sql.Long(version + 1),
            Sql.Jsonb(JsonSerializer.SerializeToUtf8Bytes(state with { Value = level, Count = state.Count + 1 })));
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    private static void AddAppend(NpgsqlBatch batch, Guid[] streams, int level)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(new LevelSet(level));
        batch.Add(AppendSql, Sql.Text(LogDatabase.Caller.Tenant), Sql.Uuids(streams), Sql.Uuids(streams.Select(_ => Guid.CreateVersion7())),
            Sql.Jsonbs(streams.Select(_ => body)), Sql.Text(LogDatabase.EventType), Sql.Text(LogDatabase.Caller.CorrelationId),
            Sql.Text(LogDatabase.Caller.CausationId), Sql.Jsonb(Headers));
    }

    private static void AddUpsert(NpgsqlBatch batch, Dictionary<Guid, (long Version, Level State)> states) =>
        batch.Add(UpsertSql, Sql.Text(LogDatabase.Caller.Tenant), Sql.Uuids(states.Keys), Sql.Longs(states.Values.Select(s => s.Version)),
            Sql.Jsonbs(states.Values.Select(s => JsonSerializer.SerializeToUtf8Bytes(s.State))));

    private static async Task<Dictionary<Guid,
    (long Version, Level State)>> Read(NpgsqlBatch batch, int capacity, CancellationToken cancellationToken)
    {
        var states = new Dictionary<Guid, (long, Level)>(capacity);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            states[reader.GetGuid(0)] = (reader.GetInt64(1), JsonSerializer.Deserialize<Level>(reader.GetFieldValue<byte[]>(2))!);
        return states;
    }
}
