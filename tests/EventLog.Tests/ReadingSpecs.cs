using Npgsql;
using Xunit;

namespace PixeeEvents.EventLog.Tests;

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
            times.Add(Assert.IsType<SaveOutcome.Saved>(await log.Append(_tenant, _train, @event)).Events[0].Timestamp);
        }

        Assert.Equal((new Train("A", 9, 3, 5, 4), 4L), await Fold());
        Assert.Equal((new Train("A", 9, 1, 0, 2), 2L), await Fold(version: 2));
        Assert.Equal((new Train("A", 9, 1, 5, 3), 3L), await Fold(at: times[2]));
        Assert.Equal((new Train("A", 9, 1, 0, 2), 2L), await Fold(at: times[2].AddTicks(-10)));
        Assert.Equal((Train.Aggregate.Initial, 0L), await Fold(at: times[0].AddTicks(-10)));
        Assert.Equal((new Train("A", 9, 3, 5, 4), 4L), await Fold(version: 99));
    }

    [Fact]
    public async Task a_stream_that_does_not_exist_folds_to_the_initial_state_at_version_zero()
    {
        Assert.Equal((Train.Aggregate.Initial, 0L), await Fold());
    }

    [Fact]
    public async Task an_archived_stream_keeps_its_history_readable()
    {
        await log.Append(_tenant, _train, new TrainScheduled("A", 9), new SeatsBooked(1));
        await log.Store.ArchiveStream(_tenant, _train, LogFixture.Stop);
        Assert.Equal((new Train("A", 9, 1, 0, 2), 2L), await Fold());
        Assert.Equal(["true"], await log.Rows("select is_archived::text from mt_streams where id = $1", Sql.Uuid(_train)));
    }

    [Fact]
    public async Task a_stored_event_of_every_version_can_still_be_read()
    {
        await log.AppendAsMarten(
            _tenant, _train, null, ("train_late", """{"Hours":0.5}"""), ("train_delayed", """{"Minutes":7}"""), ("train_delayed_v3", """{"Minutes":8,"Reason":"snow"}"""));
        var events = await log.Store.ReadStream(_tenant, _train, cancellationToken: LogFixture.Stop);
        Assert.Equal([new TrainDelayed(30, "unknown"), new TrainDelayed(7, "unknown"), new TrainDelayed(8, "snow")], events.Select(e => e.Data));
        Assert.Equal(["train_late", "train_delayed", "train_delayed_v3"], events.Select(e => e.Type));
        Assert.Equal(45, (await Fold()).State.Delay);
        await log.Append(_tenant, _train, new TrainDelayed(1, "leaves"));
        Assert.Equal("4:train_delayed_v3", (await log.Events(_tenant, _train))[3]);
    }

    [Fact]
    public void every_registered_name_is_read_by_these_specs()
    {
        Assert.Equal(["seats_booked", "train_delayed", "train_delayed_v3", "train_late", "train_scheduled"], log.Store.Types.Names.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void a_name_registered_twice_is_refused()
    {
        Assert.Throws<ArgumentException>(() => Train.Types.Add<TrainLate>("seats_booked"));
        Assert.Throws<ArgumentException>(() => Train.Types.Upcast<TrainLate>("seats_booked", old => old));
        Assert.Throws<ArgumentException>(() => Train.Types.Add<SeatsBooked>("seats_taken"));
    }

    [Fact]
    public async Task an_event_that_was_never_registered_is_a_bug_and_stores_nothing()
    {
        await Assert.ThrowsAsync<InvalidOperationException>(() => log.Append(_tenant, _train, new TrainLate(1)));
        Assert.Null(await log.VersionOf(_tenant, _train));
    }

    [Fact]
    public async Task every_event_carries_correlation_causation_and_headers()
    {
        var headers = new Dictionary<string, string>(StringComparer.Ordinal) { ["traceparent"] = "00-1-2-01", ["user"] = "Zoé \"Z\"" };
        await using var session = await log.Store.Open(new Caller(_tenant, "trace", "request", headers), LogFixture.Stop);
        var trains = LogFixture.NewTrains(3);
        foreach (var train in trains)
        {
            session.Append(train, "train", ExpectedVersion.Any, new TrainScheduled("A", 1), new SeatsBooked(1));
        }

        session.Publish(new OutboxMessage(Guid.NewGuid(), "train.booked", """{"trains":3}"""u8.ToArray()));
        var saved = Assert.IsType<SaveOutcome.Saved>(await session.SaveChanges(LogFixture.Stop)).Events;
        foreach (var @event in saved.Concat(await log.Store.ReadStream(_tenant, trains[0], cancellationToken: LogFixture.Stop)))
        {
            Assert.Equal(("trace", "request"), (@event.CorrelationId, @event.CausationId));
            Assert.Equal(headers, @event.Headers);
        }

        Assert.Equal(["6"], await log.Rows(
            "select count(*) from mt_events where tenant_id = $1 and correlation_id = 'trace' and causation_id = 'request' and headers = $2", Sql.Text(_tenant), Sql.Jsonb(System.Text.Json.JsonSerializer.Serialize(headers, EventTypes.Json))));
        Assert.Equal([$"train.booked|3|{saved[0].Sequence}|{saved[^1].Sequence}|trace|00-1-2-01"], await log.Rows(
            "select type || '|' || (data->>'trains') || '|' || first_seq_id || '|' || last_seq_id || '|' || correlation_id || '|' || (headers->>'traceparent') from outbox where tenant_id = $1", Sql.Text(_tenant)));
    }

    [Fact]
    public async Task events_without_metadata_are_read_back_without()
    {
        await log.Append(_tenant, _train, new SeatsBooked(1));
        var @event = Assert.Single(await log.Store.ReadStream(_tenant, _train, cancellationToken: LogFixture.Stop));
        Assert.Equal((null, null, 0), (@event.CorrelationId, @event.CausationId, @event.Headers.Count));
    }

    [Fact]
    public async Task timestamps_are_the_clocks_whatever_the_time_zone_of_server_and_client()
    {
        Assert.Equal(["Europe/Paris"], await log.Rows("show timezone"));
        await AssertTimely(log.Store);
        foreach (var zone in (string[])["America/New_York", "Asia/Kathmandu", "UTC"])
        {
            await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(log.ConnectionString) { Timezone = zone }.ConnectionString);
            await AssertTimely(new EventStore(source, Train.Types.Build(), []));
        }
    }

    [Fact]
    public async Task the_timestamp_is_taken_after_the_locks_so_it_rises_with_the_version()
    {
        await BatchSpecs.InParallel(6, async _ =>
        {
            for (var i = 0; i < 10; i++)
            {
                await log.Append(_tenant, _train, new SeatsBooked(1));
            }

            return 0;
        });
        Assert.Equal(["60"], await log.Rows("select count(*) from mt_events where stream_id = $1", Sql.Uuid(_train)));
        Assert.Empty(await log.Rows(
            "select version from (select version, timestamp, lag(timestamp) over (order by version) as before from mt_events where stream_id = $1) e where timestamp <= before", Sql.Uuid(_train)));
    }

    private async Task AssertTimely(EventStore store)
    {
        await using var session = await store.Open(new Caller(_tenant), LogFixture.Stop);
        var train = Guid.NewGuid();
        session.Append(train, "train", ExpectedVersion.Any, new SeatsBooked(1));
        var saved = Assert.IsType<SaveOutcome.Saved>(await session.SaveChanges(LogFixture.Stop)).Events[0];
        Assert.InRange(DateTimeOffset.UtcNow - saved.Timestamp, TimeSpan.FromSeconds(-5), TimeSpan.FromSeconds(5));
        Assert.Equal(saved.Timestamp, (await log.Store.ReadStream(_tenant, train, cancellationToken: LogFixture.Stop))[0].Timestamp);
        Assert.Equal(["true"], await log.Rows(
            "select bool_and(abs(extract(epoch from clock_timestamp() - t)) < 5)::text from (select timestamp as t from mt_events where stream_id = $1 union all select timestamp from mt_streams where id = $1 union all select created from mt_streams where id = $1) x", Sql.Uuid(train)));
    }

    private Task<(Train State, long Version)> Fold(long? version = null, DateTimeOffset? at = null) =>
        log.Store.AggregateStream(Train.Aggregate, _tenant, _train, version, at, LogFixture.Stop);
}
