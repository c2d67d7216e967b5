using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace PixeeEvents.EventLog.Tests.Appending;

public sealed class FoldProperties(LogFixture log) : IClassFixture<LogFixture>
{
    /// <summary>One unit of work: which trains it writes, what, and by which way.</summary>
    public sealed record Call(int[] Trains, int Kind, int Seats, bool AbandonedHalfway);

    [Fact]
    public void fold_equals_inline_snapshot_and_model_after_any_sequence_of_batches_and_single_writes()
    {
        var call =
            from trains in Gen.Choose(0, 5).ArrayOf().Where(t => t.Length is > 0 and < 8)
            from kind in Gen.Choose(0, 6)
            from seats in Gen.Choose(0, 50)
            from abandoned in Gen.Frequency((5, Gen.Constant(false)), (1, Gen.Constant(true)))
            select new Call(trains, kind, seats, abandoned);
        Prop.ForAll(call.ListOf().Where(c => c.Count < 25).ToArbitrary(), calls => Holds([.. calls]).GetAwaiter().GetResult())
            .Check(Config.QuickThrowOnFailure.WithMaxTest(40).WithQuietOnSuccess(true));
    }

    private async Task<bool> Holds(IReadOnlyList<Call> calls)
    {
        var (tenant, trains) = (LogFixture.NewTenant(), LogFixture.NewTrains(6));
        var expected = trains.ToDictionary(t => t, _ => 0);
        foreach (var call in calls)
        {
            await using var session = log.Store.Open(new Caller(tenant));
            var streams = await Streams(session, call, [.. call.Trains.Select(i => trains[i]).Distinct()]);
            foreach (var stream in call.Trains.Select(i => streams[trains[i]]))
            {
                if (Decide(stream.State, call) is { Refusal: null } decision)
                {
                    stream.Append(decision);
                }
            }

            if (call.AbandonedHalfway)
            {
                continue;
            }

            // Nobody else writes: only a start of what exists can be refused.
            var writes = streams.Values.Where(s => s.Events.Count > 0).ToList();
            var startsAnew = call.Kind == 0 && writes.Exists(s => expected[s.Id] > 0);
            Assert.Equal(!startsAnew, await session.SaveChanges(LogFixture.Stop));
            writes.Where(_ => !startsAnew).ToList().ForEach(s => expected[s.Id] += s.Events.Count);
        }

        await log.AssertGapless(tenant);
        Assert.Equal(expected.Values.Count(e => e > 0), await log.Count("mt_doc_train", tenant));
        Assert.Equal(expected.Values.Sum(), await log.Count("mt_events", tenant));
        await log.AssertSnapshotsEqualFold(tenant);
        await log.AssertRowsEqualLog(tenant);
        return true;
    }

    private static async Task<IReadOnlyDictionary<Guid, EventStream<Train>>> Streams(EventSession session, Call call, List<Guid> mine)
    {
        switch (call.Kind)
        {
            case 0:
                return mine.ToDictionary(t => t, t => session.Start(Train.Aggregate, t));
            case 1:
                return await session.Fetch(Train.Aggregate, mine, LogFixture.Stop);
            case 2:
                return await session.FetchForWriting(Train.Aggregate, mine, LogFixture.Stop);
            case 3:
                var locked = (await session.FetchForWriting(Train.Aggregate, mine[1..], LogFixture.Stop)).ToDictionary();
                locked.Add(mine[0], await session.FetchForWriting(Train.Aggregate, mine[0], LogFixture.Stop));
                return locked;
            default:
                var streams = new Dictionary<Guid, EventStream<Train>>();
                foreach (var train in mine)
                {
                    streams.Add(train, await session.FetchForWriting(Train.Aggregate, train, LogFixture.Stop));
                }

                return streams;
        }
    }

    private static Decision Decide(Train train, Call call) => call.Seats switch
    {
        < 10 => Decision.Nothing,
        > 45 => new Refusal("full", "no seat is left"),
        _ when train.Line is null => Decision.Of(new TrainScheduled("B", call.Seats), new SeatsBooked(1)),
        _ => Decision.Of(new SeatsBooked(call.Seats)),
    };
}
