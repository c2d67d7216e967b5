using Marten.Exceptions;
using Npgsql;
using Xunit;

namespace PixeeEvents.EventLog.Tests.Appending;

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
            var outcomes = await SaveAtOnce(2);
            Assert.Single(outcomes, saved => saved);
        }

        Assert.Equal(21, (await log.Events(_tenant, _train)).Count);
        await log.AssertGapless(_tenant);
        await log.AssertSnapshotsEqualFold(_tenant);
        await log.AssertRowsEqualLog(_tenant);
    }

    [Fact]
    public async Task of_two_that_start_one_stream_one_loses()
    {
        var outcomes = await SaveAtOnce(4);
        Assert.Single(outcomes, saved => saved);
        Assert.Equal(["1:seats_booked"], await log.Events(_tenant, _train));
    }

    [Fact]
    public async Task a_writer_that_waited_for_one_that_was_given_up_writes()
    {
        await log.Append(_tenant, _train, new TrainScheduled("A", 1));
        await using var second = log.Store.Open(new Caller(_tenant));
        (await second.Fetch(Train.Aggregate, [_train], LogFixture.Stop))[_train].Append(new SeatsBooked(2));
        Task<bool> waiting;
        await using (var first = log.Store.Open(new Caller(_tenant)))
        {
            (await first.FetchForWriting(Train.Aggregate, _train, LogFixture.Stop)).Append(new SeatsBooked(1));
            waiting = second.SaveChanges(LogFixture.Stop);
            await Task.Delay(50, LogFixture.Stop);
            Assert.False(waiting.IsCompleted);
        }

        Assert.True(await waiting);
        Assert.Equal(["2:2"], await log.Snapshot(_tenant, _train));
    }

    [Fact]
    public async Task a_lost_race_leaves_no_hole_in_the_sequence()
    {
        await log.Append(_tenant, _train, new TrainScheduled("A", 1));
        var before = await log.LastNumber();
        for (var version = 1; version <= 10; version++)
        {
            Assert.Single(await SaveAtOnce(6), saved => saved);
        }

        Assert.Equal(before + 10, await log.LastNumber());
        Assert.Equal(10L, await log.Scalar<long>("select count(*) from mt_events where seq_id > $1", Sql.Long(before)));
    }

    /// <summary>A failure after the numbers were drawn leaves them unused for ever: readers may have passed them.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task a_number_that_a_failed_append_drew_is_never_used(bool single)
    {
        await log.Append(_tenant, _train, new TrainScheduled("A", 1));
        var before = await log.LastNumber();
        var failing = log.StoreWith(options => options.AddRows(new Occupancy(), new NoBooking()));
        await using var session = failing.Open(new Caller(_tenant));
        var stream = single
            ? await session.FetchForWriting(Train.Aggregate, _train, LogFixture.Stop)
            : (await session.FetchForWriting(Train.Aggregate, [_train], LogFixture.Stop))[_train];
        stream.Append(new SeatsBooked(1));
        var error = await Assert.ThrowsAsync<MartenCommandException>(() => session.SaveChanges(LogFixture.Stop));
        Assert.Equal(PostgresErrorCodes.DivisionByZero, Assert.IsType<PostgresException>(error.InnerException).SqlState);

        // Marten's store is gone when its work in the background is done.
        await failing.Documents.DisposeAsync();
        Assert.Equal(before + 1, await log.LastNumber());
        Assert.Equal(0L, await log.Scalar<long>("select count(*) from mt_events where seq_id > $1", Sql.Long(before)));
        Assert.Equal(1, await log.Count("mt_streams", _tenant));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task a_session_that_waited_for_a_stream_decides_on_its_latest_state(bool single)
    {
        await log.Append(_tenant, _train, new TrainScheduled("A", 1));
        await using var first = log.Store.Open(new Caller(_tenant));
        await using var second = log.Store.Open(new Caller(_tenant));
        (await first.FetchForWriting(Train.Aggregate, [_train], LogFixture.Stop))[_train].Append(new SeatsBooked(5));
        var waiting = single
            ? second.FetchForWriting(Train.Aggregate, _train, LogFixture.Stop)
            : One(second.FetchForWriting(Train.Aggregate, [_train], LogFixture.Stop));
        await Task.Delay(50, LogFixture.Stop);
        Assert.False(waiting.IsCompleted);
        await first.SaveChanges(LogFixture.Stop);
        var stream = await waiting;
        Assert.Equal((2, 5), (stream.Version, stream.State.Booked));
        stream.Append(new SeatsBooked(1));
        Assert.True(await second.SaveChanges(LogFixture.Stop));
        await log.AssertSnapshotsEqualFold(_tenant);

        async Task<EventStream<Train>> One(Task<IReadOnlyDictionary<Guid, EventStream<Train>>> streams) => (await streams)[_train];
    }

    [Fact]
    public async Task batches_and_single_writes_on_the_same_streams_lose_no_update_no_batch_and_no_number()
    {
        var trains = LogFixture.NewTrains(50);
        await log.Append(_tenant, trains, new TrainScheduled("A", 1));
        var before = await log.LastNumber();
        var singles = BatchSpecs.InParallel(8, async writer =>
        {
            var (random, lost) = (new Random(writer), 0);
            for (var i = 0; i < 125; i++)
            {
                lost += await log.AppendSingle(_tenant, trains[random.Next(trains.Count)], new SeatsBooked(1));
            }

            return lost;
        });
        var batches = await BatchSpecs.InParallel(4, async writer =>
        {
            var (random, written) = (new Random(100 + writer), 0);
            do
            {
                Assert.True(await log.Append(_tenant, [.. trains.OrderBy(_ => random.Next()).Take(20)], new SeatsBooked(1)));
                written++;
            }
            while (!singles.IsCompleted);
            return written;
        });
        Assert.True((await singles).Sum() > 0, "Nobody met anybody.");
        var events = (batches.Sum() * 20L) + 1000;
        Assert.Equal(events + trains.Count, await log.Count("mt_events", _tenant));
        Assert.Equal(before + events, await log.LastNumber());
        Assert.Equal(events, await log.Scalar<decimal>("select sum(booked) from trains.occupancy where tenant_id = $1", Sql.Text(_tenant)));
        await log.AssertGapless(_tenant);
        await log.AssertSnapshotsEqualFold(_tenant);
        await log.AssertRowsEqualLog(_tenant);
    }

    /// <summary>Writers that all have seen the same version save at once.</summary>
    private async Task<bool[]> SaveAtOnce(int writers)
    {
        var sessions = await Task.WhenAll(Enumerable.Range(0, writers).Select(async _ =>
        {
            var session = log.Store.Open(new Caller(_tenant));
            (await session.Fetch(Train.Aggregate, [_train], LogFixture.Stop))[_train].Append(new SeatsBooked(1));
            return session;
        }));
        var outcomes = await BatchSpecs.InParallel(writers, i => sessions[i].SaveChanges(LogFixture.Stop));
        foreach (var session in sessions)
        {
            await session.DisposeAsync();
        }

        return outcomes;
    }

    /// <summary>Refuses as the database refuses: by an error in the middle of the statements.</summary>
    private sealed class NoBooking : RowProjection
    {
        public override string Name => "NoBooking";

        public override string Schema => "trains";

        public override IReadOnlyList<string> Tables => [];

        public override void Project(EventBatch events, NpgsqlBatch statements, string schema) => statements.Add("select 1 / 0");
    }
}
