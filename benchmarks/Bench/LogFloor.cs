using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Npgsql;
using NpgsqlTypes;

namespace PixeeEvents.Bench;

/// <summary>The state that the log's rows fold: the last level and the number of events behind it.</summary>
internal sealed record Level(long Value, long Count);

/// <summary>The cheapest SQL for the log alone: advance streams, insert events, read and upsert snapshots, all set-based and prepared.</summary>
internal sealed class LogFloor : IAsyncDisposable
{
    private const string Tenant = "bench";

    private const string AppendSql = """
        with stream as (
          update public.mt_streams s set version = s.version + 1, timestamp = now()
          from unnest($2::uuid[], $3::uuid[], $4::jsonb[]) as i(stream_id, event_id, body)
          where s.tenant_id = $1 and s.id = i.stream_id
          returning i.*, s.version)
        insert into public.mt_events (seq_id, id, stream_id, version, data, type, timestamp, tenant_id)
        select nextval('public.mt_events_sequence'), event_id, stream_id, version, body, 'level_set', now(), $1 from stream
        """;

    private const string ReadSql = "select id, version, data from bench_levels where tenant_id = $1 and id = any($2)";

    private const string UpsertSql = """
        insert into bench_levels as t (tenant_id, id, version, data) select $1, * from unnest($2::uuid[], $3::bigint[], $4::jsonb[])
        on conflict (tenant_id, id) do update set version = excluded.version, data = excluded.data
        """;

    private const string PageSql =
        "select seq_id, stream_id, version, data from public.mt_events where tenant_id = $1 and seq_id > $2 order by seq_id limit $3";

    private const string ProgressSql = """
        insert into public.mt_event_progression (name, last_seq_id, last_updated) values ('bench:All', $1, now())
        on conflict (name) do update set last_seq_id = excluded.last_seq_id, last_updated = now()
        """;

    private readonly NpgsqlDataSource _source;

    public LogFloor(string connectionString) => _source = NpgsqlDataSource.Create(
        new NpgsqlConnectionStringBuilder(connectionString) { MaxAutoPrepare = 50, AutoPrepareMinUsages = 1 }.ConnectionString);

    /// <summary>Starts <paramref name="streams"/> streams of <paramref name="events"/> interleaved events each, with their snapshots.</summary>
    public async Task<Guid[]> Seed(int streams, int events, CancellationToken cancellationToken)
    {
        var ids = Enumerable.Range(0, streams).Select(_ => Guid.NewGuid()).ToArray();
        await using var connection = await _source.OpenConnectionAsync(cancellationToken);
        await Execute(connection, "insert into public.mt_streams (tenant_id, id, type, version) select $1, unnest($2::uuid[]), 'level', $3",
            cancellationToken, Tenant, ids, (long)events);
        await Execute(connection, """
            insert into public.mt_events (seq_id, id, stream_id, version, data, type, timestamp, tenant_id)
            select nextval('public.mt_events_sequence'), gen_random_uuid(), id, version, jsonb_build_object('level', version), 'level_set', now(), $1
            from generate_series(1, $3) as version, unnest($2::uuid[]) as id order by version
            """, cancellationToken, Tenant, ids, (long)events);
        await Execute(connection, UpsertSql, cancellationToken, Tenant, ids, Array.ConvertAll(ids, _ => (long)events),
            Array.ConvertAll(ids, _ => JsonSerializer.SerializeToUtf8Bytes(new Level(events, events))));
        return ids;
    }

    /// <summary>One event on each stream, and with <paramref name="snapshots"/> one folded snapshot each, in one transaction.</summary>
    public async Task<double> Append(Guid[] streams, int level, bool snapshots, CancellationToken cancellationToken)
    {
        var events = Array.ConvertAll(streams, _ => Guid.CreateVersion7());
        var bodies = Array.ConvertAll(streams, _ => Encoding.UTF8.GetBytes($$"""{"level": {{level}}}"""));
        await using var connection = await _source.OpenConnectionAsync(cancellationToken);
        var watch = Stopwatch.StartNew();
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await Execute(connection, AppendSql, cancellationToken, Tenant, streams, events, bodies);
        if (snapshots)
        {
            var states = await Read(connection, streams, cancellationToken);
            foreach (var stream in streams)
            {
                var (version, state) = states[stream];
                states[stream] = (version + 1, new Level(level, state.Count + 1));
            }
            await Upsert(connection, states, cancellationToken);
        }
        await transaction.CommitAsync(cancellationToken);
        return watch.Elapsed.TotalMilliseconds;
    }

