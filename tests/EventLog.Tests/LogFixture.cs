using System.Globalization;
using System.Text;
using JasperFx.Events;
using Marten;
using Npgsql;
using PixeeEvents.Testing;
using Xunit;

namespace PixeeEvents.EventLog.Tests;

/// <summary>A database with a log, and what the specs ask of both.</summary>
public sealed class LogFixture : PostgresFixture
{
    /// <summary>With the occupancy of trains as a read model.</summary>
    internal EventStore Store { get; private set; } = null!;

    internal SettledMark Mark { get; private set; } = null!;

    internal LogReader Log { get; private set; } = null!;

    internal Rebuild Rebuild => new(Store, Log, Mark);

    internal static CancellationToken Stop => TestContext.Current.CancellationToken;

    public override async ValueTask InitializeAsync()
    {
        await Connect();
        await ApplySchema(Store);

        // From here on the mark has something to say while a spec holds a writer open.
        await Mark.Settle(Stop);
    }

    public override ValueTask DisposeAsync()
    {
        Store.Documents.Dispose();
        return base.DisposeAsync();
    }

    /// <summary>Without any schema.</summary>
    internal async ValueTask Connect()
    {
        await base.InitializeAsync();
        Store = StoreWith(options => options.AddRows(new Occupancy()));
        Mark = new SettledMark(DataSource);
        Log = new LogReader(Store, Mark);
    }

    /// <summary>A store of its own over the fixture's database.</summary>
    internal EventStore StoreWith(Action<StoreOptions>? configure = null, NpgsqlDataSource? source = null) => new(
        DocumentStore.For(options =>
        {
            options.Connection(source ?? DataSource);
            Train.AddTrains(options);
            configure?.Invoke(options);
        }),
        source ?? DataSource);

    internal static Task<IReadOnlyList<string>> ApplySchema(EventStore store) =>
        SchemaMigrator.Migrate(
            store.DataSource, [store.Documents.Storage.Database], [typeof(EventStore).Assembly, typeof(LogFixture).Assembly],
            compares: false, Stop);

    /// <summary>A tenant that no other spec writes to.</summary>
    internal static string NewTenant() => Guid.NewGuid().ToString("n");

    internal static List<Guid> NewTrains(int count) => [.. Enumerable.Range(0, count).Select(_ => Guid.NewGuid())];

    /// <summary>The same events to each of the streams, as a batch by their locks.</summary>
    internal async Task<bool> Append(string tenant, IReadOnlyCollection<Guid> streams, params IReadOnlyList<object> events)
    {
        await using var session = Store.Open(new Caller(tenant));
        foreach (var stream in (await session.FetchForWriting(Train.Aggregate, streams, Stop)).Values)
        {
            foreach (var @event in events)
            {
                stream.Append(@event);
            }
        }

        return await session.SaveChanges(Stop);
    }

    /// <returns>The last event as it was stored.</returns>
    internal async Task<IEvent> Append(string tenant, Guid stream, params IReadOnlyList<object> events)
    {
        Assert.True(await Append(tenant, [stream], events));
        return (await ReadStream(tenant, stream))[^1];
    }

    /// <summary>As a single write is made: without a lock, and with another try when somebody was first.</summary>
    /// <returns>How often somebody was first.</returns>
    internal async Task<int> AppendSingle(string tenant, Guid stream, object @event)
    {
        for (var lost = 0; ; lost++)
        {
            await using var session = Store.Open(new Caller(tenant), afterConflict: lost > 0);
            (await session.Fetch(Train.Aggregate, [stream], Stop))[stream].Append(@event);
            if (await session.SaveChanges(Stop))
            {
                return lost;
            }
        }
    }

