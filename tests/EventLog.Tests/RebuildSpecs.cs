using Npgsql;
using Xunit;

namespace PixeeEvents.EventLog.Tests;

public sealed class RebuildSpecs(LogFixture log) : IClassFixture<LogFixture>
{
    private const string Rows = "select tenant_id || '|' || train || '|' || booked || '|' || events || '|' || last_seq_id from trains.occupancy where tenant_id = any($1) order by 1";

    private const string Snapshots = "select id || data::text from trains.trains where tenant_id = $1 order by id";

    private readonly string _tenant = LogFixture.NewTenant();
    private readonly List<Guid> _trains = LogFixture.NewTrains(60);

    private EventStore Store => log.StoreWith(new Occupancy());

    [Fact]
    public async Task a_read_model_rebuilt_from_zero_equals_the_running_one()
    {
        var other = LogFixture.NewTenant();
        for (var i = 0; i < 5; i++)
        {
            await log.Decide(_tenant, _trains, new SeatsBooked(i), Store);
            await log.Decide(other, _trains, new SeatsBooked(i), Store);
        }

        var running = await log.Rows(Rows, Sql.Texts([_tenant, other]));
        var reports = new List<(long, long)>();
        await Rebuild().Projection(new Occupancy(), new Collected(reports), LogFixture.Stop);
        Assert.Equal(running, await log.Rows(Rows, Sql.Texts([_tenant, other])));
        Assert.Equal(120, running.Count);
        Assert.NotEmpty(reports);
        Assert.Empty(await log.Rows("select nspname from pg_namespace where nspname like 'rebuild%'"));
        Assert.Empty(await log.Rows("select name from mt_event_progression where name = 'Occupancy:All'"));
    }

    [Fact]
    public async Task a_damaged_model_and_a_damaged_snapshot_are_whole_after_their_rebuild()
    {
        await log.Decide(_tenant, _trains, new SeatsBooked(2), Store);
        var (model, snapshots) = (await log.Rows(Rows, Sql.Texts([_tenant])), await log.Rows(Snapshots, Sql.Text(_tenant)));
        await log.Execute("update trains.occupancy set booked = 99; delete from trains.trains where id in (select id from trains.trains limit 9); update trains.trains set data = '{}'");
        await Rebuild().Projection(new Occupancy(), null, LogFixture.Stop);
        await Rebuild().Snapshot(Train.Aggregate, LogFixture.Stop);
        Assert.Equal(model, await log.Rows(Rows, Sql.Texts([_tenant])));
        Assert.Equal(snapshots, await log.Rows(Snapshots, Sql.Text(_tenant)));
    }

