using Marten.Exceptions;
using Xunit;

namespace PixeeEvents.EventLog.Tests.Reading;

public sealed class PoisonSpecs(LogFixture log) : IClassFixture<LogFixture>
{
    private readonly string _tenant = LogFixture.NewTenant();
    private readonly Guid _train = Guid.NewGuid();

    [Fact]
    public async Task an_event_that_nobody_can_read_stops_every_reader_loudly_and_is_not_skipped()
    {
        await log.Append(_tenant, _train, new SeatsBooked(1));
        await log.AppendStored(_tenant, _train, 1, ("train_vanished", "{}"), ("seats_booked", """{"Seats":1}"""));
        foreach (var read in (Func<Task>[])[
            () => log.ReadStream(_tenant, _train),
            () => log.Fold(_tenant, _train),
            () => log.Log.ReadAfter(0, 100, LogFixture.Stop),
            () => log.Append(_tenant, [_train], new SeatsBooked(1)),
            () => log.AppendSingle(_tenant, _train, new SeatsBooked(1)),
            () => log.Rebuild.Snapshot(log.Store.Snapshots[0], LogFixture.Stop),
            () => log.Rebuild.Projection(log.Store.Rows[0], null, LogFixture.Stop)])
        {
            var stop = await Assert.ThrowsAsync<UnknownEventTypeException>(read);
            Assert.Contains("Trains.Event, Trains", stop.Message, StringComparison.Ordinal);
        }

        Assert.Equal(["1:1"], await log.Snapshot(_tenant, _train));
        Assert.Equal(["1"], await log.Rows("select events from trains.occupancy where tenant_id = $1", Sql.Text(_tenant)));
        Assert.Equal(1, (await log.Fold(_tenant, _train, version: 1))!.Booked);
        Assert.Equal(3, (await log.Events(_tenant, _train)).Count);
    }
}