    /// <summary>By Marten's function, with the parameters in its order: bodies and names may be those of long ago.</summary>
    internal Task<long[]> AppendStored(string tenant, Guid stream, long? expected, params (string Type, string Body)[] events) =>
        Scalar<long[]>(
            """
            select mt_quick_append_events(
                $1, $2::varchar, $3::varchar, $4, $5::varchar[], $6::varchar[], $7, $8, $9::varchar[], $10::varchar[], $11, $12, $13)
            """,
            Sql.Uuid(stream), Sql.Text("train"), Sql.Text(tenant), Sql.Uuids(events.Select(_ => Guid.NewGuid())),
            Sql.Texts(events.Select(e => e.Type)), Sql.Texts(events.Select(_ => "Trains.Event, Trains")),
            Sql.Jsonbs(events.Select(e => Encoding.UTF8.GetBytes(e.Body))), Sql.Bytes(events.Select(_ => (byte[])null!)),
            Sql.Texts(events.Select(_ => "cause")), Sql.Texts(events.Select(_ => "call")),
            Sql.Jsonbs(events.Select(_ => "{\"user\":\"marten\"}"u8.ToArray())), Sql.Timestamps(events.Select(_ => DateTimeOffset.UtcNow)),
            Sql.Long(expected));

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
            rows.Add(await reader.IsDBNullAsync(0, Stop) ? "null" : Convert.ToString(reader.GetValue(0), CultureInfo.InvariantCulture)!);
        }

        return rows;
    }

    internal async Task<IReadOnlyList<IEvent>> ReadStream(string tenant, Guid stream, long version = 0, DateTimeOffset? at = null)
    {
        await using var session = Store.Documents.QuerySession(tenant);
        return await session.Events.FetchStreamAsync(stream, version, at, token: Stop);
    }

    /// <summary>The stream's state by Marten's live aggregation; null when there is none.</summary>
    internal async Task<Train?> Fold(string tenant, Guid stream, long version = 0, DateTimeOffset? at = null)
    {
        await using var session = Store.Documents.QuerySession(tenant);
        return await session.Events.AggregateStreamAsync<Train>(stream, version, at, token: Stop);
    }

    /// <summary>What is stored of a stream: <c>version:type</c> of each event, in version order.</summary>
    internal Task<List<string>> Events(string tenant, Guid stream) => Rows(
        "select version || ':' || type from mt_events where tenant_id = $1 and stream_id = $2 order by version", Sql.Text(tenant),
        Sql.Uuid(stream));

    internal Task<long> Count(string table, string tenant) =>
        Scalar<long>($"select count(*) from {table} where tenant_id = $1", Sql.Text(tenant));

    internal Task<long> LastNumber() => Scalar<long>("select last_value from mt_events_sequence");

    /// <summary>Null when there is no stream.</summary>
    internal async Task<long?> VersionOf(string tenant, Guid stream) =>
        await Rows("select version from mt_streams where tenant_id = $1 and id = $2", Sql.Text(tenant), Sql.Uuid(stream)) is [var version]
            ? long.Parse(version, CultureInfo.InvariantCulture)
            : null;

    /// <summary>The snapshot's version and its booked seats.</summary>
    internal Task<List<string>> Snapshot(string tenant, Guid stream) => Rows(
        "select mt_version || ':' || (data->>'Booked') from mt_doc_train where tenant_id = $1 and id = $2",
        Sql.Text(tenant), Sql.Uuid(stream));

    /// <summary>The snapshot of every stream with events is their fold, at its version.</summary>
    internal async Task AssertSnapshotsEqualFold(string tenant)
    {
        await using var session = Store.Documents.QuerySession(tenant);
        var snapshots = (await session.Query<Train>().ToListAsync(Stop)).ToDictionary(t => t.Id);
        var versions = await Rows(
            """
            select s.id || '|' || s.version || '|' || coalesce(d.mt_version, 0)
            from mt_streams s left join mt_doc_train d using (tenant_id, id)
            where s.tenant_id = $1 and s.version > 0
            """,
            Sql.Text(tenant));
        foreach (var parts in versions.Select(row => row.Split('|')))
        {
            var stream = Guid.Parse(parts[0]);
            var events = await session.Events.FetchStreamAsync(stream, token: Stop);
            var fold = events.Aggregate(Train.Aggregate.Initial(stream), (state, e) => Train.Aggregate.Evolve(state, e.Data));
            Assert.Equal(fold, snapshots.GetValueOrDefault(stream));
            Assert.Equal(parts[1], parts[2]);
        }
    }

    /// <summary>Every train's row is what its events add up to.</summary>
    internal async Task AssertRowsEqualLog(string tenant) => Assert.Empty(await Rows(
        """
        select coalesce(o.train, e.stream_id) || ': ' || coalesce(o::text, 'no row') || ' for ' || coalesce(e::text, 'no events') from
            (select * from trains.occupancy where tenant_id = $1) o
        full join
            (select stream_id, count(*) as events, max(seq_id) as last,
                    coalesce(sum((data->>'Seats')::bigint) filter (where type = 'seats_booked'), 0) as booked
             from mt_events where tenant_id = $1 group by stream_id) e on e.stream_id = o.train
        where (o.events, o.booked, o.last_seq_id) is distinct from (e.events, e.booked, e.last)
        """,
        Sql.Text(tenant)));

    /// <summary>Every version from 1 to the stream's, each once, at a position that rises with it.</summary>
    internal async Task AssertGapless(string tenant) => Assert.Empty(await Rows(
        """
        select s.id from mt_streams s left join lateral (
            select count(*) as count, max(e.version) as last, bool_and(e.seq_id > e.before) as rising
            from (select version, seq_id, coalesce(lag(seq_id) over (order by version), 0) as before from mt_events
                where tenant_id = s.tenant_id and stream_id = s.id) e) e on true
        where s.tenant_id = $1 and (s.version <> e.count or s.version <> coalesce(e.last, 0) or not coalesce(e.rising, true))
        """,
        Sql.Text(tenant)));
}
