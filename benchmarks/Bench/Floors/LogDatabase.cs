using System.Text.Json;
using Marten;
using Npgsql;
using PixeeEvents.EventLog;

namespace PixeeEvents.Bench.Floors;

/// <summary>The only event of the log's rows.</summary>
internal sealed record LevelSet(long Level);

/// <summary>The state that the log's rows fold: the last level and the number of events behind it.</summary>
internal sealed record Level(Guid Id, long Value, long Count)
{
    public static Aggregate<Level> Aggregate { get; } = new(
        id => new Level(id, 0, 0),
        static (state, @event) => @event is LevelSet set ? state with { Value = set.Level, Count = state.Count + 1 } : state);
}

/// <summary>A database with the log's tables and one snapshot table, seeded, and checked after every run.</summary>
internal sealed class LogDatabase : IAsyncDisposable
{
    public const string EventType = "level_set";
    public const string StreamType = "level";

    /// <summary>What both contenders write to every event: tenant, correlation, causation and headers.</summary>
    public static readonly Caller Caller =
        new("bench", "4bf92f3577b34da6a3ce929d0e0e4736", "0HNC5QK2V4E3A:00000001", new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["traceparent"] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            ["key"] = "0198f3c2-7d51-7c33-8f3e-6b6f3a1f2c11",
            ["user"] = "bench",
            ["face"] = "windev",
        });

    /// <summary>Streams that are where their last event is; snapshots that hold what their stream's last event says.</summary>
    private const string Audit = """
        select (select count(*) from mt_events where tenant_id = $1 and correlation_id = $2 and causation_id = $3
            and headers ->> 'user' = 'bench'),
          (select coalesce(sum(version), 0)::bigint from mt_streams where tenant_id = $1),
          (select count(*) from mt_streams s join mt_events e on e.tenant_id = s.tenant_id and e.stream_id = s.id
              and e.version = s.version),
          (select count(*) from mt_doc_level),
          (select count(*) from mt_doc_level l join mt_streams s using (tenant_id, id)
           join mt_events e on e.tenant_id = s.tenant_id and e.stream_id = s.id and e.version = s.version
           where l.mt_version = s.version and (l.data ->> 'Count')::bigint = s.version and l.data -> 'Value' = e.data -> 'Level')
        """;

    private long _events;

    private LogDatabase(NpgsqlDataSource source) =>
        (Source, Store) = (source, new EventStore(DocumentStore.For(options =>
        {
            options.Connection(source);
            options.AddEventLog();
            options.AddAggregate(Level.Aggregate, (EventType, typeof(LevelSet)));
        }), source));

    public NpgsqlDataSource Source { get; }

    public EventStore Store { get; }

    /// <summary>Streams with a snapshot each.</summary>
    public Guid[] Folded { get; private set; } = [];

    public static async Task<LogDatabase> Create(Cluster cluster, string name, int folded, int events, CancellationToken cancellationToken)
    {
        await cluster.Create(name, cancellationToken);
        var database = new LogDatabase(Database.Connect(cluster.ConnectionString(name)));
        try
        {
            await SchemaMigrator.Migrate(
                database.Source, [database.Store.Documents.Storage.Database], [typeof(EventStore).Assembly], compares: false,
                cancellationToken);
            database.Folded = await database.Seed(folded, events, cancellationToken);
            await database.Execute("insert into mt_doc_level (tenant_id, id, mt_version, data) select $1, i.id, $3, $4 || jsonb_build_object('Id', i.id) from unnest($2::uuid[]) as i(id)", cancellationToken,
                Sql.Text(Caller.Tenant), Sql.Uuids(database.Folded), Sql.Long(events),
                Sql.Jsonb(JsonSerializer.Serialize(new { Value = events, Count = events })));
            await database.Execute("vacuum (analyze)", cancellationToken);
            await database.Check(cancellationToken);
            return database;
        }
        catch
        {
            await database.DisposeAsync();
            throw;
        }
    }

    public Task ForgetSnapshots(CancellationToken cancellationToken) => Execute("truncate mt_doc_level", cancellationToken);

    /// <summary>Fails unless the tables hold what was seeded and the events appended since, each of them once and folded.</summary>
    public async Task Check(CancellationToken cancellationToken, int appended = 0)
    {
        _events += appended;
        var streams = Folded.Length;
        await using var command = Source.CreateCommand(Audit)
            .With(Sql.Text(Caller.Tenant), Sql.Text(Caller.CorrelationId), Sql.Text(Caller.CausationId));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        long[] wanted = [_events, _events, streams, Folded.Length, Folded.Length];
        var stored = Enumerable.Range(0, wanted.Length).Select(reader.GetInt64).ToArray();
        if (!stored.SequenceEqual(wanted))
        {
            throw new InvalidOperationException(
                $"events, sum of versions, whole streams, snapshots and right ones: {string.Join(", ", stored)} instead of {string.Join(", ", wanted)}");
        }
    }

    public ValueTask DisposeAsync() => Source.DisposeAsync();

    /// <summary>Streams of interleaved events: the first of each stream, then the second of each.</summary>
    private async Task<Guid[]> Seed(int streams, int events, CancellationToken cancellationToken)
    {
        var ids = Enumerable.Range(0, streams).Select(_ => Guid.NewGuid()).ToArray();
        await Execute("insert into mt_streams (tenant_id, id, type, version) select $1, unnest($2::uuid[]), $3, $4", cancellationToken,
            Sql.Text(Caller.Tenant), Sql.Uuids(ids), Sql.Text(StreamType), Sql.Long(events));
        await Execute("""
            insert into mt_events (seq_id, id, stream_id, version, data, type, timestamp, tenant_id, correlation_id, causation_id, headers)
            select nextval('mt_events_sequence'), gen_random_uuid(), id, version, jsonb_build_object('Level', version), $4,
                statement_timestamp(), $1, $5, $6, $7
            from generate_series(1, $3) as version, unnest($2::uuid[]) as id order by version
            """, cancellationToken, Sql.Text(Caller.Tenant), Sql.Uuids(ids), Sql.Long(events), Sql.Text(EventType), Sql.Text(Caller.CorrelationId),
            Sql.Text(Caller.CausationId), Sql.Jsonb(JsonSerializer.Serialize(Caller.Headers)));
        _events += (long)streams * events;
        return ids;
    }

    private async Task Execute(string sql, CancellationToken cancellationToken, params NpgsqlParameter[] parameters)
    {
        await using var command = Source.CreateCommand(sql).With(parameters);
        command.CommandTimeout = 300;
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