    [Fact]
    public async Task the_successor_keeps_constraints_indexes_and_storage_parameters_with_their_names()
    {
        const string Shape =
            """
            select c.relname || ' ' || coalesce(c.reloptions::text, '') || ' ' || coalesce(pg_get_constraintdef(k.oid), pg_get_indexdef(c.oid), '')
            from pg_class c left join pg_constraint k on k.conindid = c.oid where c.relnamespace = 'trains'::regnamespace order by 1
            """;
        var before = await log.Rows(Shape);
        await Rebuild().Projection(new Occupancy(), null, LogFixture.Stop);
        await Rebuild().Snapshot(Train.Aggregate, LogFixture.Stop);
        Assert.Equal(before, await log.Rows(Shape));
        Assert.Contains(before, r => r.StartsWith("occupancy {fillfactor=60}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task a_rebuild_beside_busy_writers_loses_no_row_and_no_writer_fails()
    {
        await log.Decide(_tenant, _trains, new TrainScheduled("A", 1), Store);
        using var stop = new CancellationTokenSource();
        var writers = BatchSpecs.InParallel(6, async writer =>
        {
            var random = new Random(writer);
            var written = 0;
            while (!stop.IsCancellationRequested)
            {
                await using var session = await Store.Open(new Caller(_tenant), LogFixture.Stop);
                if (writer % 2 == 0)
                {
                    await using var read = session.Batch().Add("select count(*) from trains.occupancy where tenant_id = $1", Sql.Text(_tenant));
                    await read.ExecuteNonQueryAsync(LogFixture.Stop);
                }

                switch (writer % 3)
                {
                    case 0:
                        session.Start(Train.Aggregate, Guid.NewGuid()).Append(new TrainScheduled("B", 1));
                        break;
                    case 1:
                        session.Append(_trains[random.Next(60)], "train", ExpectedVersion.Any, new SeatsBooked(1));
                        break;
                    default:
                        var streams = await session.FetchForWriting(Train.Aggregate, [.. _trains.OrderBy(_ => random.Next()).Take(5)], LogFixture.Stop);
                        streams.Values.ToList().ForEach(s => s.Append(new SeatsBooked(1)));
                        break;
                }

                Assert.IsType<SaveOutcome.Saved>(await session.SaveChanges(LogFixture.Stop));
                written++;
            }

            return written;
        });
        for (var i = 0; i < 4; i++)
        {
            await Rebuild().Snapshot(Train.Aggregate, LogFixture.Stop).WaitAsync(TimeSpan.FromSeconds(30), LogFixture.Stop);
            await Rebuild().Projection(new Occupancy(), null, LogFixture.Stop).WaitAsync(TimeSpan.FromSeconds(30), LogFixture.Stop);
        }

        await stop.CancelAsync();
        Assert.All(await writers, written => Assert.True(written > 5));
        await AssertModelEqualsLog();
        await log.AssertGapless(_tenant);

        // Plain appends leave their snapshots behind until the next fetch.
        await log.Decide(_tenant, _trains, new SeatsBooked(1), Store);
        Assert.Empty(await log.WrongSnapshots(_tenant));
    }

    [Fact]
    public async Task a_rebuild_gives_way_to_a_long_reader_and_lets_writers_pass()
    {
        await log.Decide(_tenant, _trains, new SeatsBooked(1), Store);
        await using var reader = await log.DataSource.OpenConnectionAsync(LogFixture.Stop);
        await using var transaction = await reader.BeginTransactionAsync(LogFixture.Stop);
        await using var read = new NpgsqlCommand("select count(*) from trains.occupancy, trains.trains", reader);
        await read.ExecuteNonQueryAsync(LogFixture.Stop);
        var rebuild = Rebuild().Projection(new Occupancy(), null, LogFixture.Stop);
        for (var i = 0; i < 5; i++)
        {
            await Task.Delay(100, LogFixture.Stop);
            Assert.IsType<SaveOutcome.Saved>(await log.Decide(_tenant, _trains, new SeatsBooked(1), Store).WaitAsync(TimeSpan.FromSeconds(5), LogFixture.Stop));
        }

        Assert.False(rebuild.IsCompleted);
        await transaction.RollbackAsync(LogFixture.Stop);
        await rebuild;
        await AssertModelEqualsLog();
    }

    [Fact]
    public async Task an_asynchronous_projection_goes_on_from_where_its_rebuild_ended()
    {
        var delays = new Occupancy("Delays", "delays");
        var follower = new AsyncProjections(log.Store, log.Log, [delays]);
        await log.Append(_tenant, _trains, ExpectedVersion.Any, new SeatsBooked(1));
        await Rebuild().Projection(delays, null, LogFixture.Stop);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(LogFixture.Stop);
        var running = follower.Run(TimeSpan.FromMilliseconds(5), stop.Token);
        for (var i = 0; i < 3; i++)
        {
            await log.Append(_tenant, _trains, ExpectedVersion.Any, new SeatsBooked(1));
            await Rebuild().Projection(delays, null, LogFixture.Stop);
        }

        await log.Append(_tenant, _trains, ExpectedVersion.Any, new SeatsBooked(1));
        var last = await log.Mark.Settle(LogFixture.Stop);
        while (long.Parse(Assert.Single(await log.Rows("select last_seq_id from mt_event_progression where name = 'Delays:All'"))) < last)
        {
            Assert.False(running.IsCompleted);
            await Task.Delay(10, LogFixture.Stop);
        }

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.Equal(["5:5:60"], await log.Rows("select min(events) || ':' || max(events) || ':' || count(*) from trains.delays where tenant_id = $1", Sql.Text(_tenant)));
    }

    private Rebuild Rebuild() => new(Store, log.Log, log.Mark);

    private async Task AssertModelEqualsLog() => Assert.Empty(await log.Rows(
        """
        select coalesce(o.train, e.stream_id) || ': ' || coalesce(o::text, 'no row') || ' for ' || coalesce(e::text, 'no events') from
            (select * from trains.occupancy where tenant_id = $1) o
        full join
            (select stream_id, count(*) as events, coalesce(sum((data->>'Seats')::bigint) filter (where type = 'seats_booked'), 0) as booked, max(seq_id) as last
             from mt_events where tenant_id = $1 group by stream_id) e on e.stream_id = o.train
        where (o.events, o.booked, o.last_seq_id) is distinct from (e.events, e.booked, e.last)
        """,
        Sql.Text(_tenant)));

    private sealed class Collected(List<(long, long)> reports) : IProgress<(long, long)>
    {
        public void Report((long, long) value) => reports.Add(value);
    }
}
