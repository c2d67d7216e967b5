using Xunit;

namespace PixeeEvents.EventLog.Tests;

public sealed class PoisonSpecs(LogFixture log) : IClassFixture<LogFixture>
{
    private readonly string _tenant = LogFixture.NewTenant();
    private readonly Guid _train = Guid.NewGuid();

    [Fact]
    public async Task an_event_that_nobody_can_read_stops_every_reader_loudly_and_is_not_skipped()
    {
        await log.Append(_tenant, _train, new SeatsBooked(1));
        var follower = new AsyncProjections(log.Store, log.Log, [new Occupancy()]);
        while (await follower.CatchUp(LogFixture.Stop))
        {
            // Up to the first event.
        }

        var poison = (await log.AppendAsMarten(_tenant, _train, null, ("train_vanished", "{}")))[1];
        await log.Append(_tenant, _train, new SeatsBooked(1));
        foreach (var read in (Func<Task>[])[
            () => log.Store.ReadStream(_tenant, _train, cancellationToken: LogFixture.Stop),
            () => log.Store.AggregateStream(Train.Aggregate, _tenant, _train, cancellationToken: LogFixture.Stop),
            () => log.Log.ReadAfter(0, 100, LogFixture.Stop),
            () => log.Decide(_tenant, [_train], new SeatsBooked(1)),
            () => new Rebuild(log.Store, log.Log, log.Mark).Snapshot(Train.Aggregate, LogFixture.Stop),
            () => follower.Run(TimeSpan.FromMilliseconds(5), LogFixture.Stop)])
        {
            var stop = await Assert.ThrowsAsync<UnknownEventTypeException>(read);
            Assert.Equal(("train_vanished", _train, 2L, poison), (stop.EventType, stop.Stream, stop.Version, stop.Sequence));
        }

        Assert.Equal(["1"], await log.Rows("select events from trains.occupancy where tenant_id = $1", Sql.Text(_tenant)));
        Assert.Equal([(poison - 1).ToString()], await log.Rows("select last_seq_id from mt_event_progression where name = 'Occupancy:All'"));
        Assert.Equal(1, (await log.Store.AggregateStream(Train.Aggregate, _tenant, _train, version: 1, cancellationToken: LogFixture.Stop)).Version);
        Assert.Equal(3, (await log.Events(_tenant, _train)).Count);
    }
}
