using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace PixeeEvents.EventLog.Tests;

public sealed class FoldProperties(LogFixture log) : IClassFixture<LogFixture>
{
    /// <summary>One unit of work: which trains it writes, what, and by which way.</summary>
    public sealed record Call(int[] Trains, int Kind, int Seats, bool AbandonedHalfway);

    [Fact]
    public void fold_equals_inline_snapshot_and_model_after_any_sequence_of_batches()
    {
        var call =
            from trains in Gen.Choose(0, 5).ArrayOf().Where(t => t.Length is > 0 and < 8)
            from kind in Gen.Choose(0, 4)
            from seats in Gen.Choose(0, 50)
            from abandoned in Gen.Frequency((5, Gen.Constant(false)), (1, Gen.Constant(true)))
            select new Call(trains, kind, seats, abandoned);
        Prop.ForAll(call.ListOf().Where(c => c.Count < 25).ToArbitrary(), calls => Holds([.. calls]).GetAwaiter().GetResult())
            .Check(Config.QuickThrowOnFailure.WithMaxTest(40).WithQuietOnSuccess(true));
    }

    private async Task<bool> Holds(IReadOnlyList<Call> calls)
    {
        var store = log.StoreWith(new Occupancy());
        var (tenant, trains) = (LogFixture.NewTenant(), LogFixture.NewTrains(6));
        foreach (var call in calls)
        {
            await using var session = await store.Open(new Caller(tenant), LogFixture.Stop);
            var mine = call.Trains.Select(i => trains[i]).Distinct().ToList();
            switch (call.Kind)
            {
                case 0:
                    mine.ForEach(t => session.Append(t, "train", ExpectedVersion.Any, new SeatsBooked(call.Seats), new TrainDelayed(1, "snow")));
                    break;
                case 1:
                    mine.ForEach(t => session.Append(t, "train", ExpectedVersion.None, new TrainScheduled("A", call.Seats)));
                    break;
                case 2:
                    (await session.Fetch(Train.Aggregate, mine, LogFixture.Stop)).Values.ToList().ForEach(s => s.Append(new SeatsBooked(call.Seats)));
                    break;
                default:
                    var streams = await session.FetchForWriting(Train.Aggregate, mine, LogFixture.Stop);
                    foreach (var i in call.Trains)
                    {
                        streams[trains[i]].Append(Decide(streams[trains[i]].State, call));
                    }

                    break;
            }

            if (!call.AbandonedHalfway)
            {
                await session.SaveChanges(LogFixture.Stop);
            }
        }

        // Plain appends leave their snapshots behind; a fetch must mend each of them.
        await log.Decide(tenant, trains, new SeatsBooked(1), store);
        await log.AssertGapless(tenant);
        Assert.Equal(6, await log.Count("trains.trains", tenant));
        Assert.Empty(await log.WrongSnapshots(tenant));
        foreach (var train in trains)
        {
            var (state, version) = await store.AggregateStream(Train.Aggregate, tenant, train, cancellationToken: LogFixture.Stop);
            Assert.Equal(
                [$"{state.Booked}:{version}"],
                await log.Rows("select booked || ':' || events from trains.occupancy where tenant_id = $1 and train = $2", Sql.Text(tenant), Sql.Uuid(train)));
        }

        return true;
    }

    private static Decision Decide(Train train, Call call) => call.Seats switch
    {
        < 10 => Decision.Nothing,
        > 45 => new Refusal("full", "no seat is left"),
        _ when train.Line is null => Decision.Of(new TrainScheduled("B", call.Seats), new SeatsBooked(1)),
        _ => Decision.Of(new SeatsBooked(call.Seats)),
    };
}
