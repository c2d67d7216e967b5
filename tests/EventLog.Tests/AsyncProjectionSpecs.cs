using Npgsql;
using Xunit;

namespace PixeeEvents.EventLog.Tests;

public sealed class AsyncProjectionSpecs(LogFixture log) : IClassFixture<LogFixture>, IAsyncLifetime
{
    private readonly string _tenant = LogFixture.NewTenant();
    private readonly List<Guid> _trains = LogFixture.NewTrains(50);

    /// <summary>Every spec follows the whole log under a name of its own into an empty read model.</summary>
    public async ValueTask InitializeAsync() => await log.Execute("truncate trains.occupancy");

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task a_projection_catches_up_page_by_page_and_every_event_counts_once()
    {
        var projection = Follower("CatchesUp");
        await Book(45);
        await CatchUp(projection);
        await AssertEqualsLog();
        await Book(1);
        await CatchUp(projection);
        await AssertEqualsLog();
        Assert.Equal([(await log.Mark.Settle(LogFixture.Stop)).ToString()], await Progress("CatchesUp"));
    }

    [Fact]
    public async Task it_resumes_after_a_crash_between_pages_without_losing_or_repeating_one()
    {
        await Book(45);
        var crashing = new Crashing(new Occupancy("Crashes"), page: 2);
        await Assert.ThrowsAsync<PostgresException>(() => CatchUp(Follower(crashing)));
        var progress = Assert.Single(await Progress("Crashes"));
        Assert.Equal(await log.Scalar<long>("select sum(events)::bigint from trains.occupancy"), await log.Scalar<long>("select count(*) from mt_events where seq_id <= $1", Sql.Long(long.Parse(progress))));
        Assert.InRange(await log.Scalar<long>("select count(*) from mt_events where seq_id > $1", Sql.Long(long.Parse(progress))), 1, long.MaxValue);
        await CatchUp(Follower("Crashes"));
        await AssertEqualsLog();
    }

    [Fact]
    public async Task two_nodes_share_the_work_and_none_is_done_twice()
    {
        await Book(5);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(LogFixture.Stop);
        var nodes = Enumerable.Range(0, 2).Select(_ => Node("Shared").Run(TimeSpan.FromMilliseconds(5), stop.Token)).ToList();
        await BatchSpecs.InParallel(4, async _ =>
        {
            for (var i = 0; i < 20; i++)
            {
                await log.Append(_tenant, _trains, ExpectedVersion.Any, new SeatsBooked(1));
            }

            return 0;
        });
        var last = await log.Mark.Settle(LogFixture.Stop);
        while (await Progress("Shared") is not [var progress] || long.Parse(progress) < last)
        {
            Assert.DoesNotContain(nodes, n => n.IsCompleted);
            await Task.Delay(10, LogFixture.Stop);
        }

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.WhenAll(nodes));
        await AssertEqualsLog();
    }

    [Fact]
    public async Task two_nodes_that_both_begin_a_projection_do_not_wait_for_each_other()
    {
        await Book(1);
        await using var other = await log.DataSource.OpenConnectionAsync(LogFixture.Stop);
        await CatchUp(Follower("Begins"));
        await using var transaction = await other.BeginTransactionAsync(LogFixture.Stop);
        await using var hold = new NpgsqlCommand("select from mt_event_progression where name = 'Begins:All' for update", other);
        await hold.ExecuteNonQueryAsync(LogFixture.Stop);
        await Book(1);
        Assert.False(await Follower("Begins").CatchUp(LogFixture.Stop).WaitAsync(TimeSpan.FromSeconds(5), LogFixture.Stop));
        await transaction.RollbackAsync(LogFixture.Stop);
        await CatchUp(Follower("Begins"));
        await AssertEqualsLog();
    }

    [Fact]
    public async Task an_append_on_this_node_wakes_it_at_once()
    {
        await CatchUp(Follower("Wakes"));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(LogFixture.Stop);
        var node = Follower("Wakes").Run(TimeSpan.FromMinutes(5), stop.Token);
        await Task.Delay(100, LogFixture.Stop);
        var saved = Assert.IsType<SaveOutcome.Saved>(await log.Append(_tenant, _trains[0], new SeatsBooked(1))).Events[0].Sequence;
        while (long.Parse(Assert.Single(await Progress("Wakes"))) < saved)
        {
            Assert.False(node.IsCompleted);
            await Task.Delay(10, LogFixture.Stop);
        }

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => node);
    }

    private async Task Book(int times)
    {
        for (var i = 0; i < times; i++)
        {
            await log.Append(_tenant, _trains, ExpectedVersion.Any, new SeatsBooked(i));
        }
    }

    private AsyncProjections Follower(string name) => Follower(new Occupancy(name));

    private AsyncProjections Follower(IProjection projection) => new(log.Store, log.Log, [projection]);

    private AsyncProjections Node(string name) => new(log.Store, new EventLog(log.Store, new HighWaterMark(log.DataSource)), [new Occupancy(name)]);

    private async Task CatchUp(AsyncProjections projections)
    {
        await log.Mark.Settle(LogFixture.Stop);
        while (await projections.CatchUp(LogFixture.Stop))
        {
            // Page by page.
        }
    }

    private Task<List<string>> Progress(string name) => log.Rows("select last_seq_id from mt_event_progression where name = $1", Sql.Text(name + ":All"));

    private async Task AssertEqualsLog()
    {
        Assert.Equal(_trains.Count, await log.Count("trains.occupancy", _tenant));
        Assert.Empty(await log.Rows(
            """
            select o.train from trains.occupancy o join lateral (
                select count(*) as events, sum((e.data->>'Seats')::bigint) as booked from mt_events e where e.tenant_id = o.tenant_id and e.stream_id = o.train) e on true
            where o.tenant_id = $1 and (o.events, o.booked) is distinct from (e.events, e.booked)
            """,
            Sql.Text(_tenant)));
    }

    /// <summary>Fails in the database at a page, after its rows were written.</summary>
    private sealed class Crashing(IProjection inner, int page) : IProjection
    {
        private readonly HashSet<NpgsqlBatch> _pages = [];

        public string Name => inner.Name;

        public string Schema => inner.Schema;

        public IReadOnlyList<string> Tables => inner.Tables;

        public void Project(EventBatch events, NpgsqlBatch statements, string schema)
        {
            inner.Project(events, statements, schema);
            if (_pages.Add(statements) && _pages.Count == page)
            {
                statements.Add("select 1 / 0");
            }
        }
    }
}
