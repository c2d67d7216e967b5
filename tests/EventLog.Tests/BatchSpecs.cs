using System.Collections.Concurrent;
using System.Diagnostics;
using Npgsql;
using Xunit;

namespace PixeeEvents.EventLog.Tests;

public sealed class BatchSpecs(LogFixture log) : IClassFixture<LogFixture>
{
    private readonly string _tenant = LogFixture.NewTenant();

    [Fact]
    public async Task five_thousand_appends_send_the_same_statements_as_one()
    {
        var trains = LogFixture.NewTrains(5000);
        var one = await StatementsOf(() => log.Append(_tenant, [Guid.NewGuid()], ExpectedVersion.Any, new TrainScheduled("A", 1)));
        var many = await StatementsOf(() => log.Append(_tenant, trains, ExpectedVersion.Any, new TrainScheduled("A", 1)));
        Assert.NotEmpty(one);
        Assert.Equal(one, many);

        one = await StatementsOf(() => log.Append(_tenant, [trains[0]], ExpectedVersion.Any, new SeatsBooked(1)));
        many = await StatementsOf(() => log.Append(_tenant, trains, ExpectedVersion.Any, new SeatsBooked(1)));
        Assert.Equal(2, one.Count);
        Assert.Equal(one, many);
        Assert.Equal(10_002, await log.Count("mt_events", _tenant));
    }

    [Fact]
    public async Task five_thousand_decisions_send_the_same_statements_as_one()
    {
        var store = log.StoreWith(new Occupancy());
        var trains = LogFixture.NewTrains(5000);
        await log.Decide(_tenant, trains, new TrainScheduled("A", 1), store);
        var one = await StatementsOf(() => log.Decide(_tenant, [trains[0]], new SeatsBooked(1), store));
        var many = await StatementsOf(() => log.Decide(_tenant, trains, new SeatsBooked(1), store));
        Assert.Equal(3, one.Count);
        Assert.Equal(one, many);
        Assert.Equal(10_001, await log.Count("mt_events", _tenant));
        Assert.Equal(10_001L, await log.Scalar<long>("select sum(version)::bigint from trains.trains where tenant_id = $1", Sql.Text(_tenant)));
        Assert.Equal(5001m, await log.Scalar<decimal>("select sum(booked) from trains.occupancy where tenant_id = $1", Sql.Text(_tenant)));
    }