    /// <summary>Transactions per second: one prepared read and one prepared batch guarded by the version read.</summary>
    public async Task<double> SingleRate(Guid[] streams, int clients, int operations, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, clients).Select(client => Task.Run(
            async () =>
            {
                await using var connection = await _source.OpenConnectionAsync(cancellationToken);
                var own = streams.Where((_, i) => i % clients == client).ToArray();
                for (var i = 0; i < operations / clients; i++)
                    await AppendOne(connection, own[i % own.Length], i, cancellationToken);
            },
            cancellationToken)));
        return operations / watch.Elapsed.TotalSeconds;
    }

    /// <summary>Reads the log in pages, folds each in memory, stores it with one upsert, and commits page and progress together.</summary>
    public async Task<double> Rebuild(int pageSize, CancellationToken cancellationToken)
    {
        await using var connection = await _source.OpenConnectionAsync(cancellationToken);
        await Execute(connection, "delete from bench_levels where tenant_id = $1", cancellationToken, Tenant);
        var watch = Stopwatch.StartNew();
        for (long position = 0, count = pageSize; count == pageSize;)
        {
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            var page = new List<(Guid Stream, long Version, long Level)>(pageSize);
            await using (var read = Command(connection, PageSql, Tenant, position, (long)pageSize))
            await using (var reader = await read.ExecuteReaderAsync(cancellationToken))
            {
                while (await reader.ReadAsync(cancellationToken))
                {
                    position = reader.GetInt64(0);
                    page.Add((reader.GetGuid(1), reader.GetInt64(2), ReadLevel(reader.GetFieldValue<byte[]>(3))));
                }
            }
            count = page.Count;
            var states = await Read(connection, [.. page.Select(e => e.Stream).Distinct()], cancellationToken);
            foreach (var (stream, version, level) in page)
                states[stream] = (version, new Level(level, states.TryGetValue(stream, out var known) ? known.State.Count + 1 : 1));
            await Upsert(connection, states, cancellationToken);
            await Execute(connection, ProgressSql, cancellationToken, position);
            await transaction.CommitAsync(cancellationToken);
        }
        return watch.Elapsed.TotalMilliseconds;
    }

    public ValueTask DisposeAsync() => _source.DisposeAsync();

    private static async Task AppendOne(NpgsqlConnection connection, Guid stream, int level, CancellationToken cancellationToken)
    {
        var states = await Read(connection, [stream], cancellationToken);
        var (version, state) = states[stream];
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(BatchCommand(
            "update public.mt_streams set version = $3 + 1, timestamp = now() where tenant_id = $1 and id = $2 and version = $3", Tenant, stream, version));
        batch.BatchCommands.Add(BatchCommand("""
            insert into public.mt_events (seq_id, id, stream_id, version, data, type, timestamp, tenant_id)
            values (nextval('public.mt_events_sequence'), $2, $3, $4, $5, 'level_set', now(), $1)
            """, Tenant, Guid.CreateVersion7(), stream, version + 1, Encoding.UTF8.GetBytes($$"""{"level": {{level}}}""")));
        batch.BatchCommands.Add(BatchCommand(
            "update bench_levels set version = $3, data = $4 where tenant_id = $1 and id = $2",
            Tenant, stream, version + 1, JsonSerializer.SerializeToUtf8Bytes(new Level(level, state.Count + 1))));
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task<Dictionary<Guid, (long Version, Level State)>> Read(
        NpgsqlConnection connection, Guid[] streams, CancellationToken cancellationToken)
    {
        var states = new Dictionary<Guid, (long, Level)>(streams.Length);
        await using var read = Command(connection, ReadSql, Tenant, streams);
        await using var reader = await read.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            states[reader.GetGuid(0)] = (reader.GetInt64(1), JsonSerializer.Deserialize<Level>(reader.GetFieldValue<byte[]>(2))!);
        return states;
    }

    private static Task Upsert(NpgsqlConnection connection, Dictionary<Guid, (long Version, Level State)> states, CancellationToken cancellationToken) =>
        Execute(connection, UpsertSql, cancellationToken, Tenant, states.Keys.ToArray(), states.Values.Select(s => s.Version).ToArray(),
            states.Values.Select(s => JsonSerializer.SerializeToUtf8Bytes(s.State)).ToArray());

    private static long ReadLevel(byte[] body)
    {
        using var json = JsonDocument.Parse(body);
        return json.RootElement.GetProperty("level").GetInt64();
    }

    private static async Task Execute(NpgsqlConnection connection, string sql, CancellationToken cancellationToken, params object[] parameters)
    {
        await using var command = Command(connection, sql, parameters);
        command.CommandTimeout = 300;
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static NpgsqlCommand Command(NpgsqlConnection connection, string sql, params object[] parameters)
    {
        var command = new NpgsqlCommand(sql, connection);
        command.Parameters.AddRange(Array.ConvertAll(parameters, Parameter));
        return command;
    }

    private static NpgsqlBatchCommand BatchCommand(string sql, params object[] parameters)
    {
        var command = new NpgsqlBatchCommand(sql);
        command.Parameters.AddRange(Array.ConvertAll(parameters, Parameter));
        return command;
    }

    private static NpgsqlParameter Parameter(object value) => value switch
    {
        byte[][] documents => new NpgsqlParameter { Value = documents, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Jsonb },
        byte[] document => new NpgsqlParameter { Value = document, NpgsqlDbType = NpgsqlDbType.Jsonb },
        _ => new NpgsqlParameter { Value = value },
    };
}
