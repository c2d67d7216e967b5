using Npgsql;
using PixeeEvents.Testing;
using Xunit;

namespace PixeeEvents.EventLog.Tests;

/// <summary>A migrated database with a log, and what the specs ask of both.</summary>
public sealed class LogFixture : PostgresFixture
{
    internal EventStore Store { get; private set; } = null!;

    internal HighWaterMark Mark { get; private set; } = null!;

    internal EventLog Log { get; private set; } = null!;

    internal static CancellationToken Stop => TestContext.Current.CancellationToken;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await SchemaMigrator.Migrate(DataSource, [typeof(EventStore).Assembly, typeof(LogFixture).Assembly], Stop);
        Store = StoreWith();
        Mark = new HighWaterMark(DataSource);
        Log = new EventLog(Store, Mark);

        // From here on the mark has something to say while a spec holds a writer open.
        await Mark.Settle(Stop);
    }

    internal EventStore StoreWith(params IReadOnlyList<IProjection> inline) => new(DataSource, Train.Types.Build(), inline);

    /// <summary>A tenant that no other spec writes to.</summary>
    internal static string NewTenant() => Guid.NewGuid().ToString("n");

    internal static List<Guid> NewTrains(int count) => [.. Enumerable.Range(0, count).Select(_ => Guid.NewGuid())];

    /// <summary>Plain append of the same events to each of the streams.</summary>
    internal async Task<SaveOutcome> Append(string tenant, IEnumerable<Guid> streams, ExpectedVersion expected, params IReadOnlyList<object> events)
    {
        await using var session = await Store.Open(new Caller(tenant), Stop);
        foreach (var stream in streams)
        {
            session.Append(stream, "train", expected, events);
        }

        return await session.SaveChanges(Stop);
    }

    internal Task<SaveOutcome> Append(string tenant, Guid stream, params IReadOnlyList<object> events) => Append(tenant, [stream], ExpectedVersion.Any, events);

    /// <summary>Appends one event to each stream through its state.</summary>
    internal async Task<SaveOutcome> Decide(string tenant, IReadOnlyCollection<Guid> streams, object @event, EventStore? store = null)
    {
        await using var session = await (store ?? Store).Open(new Caller(tenant), Stop);
        foreach (var stream in (await session.FetchForWriting(Train.Aggregate, streams, Stop)).Values)
        {
            stream.Append(@event);
        }

        return await session.SaveChanges(Stop);
    }

    /// <summary>As a Marten application appends: its function, with the parameters in its order.</summary>
    internal Task<long[]> AppendAsMarten(string tenant, Guid stream, long? expected, params (string Type, string Body)[] events) => Scalar<long[]>(
        "select mt_quick_append_events($1, $2::varchar, $3::varchar, $4, $5::varchar[], $6::varchar[], $7, $8::bytea[], $9::varchar[], $10::varchar[], $11, $12, $13)",
        Sql.Uuid(stream), Sql.Text("train"), Sql.Text(tenant), Sql.Uuids(events.Select(_ => Guid.NewGuid())), Sql.Texts(events.Select(e => e.Type)),
        Sql.Texts(events.Select(e => "Trains.Event, Trains")), new NpgsqlParameter { Value = events.Select(e => e.Body).ToArray(), NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Array | NpgsqlTypes.NpgsqlDbType.Jsonb },
        new NpgsqlParameter { Value = events.Select(_ => (byte[]?)null).ToArray(), NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Array | NpgsqlTypes.NpgsqlDbType.Bytea },
        Sql.Texts(events.Select(_ => "cause")), Sql.Texts(events.Select(_ => "call")),
        Sql.Jsonbs(events.Select(_ => "{\"user\":\"marten\"}"u8.ToArray())), Sql.Timestamps(events.Select(_ => DateTimeOffset.UtcNow)), Sql.Long(expected));

    internal async Task<T> Scalar<T>(string sql, params NpgsqlParameter[] parameters)
    {
        await using var command = DataSource.CreateCommand(sql).With(parameters);
        return (T)(await command.ExecuteScalarAsync(Stop))!;
    }

    internal async Task<int> Execute(string sql, params NpgsqlParameter[] parameters)
    {
        await using var command = DataSource.CreateCommand(sql).With(parameters);
        return await command.ExecuteNonQueryAsync(Stop);
    }

    /// <summary>The first column of every row, as text.</summary>
    internal async Task<List<string>> Rows(string sql, params NpgsqlParameter[] parameters)
    {
        await using var command = DataSource.CreateCommand(sql).With(parameters);
        await using var reader = await command.ExecuteReaderAsync(Stop);
        var rows = new List<string>();
        while (await reader.ReadAsync(Stop))
        {
            rows.Add(await reader.IsDBNullAsync(0, Stop) ? "null" : Convert.ToString(reader.GetValue(0), System.Globalization.CultureInfo.InvariantCulture)!);
        }

        return rows;
    }

    /// <summary>What is stored of a stream: <c>version:type</c> of each event, in version order.</summary>
    internal Task<List<string>> Events(string tenant, Guid stream) => Rows(
        "select version || ':' || type from mt_events where tenant_id = $1 and stream_id = $2 order by version", Sql.Text(tenant), Sql.Uuid(stream));

    internal Task<long> Count(string table, string tenant) => Scalar<long>($"select count(*) from {table} where tenant_id = $1", Sql.Text(tenant));

    /// <summary>Null when there is no stream.</summary>
    internal async Task<long?> VersionOf(string tenant, Guid stream) =>
        await Rows("select version from mt_streams where tenant_id = $1 and id = $2", Sql.Text(tenant), Sql.Uuid(stream)) is [var version]
            ? long.Parse(version, System.Globalization.CultureInfo.InvariantCulture)
            : null;

    /// <summary>Streams of the tenant whose snapshot is not the fold of their events at their version.</summary>
    internal async Task<List<Guid>> WrongSnapshots(string tenant)
    {
        var wrong = new List<Guid>();
        foreach (var row in await Rows("select s.id || '|' || coalesce(t.version, 0) || '|' || coalesce(t.data::text, 'null') from mt_streams s left join trains.trains t on t.tenant_id = s.tenant_id and t.id = s.id where s.tenant_id = $1", Sql.Text(tenant)))
        {
            var parts = row.Split('|', 3);
            var (state, version) = await Store.AggregateStream(Train.Aggregate, tenant, Guid.Parse(parts[0]), cancellationToken: Stop);
            var snapshot = System.Text.Json.JsonSerializer.Deserialize<Train>(parts[2], EventTypes.Json);
            if (snapshot != state || parts[1] != version.ToString(System.Globalization.CultureInfo.InvariantCulture))
            {
                wrong.Add(Guid.Parse(parts[0]));
            }
        }

        return wrong;
    }

    /// <summary>Every version from 1 to the stream's, each once, at a position that rises with it.</summary>
    internal async Task AssertGapless(string tenant) => Assert.Empty(await Rows(
        """
        select s.id from mt_streams s left join lateral (
            select count(*) as count, max(e.version) as last, bool_and(e.seq_id > e.before) as rising
            from (select version, seq_id, coalesce(lag(seq_id) over (order by version), 0) as before from mt_events where tenant_id = s.tenant_id and stream_id = s.id) e) e on true
        where s.tenant_id = $1 and (s.version <> e.count or s.version <> coalesce(e.last, 0) or not coalesce(e.rising, true))
        """,
        Sql.Text(tenant)));
}