    [Fact]
    public async Task numbers_returned_are_the_numbers_stored()
    {
        var trains = LogFixture.NewTrains(500);
        var saved = Assert.IsType<SaveOutcome.Saved>(await log.Append(_tenant, trains, ExpectedVersion.Any, new TrainScheduled("A", 1), new SeatsBooked(2)));
        var stored = await log.Rows("select seq_id || '|' || id || '|' || stream_id || '|' || version from mt_events where tenant_id = $1 order by seq_id", Sql.Text(_tenant));
        Assert.Equal(1000, stored.Count);
        Assert.Equal(stored, saved.Events.Select(e => $"{e.Sequence}|{e.Id}|{e.Stream}|{e.Version}"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task what_a_writer_reads_back_holds_its_events_and_their_rows_after_its_last_lock(bool projects)
    {
        var train = Guid.NewGuid();
        var store = projects ? log.StoreWith(new Occupancy()) : log.Store;
        await using var session = await store.Open(new Caller(_tenant), LogFixture.Stop);
        session.Start(Train.Aggregate, train).Append(new SeatsBooked(3));
        session.LockLast("select pg_advisory_xact_lock(hashtextextended($1, 0))");
        var readBack = new QueryBatch();
        var locks = readBack.Add(Count("select count(*) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()"));
        var events = readBack.Add(Count("select count(*) from mt_events where tenant_id = $1", Sql.Text(_tenant)));
        var booked = readBack.Add(Count("select coalesce(sum(booked), 0)::bigint from trains.occupancy where tenant_id = $1", Sql.Text(_tenant)));
        Assert.IsType<SaveOutcome.Saved>(await session.SaveChanges(LogFixture.Stop, readBack));
        Assert.Equal((1, 1, projects ? 3 : 0), (await locks, await events, await booked));
        Assert.Equal(1, await log.Count("mt_events", _tenant));
        Assert.Equal(0, await log.Scalar<long>("select count(*) from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())"));

        static Query<long> Count(string statement, params NpgsqlParameter[] parameters) => new(statement, parameters, async (reader, cancellationToken) =>
        {
            await reader.ReadAsync(cancellationToken);
            return reader.GetInt64(0);
        });
    }

    [Theory]
    [InlineData("plain appends to streams that exist")]
    [InlineData("plain appends that create the streams")]
    [InlineData("decisions on streams that exist")]
    public async Task eight_parallel_batches_over_overlapping_streams_never_deadlock_and_leave_gapless_versions(string kind)
    {
        var trains = LogFixture.NewTrains(120);
        if (!kind.Contains("create", StringComparison.Ordinal))
        {
            await log.Append(_tenant, trains, ExpectedVersion.Any, new TrainScheduled("A", 1));
        }

        var before = await log.Count("mt_events", _tenant);
        var outcomes = await InParallel(8, async writer =>
        {
            var random = new Random(writer);
            var all = new List<SaveOutcome>();
            for (var i = 0; i < 10; i++)
            {
                var mine = trains.OrderBy(_ => random.Next()).Take(60).ToList();
                all.Add(kind.StartsWith("plain", StringComparison.Ordinal)
                    ? await log.Append(_tenant, mine, ExpectedVersion.Any, new SeatsBooked(1))
                    : await log.Decide(_tenant, mine, new SeatsBooked(1)));
            }

            return all;
        });
        Assert.All(outcomes.SelectMany(o => o), o => Assert.IsType<SaveOutcome.Saved>(o));
        Assert.Equal(8 * 10 * 60, await log.Count("mt_events", _tenant) - before);
        await log.AssertGapless(_tenant);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task writers_that_start_the_same_streams_in_any_order_end_with_one_winner_and_no_deadlock(bool plain)
    {
        for (var round = 0; round < 15; round++)
        {
            var trains = LogFixture.NewTrains(40);
            var outcomes = await InParallel(8, writer =>
            {
                var random = new Random(writer);
                var mine = trains.OrderBy(_ => random.Next()).ToList();
                return plain
                    ? log.Append(_tenant, mine, ExpectedVersion.None, new TrainScheduled("A", writer))
                    : log.Decide(_tenant, mine, new TrainScheduled("A", writer));
            });
            Assert.Contains(outcomes, o => o is SaveOutcome.Saved);
            Assert.All(outcomes, o => Assert.True(!plain ? o is SaveOutcome.Saved or SaveOutcome.StreamExists : o is SaveOutcome.Saved or SaveOutcome.StreamExists { Actual: 1 }));
            Assert.True(!plain || outcomes.Count(o => o is SaveOutcome.Saved) == 1);
        }

        await log.AssertGapless(_tenant);
    }

    internal static Task<T[]> InParallel<T>(int writers, Func<int, Task<T>> work) =>
        Task.WhenAll(Enumerable.Range(0, writers).Select(i => Task.Run(() => work(i))));

    /// <summary>The text of every command sent within the work; one entry is one round trip.</summary>
    private static async Task<List<string>> StatementsOf(Func<Task<SaveOutcome>> work)
    {
        var sent = new ConcurrentQueue<string>();
        using var root = new Activity("spec").SetIdFormat(ActivityIdFormat.W3C).Start();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Npgsql",
            Sample = (ref _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity =>
            {
                if (activity.TraceId == root.TraceId && (activity.GetTagItem("db.query.text") ?? activity.GetTagItem("db.statement")) is string text)
                {
                    sent.Enqueue(text);
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
        Assert.IsType<SaveOutcome.Saved>(await work());
        return [.. sent];
    }
}
