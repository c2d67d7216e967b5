using Marten;
using Marten.Events;
using Marten.Events.Archiving;
using Npgsql;
using Xunit;

namespace PixeeEvents.EventLog.Tests.Reading;

public sealed class ReadingSpecs(LogFixture log) : IClassFixture<LogFixture>
{
    private readonly string _tenant = LogFixture.NewTenant();
    private readonly Guid _train = Guid.NewGuid();

    [Fact]
    public async Task a_stream_is_folded_to_a_version_and_to_a_time()
    {
        var times = new List<DateTimeOffset>();
        foreach (var @event in (object[])[new TrainScheduled("A", 9), new SeatsBooked(1), new TrainDelayed(5, "snow"), new SeatsBooked(2)])
        {
            times.Add((await log.Append(_tenant, _train, @event)).Timestamp);
        }

        Assert.Equal(new Train(_train, "A", 9, 3, 5, 4), await Fold());
        Assert.Equal(new Train(_train, "A", 9, 1, 0, 2), await Fold(version: 2));
        Assert.Equal(new Train(_train, "A", 9, 1, 5, 3), await Fold(at: times[2]));
        Assert.Equal(new Train(_train, "A", 9, 1, 0, 2), await Fold(at: times[2].AddTicks(-10)));
        Assert.Null(await Fold(at: times[0].AddTicks(-10)));
        Assert.Equal(new Train(_train, "A", 9, 3, 5, 4), await Fold(version: 4));
    }

    [Fact]
    public async Task a_stream_that_does_not_exist_has_no_state()
    {
        Assert.Null(await Fold());
    }

    [Fact]
    public async Task an_archived_stream_keeps_its_history_readable()
    {
        await log.Append(_tenant, _train, new TrainScheduled("A", 9), new SeatsBooked(1));
        await using var session = log.Store.Documents.LightweightSession(_tenant);
        session.Events.ArchiveStream(_train);
        await session.SaveChangesAsync(LogFixture.Stop);
        var history = await session.Events.QueryAllRawEvents()
            .Where(e => e.StreamId == _train && e.MaybeArchived()).OrderBy(e => e.Version).ToListAsync(LogFixture.Stop);
        Assert.Equal([new TrainScheduled("A", 9), new SeatsBooked(1)], history.Select(e => e.Data));
        await log.Mark.Settle(LogFixture.Stop);
        var (events, _) = await log.Log.ReadAfter(0, 10_000, LogFixture.Stop);
        Assert.Equal(history.Select(e => e.Id), events.Where(e => e.StreamId == _train).Select(e => e.Id));
        Assert.Equal(["true"], await log.Rows("select is_archived::text from mt_streams where id = $1", Sql.Uuid(_train)));
    }

    [Fact]
    public async Task a_stored_event_of_every_version_can_still_be_read()
    {
        await log.AppendStored(
            _tenant, _train, null, ("train_late", """{"Hours":0.5}"""), ("train_delayed", """{"Minutes":7}"""),
            ("train_delayed_v3", """{"Minutes":8,"Reason":"snow"}"""));
        TrainDelayed[] expected = [new(30, "unknown"), new(7, "unknown"), new(8, "snow")];
        Assert.Equal(expected, (await log.ReadStream(_tenant, _train)).Select(e => e.Data));
        Assert.Equal(["1:train_late", "2:train_delayed", "3:train_delayed_v3"], await log.Events(_tenant, _train));
        Assert.Equal(45, (await Fold())!.Delay);

        // What reads with statements of its own upcasts as well: the log, a rebuild, a writer that catches up.
        await log.Mark.Settle(LogFixture.Stop);
        var (events, _) = await log.Log.ReadAfter(0, 1000, LogFixture.Stop);
        Assert.Equal(expected, events.Where(e => e.StreamId == _train).Select(e => e.Data));
        await log.Rebuild.Snapshot(log.Store.Snapshots[0], LogFixture.Stop);
        await log.AssertSnapshotsEqualFold(_tenant);
        await log.AppendStored(_tenant, _train, null, ("train_late", """{"Hours":1}"""));
        await log.Append(_tenant, _train, new TrainDelayed(1, "leaves"));
        Assert.Equal("5:train_delayed_v3", (await log.Events(_tenant, _train))[4]);
        Assert.Equal(106, (await Fold())!.Delay);
        await log.AssertSnapshotsEqualFold(_tenant);
    }

