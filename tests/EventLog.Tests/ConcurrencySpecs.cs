using Xunit;

namespace PixeeEvents.EventLog.Tests;

public sealed class ConcurrencySpecs(LogFixture log) : IClassFixture<LogFixture>
{
    private readonly string _tenant = LogFixture.NewTenant();
    private readonly Guid _train = Guid.NewGuid();

    [Fact]
    public async Task two_writers_on_one_version_leave_one_event()
    {
        await log.Append(_tenant, _train, new TrainScheduled("A", 1));
        for (var version = 1; version <= 20; version++)
        {
            var expected = ExpectedVersion.Exactly(version);
            var outcomes = await BatchSpecs.InParallel(2, _ => log.Append(_tenant, [_train], expected, new SeatsBooked(1)));
            Assert.Single(outcomes.OfType<SaveOutcome.Saved>());
            Assert.Equal(new SaveOutcome.VersionConflict(_train, version, version + 1), Assert.Single(outcomes, o => o is not SaveOutcome.Saved));
        }

        Assert.Equal(21, (await log.Events(_tenant, _train)).Count);
        await log.AssertGapless(_tenant);
    }

    [Fact]
    public async Task two_writers_that_read_without_locks_leave_one_event_and_its_snapshot()
    {
        await log.Decide(_tenant, [_train], new TrainScheduled("A", 1));
        await using var first = await log.Store.Open(new Caller(_tenant), LogFixture.Stop);
        await using var second = await log.Store.Open(new Caller(_tenant), LogFixture.Stop);
        (await first.Fetch(Train.Aggregate, [_train], LogFixture.Stop))[_train].Append(new SeatsBooked(1));
        (await second.Fetch(Train.Aggregate, [_train], LogFixture.Stop))[_train].Append(new SeatsBooked(2));
        Assert.IsType<SaveOutcome.Saved>(await first.SaveChanges(LogFixture.Stop));
        Assert.Equal(new SaveOutcome.VersionConflict(_train, 1, 2), await second.SaveChanges(LogFixture.Stop));
        Assert.Equal(2, (await log.Events(_tenant, _train)).Count);
        Assert.Empty(await log.WrongSnapshots(_tenant));
    }

    [Fact]
    public async Task many_plain_appends_to_one_stream_are_all_stored_without_a_conflict()
    {
        var outcomes = await BatchSpecs.InParallel(8, async _ =>
        {
            var saved = 0;
            for (var i = 0; i < 25; i++)
            {
                saved += await log.Append(_tenant, _train, new SeatsBooked(1)) is SaveOutcome.Saved ? 1 : 0;
            }

            return saved;
        });
        Assert.Equal(200, outcomes.Sum());
        Assert.Equal(200, (await log.Events(_tenant, _train)).Count);
        await log.AssertGapless(_tenant);
        Assert.Equal(200, (await log.Store.AggregateStream(Train.Aggregate, _tenant, _train, cancellationToken: LogFixture.Stop)).State.Booked);
    }

    [Fact]
    public async Task many_writers_on_one_stream_lose_no_snapshot_update()
    {
        await log.Decide(_tenant, [_train], new TrainScheduled("A", 1));
        var outcomes = await BatchSpecs.InParallel(8, async writer =>
        {
            var saved = 0;
            for (var i = 0; i < 25; i++)
            {
                // Every third is a plain append, which leaves the snapshot for the next reader to mend.
                var outcome = (writer + i) % 3 == 0 ? await log.Append(_tenant, _train, new SeatsBooked(1)) : await log.Decide(_tenant, [_train], new SeatsBooked(1));
                saved += outcome is SaveOutcome.Saved ? 1 : 0;
            }

            return saved;
        });
        Assert.Equal(200, outcomes.Sum());
        await log.Decide(_tenant, [_train], new SeatsBooked(1));
        Assert.Equal(["202:201:202"], await log.Rows("select version || ':' || (data->>'Booked') || ':' || (data->>'Events') from trains.trains where tenant_id = $1", Sql.Text(_tenant)));
        Assert.Empty(await log.WrongSnapshots(_tenant));
        await log.AssertGapless(_tenant);
    }

    [Fact]
    public async Task a_lost_race_leaves_no_hole_in_the_sequence()
    {
        await log.Append(_tenant, _train, new TrainScheduled("A", 1));
        var before = await log.Scalar<long>("select last_value from mt_events_sequence");
        for (var version = 1; version <= 10; version++)
        {
            var expected = ExpectedVersion.Exactly(version);
            var outcomes = await BatchSpecs.InParallel(6, _ => log.Append(_tenant, [_train], expected, new SeatsBooked(1)));
            Assert.Single(outcomes.OfType<SaveOutcome.Saved>());
        }

        Assert.Equal(before + 10, await log.Scalar<long>("select last_value from mt_events_sequence"));
        Assert.Equal(10L, await log.Scalar<long>("select count(*) from mt_events where seq_id > $1", Sql.Long(before)));
    }

    [Fact]
    public async Task a_session_that_waited_for_a_stream_decides_on_its_latest_state()
    {
        await log.Decide(_tenant, [_train], new TrainScheduled("A", 1));
        await using var first = await log.Store.Open(new Caller(_tenant), LogFixture.Stop);
        await using var second = await log.Store.Open(new Caller(_tenant), LogFixture.Stop);
        (await first.FetchForWriting(Train.Aggregate, [_train], LogFixture.Stop))[_train].Append(new SeatsBooked(5));
        var waiting = second.FetchForWriting(Train.Aggregate, [_train], LogFixture.Stop);
        await Task.Delay(50, LogFixture.Stop);
        Assert.False(waiting.IsCompleted);
        await first.SaveChanges(LogFixture.Stop);
        var stream = (await waiting)[_train];
        Assert.Equal((2, 5), (stream.Version, stream.State.Booked));
    }
}