    [Fact]
    public async Task an_event_that_was_never_registered_is_a_bug_and_stores_nothing()
    {
        await Assert.ThrowsAsync<InvalidOperationException>(() => log.Append(_tenant, _train, new TrainLate(1)));
        await Assert.ThrowsAsync<InvalidOperationException>(() => log.AppendSingle(_tenant, _train, new TrainDelayedV1(1)));
        Assert.Null(await log.VersionOf(_tenant, _train));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task every_event_carries_correlation_causation_and_headers(bool single)
    {
        var headers = new Dictionary<string, string>(StringComparer.Ordinal) { ["traceparent"] = "00-1-2-01", ["user"] = "Zoé \"Z\"" };
        await using var session = log.Store.Open(new Caller(_tenant, "trace", "request", headers));
        var trains = LogFixture.NewTrains(3);
        foreach (var train in trains)
        {
            var stream = single
                ? await session.FetchForWriting(Train.Aggregate, train, LogFixture.Stop)
                : session.Start(Train.Aggregate, train);
            stream.Append(new TrainScheduled("A", 1));
            stream.Append(new SeatsBooked(1));
        }

        session.Publish(new OutboxMessage(Guid.NewGuid(), "train.booked", """{"trains":3}"""u8.ToArray()));
        Assert.True(await session.SaveChanges(LogFixture.Stop));
        foreach (var @event in await log.ReadStream(_tenant, trains[0]))
        {
            Assert.Equal(("trace", "request"), (@event.CorrelationId, @event.CausationId));
            Assert.Equal(headers, @event.Headers!.ToDictionary(h => h.Key, h => h.Value?.ToString()!));
        }

        var numbers = await log.Rows(
            """
            select seq_id from mt_events
            where tenant_id = $1 and correlation_id = 'trace' and causation_id = 'request' and headers = $2 order by 1
            """,
            Sql.Text(_tenant), Sql.Jsonb(System.Text.Json.JsonSerializer.Serialize(headers)));
        Assert.Equal(6, numbers.Count);
        Assert.Equal([$"train.booked|3|{numbers[0]}|{numbers[^1]}|trace|00-1-2-01"], await log.Rows(
            """
            select concat_ws('|', type, data->>'trains', first_seq_id, last_seq_id, correlation_id, headers->>'traceparent') from outbox
            where tenant_id = $1
            """,
            Sql.Text(_tenant)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task events_without_metadata_are_read_back_without(bool single)
    {
        await (single ? log.AppendSingle(_tenant, _train, new SeatsBooked(1)) : log.Append(_tenant, _train, new SeatsBooked(1)) as Task);
        var @event = Assert.Single(await log.ReadStream(_tenant, _train));
        Assert.Equal((null, null, 0), (@event.CorrelationId, @event.CausationId, @event.Headers?.Count ?? 0));
    }

    [Fact]
    public async Task timestamps_are_the_clocks_whatever_the_time_zone_of_server_and_client()
    {
        foreach (var zone in (string?[])[null, "America/New_York", "Asia/Kathmandu", "UTC"])
        {
            await using var source = NpgsqlDataSource.Create(
                new NpgsqlConnectionStringBuilder(log.ConnectionString) { Timezone = zone }.ConnectionString);
            await using var ask = source.CreateCommand("show timezone");
            Assert.Equal(zone ?? "Europe/Paris", await ask.ExecuteScalarAsync(LogFixture.Stop));
            await AssertTimely(log.StoreWith(source: source));
        }
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    public async Task the_time_of_an_event_is_the_databases_though_the_writers_clock_is_a_day_off(int days)
    {
        await AssertTimely(log.StoreWith(options => options.Events.TimeProvider = new OffClock(TimeSpan.FromDays(days))));
    }

    [Fact]
    public async Task the_timestamp_is_taken_after_the_locks_so_it_rises_with_the_version()
    {
        await BatchSpecs.InParallel(6, async writer =>
        {
            for (var i = 0; i < 10; i++)
            {
                if (writer % 2 == 0)
                {
                    await log.AppendSingle(_tenant, _train, new SeatsBooked(1));
                }
                else
                {
                    while (!await log.Append(_tenant, [_train], new SeatsBooked(1)))
                    {
                        // Both started it.
                    }
                }
            }

            return 0;
        });
        Assert.Equal(["60"], await log.Rows("select count(*) from mt_events where stream_id = $1", Sql.Uuid(_train)));
        Assert.Empty(await log.Rows(
            """
            select version from (
                select version, timestamp, lag(timestamp) over (order by version) as before from mt_events where stream_id = $1) e
            where timestamp <= before
            """,
            Sql.Uuid(_train)));
    }

    /// <summary>By a single write that starts, one that continues, and a batch.</summary>
    private async Task AssertTimely(EventStore store)
    {
        var train = Guid.NewGuid();
        for (var i = 0; i < 3; i++)
        {
            await using var session = store.Open(new Caller(_tenant));
            var stream = i < 2
                ? await session.FetchForWriting(Train.Aggregate, train, LogFixture.Stop)
                : (await session.FetchForWriting(Train.Aggregate, [train], LogFixture.Stop))[train];
            stream.Append(new SeatsBooked(1));
            Assert.True(await session.SaveChanges(LogFixture.Stop));
        }

        Assert.All(
            await log.ReadStream(_tenant, train),
            e => Assert.InRange(DateTimeOffset.UtcNow - e.Timestamp, TimeSpan.FromSeconds(-60), TimeSpan.FromSeconds(60)));
        Assert.Equal(["3 true"], await log.Rows(
            """
            select count(*) filter (where event) || ' ' || bool_and(abs(extract(epoch from clock_timestamp() - t)) < 60)::text from (
                select timestamp as t, true as event from mt_events where stream_id = $1
                union all select timestamp, false from mt_streams where id = $1
                union all select created, false from mt_streams where id = $1) x
            """,
            Sql.Uuid(train)));
        store.Documents.Dispose();
    }

    private Task<Train?> Fold(long version = 0, DateTimeOffset? at = null) => log.Fold(_tenant, _train, version, at);

    private sealed class OffClock(TimeSpan off) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + off;
    }
}
