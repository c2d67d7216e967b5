using System.Collections.Concurrent;
using System.Diagnostics;
using Npgsql;
using Xunit;

namespace PixeeEvents.EventLog.Tests;

public sealed class BatchSpecs(LogFixture log) : IClassFixture<LogFixture>
{
    private readonly string _tenant = LogFixture.NewTenant();

    [Fact]
    public async Task five_thousand_decisions_send_the_same_statements_as_one()
    {
        var trains = LogFixture.NewTrains(5000);
        var one = await StatementsOf(() => log.Append(_tenant, [Guid.NewGuid()], new TrainScheduled("A", 1)));
        var many = await StatementsOf(() => log.Append(_tenant, trains, new TrainScheduled("A", 1)));
        Assert.Equal(2, one.Count);
        Assert.Equal(one, many);

        one = await StatementsOf(() => log.Append(_tenant, [trains[0]], new SeatsBooked(1)));
        many = await StatementsOf(() => log.Append(_tenant, trains, new SeatsBooked(1)));
        Assert.Equal(2, one.Count);
        Assert.Equal(one, many);
        Assert.Equal(10_002, await log.Count("mt_events", _tenant));
        Assert.Equal(
            10_002L, await log.Scalar<long>("select sum(mt_version)::bigint from mt_doc_train where tenant_id = $1", Sql.Text(_tenant)));
        Assert.Equal(5001m, await log.Scalar<decimal>("select sum(booked) from trains.occupancy where tenant_id = $1", Sql.Text(_tenant)));
    }

    [Fact]
    public async Task many_of_which_one_lost_a_race_draw_no_number_and_write_nothing()
    {
        var trains = LogFixture.NewTrains(50);
        await log.Append(_tenant, trains, new TrainScheduled("A", 1));
        await using var session = log.Store.Open(new Caller(_tenant));
        foreach (var stream in (await session.Fetch(Train.Aggregate, trains, LogFixture.Stop)).Values)
        {
            stream.Append(new SeatsBooked(1));
        }

        await log.Append(_tenant, trains[7], new SeatsBooked(2));
        var before = await log.LastNumber();
        Assert.False(await session.SaveChanges(LogFixture.Stop));
        Assert.Equal(before, await log.LastNumber());
        Assert.Equal(51, await log.Count("mt_events", _tenant));
        await log.AssertSnapshotsEqualFold(_tenant);
        await log.AssertRowsEqualLog(_tenant);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(30)]
    public async Task each_stream_is_written_on_behalf_of_its_own_caller(int events)
    {
        await using var session = log.Store.Open(new Caller(_tenant));
        foreach (var (n, train) in LogFixture.NewTrains(3).Index())
        {
            var stream = session.Start(Train.Aggregate, train);
            stream.Caller = new Caller(_tenant, $"call-{n}", $"cause-{n}", new Dictionary<string, string> { ["number"] = $"{n}" });
            Enumerable.Range(1, events).ToList().ForEach(seats => stream.Append(new SeatsBooked(seats)));
            session.Publish(new OutboxMessage(Guid.NewGuid(), "train.booked", "{}"u8.ToArray()), stream.Caller);
        }

        Assert.True(await session.SaveChanges(LogFixture.Stop));
        Assert.Equal(
            Enumerable.Range(0, 3).Select(n => $"call-{n} cause-{n} {n} {events} t"),
            await log.Rows(
                """
                select concat_ws(' ', e.correlation_id, e.causation_id, e.headers ->> 'number', count(*),
                    (min(e.seq_id), max(e.seq_id)) = (select first_seq_id, last_seq_id from outbox o
                        where o.tenant_id = $1 and o.causation_id = e.causation_id and o.headers = e.headers))
                from mt_events e where e.tenant_id = $1 group by e.correlation_id, e.causation_id, e.headers order by 1
                """,
                Sql.Text(_tenant)));
    }

    [Fact]
    public async Task log_order_is_the_order_of_appending()
    {
        var trains = LogFixture.NewTrains(500);
        await using var session = log.Store.Open(new Caller(_tenant));
        foreach (var train in trains)
        {
            var stream = session.Start(Train.Aggregate, train);
            stream.Append(new TrainScheduled("A", 1));
            stream.Append(new SeatsBooked(2));
        }

        Assert.True(await session.SaveChanges(LogFixture.Stop));
        Assert.Equal(
            trains.SelectMany(t => new[] { $"{t}|1", $"{t}|2" }),
            await log.Rows("select stream_id || '|' || version from mt_events where tenant_id = $1 order by seq_id", Sql.Text(_tenant)));
    }

    /// <remarks>Marten gives up after five seconds where nothing is said.</remarks>
    [Theory]
    [InlineData("", 30)]
    [InlineData(";Command Timeout=77", 77)]
    public async Task a_unit_of_work_may_take_as_long_as_the_connection_string_says_and_half_a_minute_otherwise(string said, int seconds)
    {
        await using var source = Database.Connect(log.ConnectionString + said);
        using var documents = log.StoreWith(source: source).Documents;
        Assert.Equal(seconds, documents.Storage.Database.ConfiguredCommandTimeout);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task what_a_writer_reads_back_holds_its_events_their_rows_and_snapshots_after_its_last_lock(bool single)
    {
        var train = Guid.NewGuid();
        await using var session = log.Store.Open(new Caller(_tenant));
        var stream = single
            ? await session.FetchForWriting(Train.Aggregate, train, LogFixture.Stop)
            : session.Start(Train.Aggregate, train);
        stream.Append(new SeatsBooked(3));
        session.Documents.QueueOperation(new SqlQuery(
            "select pg_advisory_xact_lock(hashtextextended($1, 0))", [Sql.Text(_tenant)], (_, _, _) => Task.CompletedTask));
        var readBack = new QueryBatch();
        var locks = readBack.Add(Count("select count(*) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()"));
        var events = readBack.Add(Count("select count(*) from mt_events where tenant_id = $1", Sql.Text(_tenant)));
        var booked = readBack.Add(
            Count("select coalesce(sum(booked), 0)::bigint from trains.occupancy where tenant_id = $1", Sql.Text(_tenant)));
        var snapshot = readBack.Add(
            Count("select coalesce(sum((data->>'Booked')::int), 0) from mt_doc_train where tenant_id = $1", Sql.Text(_tenant)));
        Assert.True(await session.SaveChanges(LogFixture.Stop, readBack));
        Assert.Equal((1, 1, 3, 3), (await locks, await events, await booked, await snapshot));
        Assert.Equal(1, await log.Count("mt_events", _tenant));
        Assert.Equal(0, await log.Scalar<long>(
            """
            select count(*) from pg_locks
            where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())
            """));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task who_appended_nothing_reads_back_all_the_same(bool fetched)
    {
        var train = Guid.NewGuid();
        await log.Append(_tenant, train, new SeatsBooked(4));
        await using var session = log.Store.Open(new Caller(_tenant));
        if (fetched)
        {
            await session.FetchForWriting(Train.Aggregate, [train], LogFixture.Stop);
        }

        var readBack = new QueryBatch();
        var booked = readBack.Add(Count("select sum(booked)::bigint from trains.occupancy where tenant_id = $1", Sql.Text(_tenant)));
        Assert.True(await session.SaveChanges(LogFixture.Stop, readBack));
        Assert.True(booked.IsCompleted, "Nobody asked.");
        Assert.Equal(4, await booked);
    }

    [Theory]
    [InlineData("that exist")]
    [InlineData("of which some are new")]
    public async Task eight_parallel_batches_over_overlapping_streams_never_deadlock_and_leave_gapless_versions(string streams)
    {
        var trains = LogFixture.NewTrains(120);
        var before = streams == "that exist" ? trains : trains[..60];
        await log.Append(_tenant, before, new TrainScheduled("A", 1));
        var saved = await InParallel(8, async writer =>
        {
            var (random, saved) = (new Random(writer), 0);
            for (var i = 0; i < 10; i++)
            {
                var mine = trains.OrderBy(_ => random.Next()).Take(60).ToList();

                // Of two that start one stream one loses, and comes again.
                while (!await log.Append(_tenant, mine, new SeatsBooked(1)))
                {
                    Assert.NotEqual("that exist", streams);
                }

                saved += mine.Count;
            }

            return saved;
        });
        Assert.Equal(saved.Sum(), await log.Count("mt_events", _tenant) - before.Count);
        await log.AssertGapless(_tenant);
        await log.AssertSnapshotsEqualFold(_tenant);
        await log.AssertRowsEqualLog(_tenant);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task writers_that_start_the_same_streams_in_any_order_end_with_one_winner_and_no_deadlock(bool looked)
    {
        for (var round = 0; round < 15; round++)
        {
            var trains = LogFixture.NewTrains(40);
            var outcomes = await InParallel(8, async writer =>
            {
                var random = new Random(writer);
                var mine = trains.OrderBy(_ => random.Next()).ToList();
                if (looked)
                {
                    return await log.Append(_tenant, mine, new TrainScheduled("A", writer));
                }

                await using var session = log.Store.Open(new Caller(_tenant));
                mine.ForEach(t => session.Start(Train.Aggregate, t).Append(new TrainScheduled("A", writer)));
                return await session.SaveChanges(LogFixture.Stop);
            });
            Assert.Contains(true, outcomes);
            Assert.True(looked || outcomes.Count(o => o) == 1);
        }

        await log.AssertGapless(_tenant);
        await log.AssertRowsEqualLog(_tenant);
    }

    internal static Task<T[]> InParallel<T>(int writers, Func<int, Task<T>> work) =>
        Task.WhenAll(Enumerable.Range(0, writers).Select(i => Task.Run(() => work(i))));

    private static Query<long> Count(string statement, params NpgsqlParameter[] parameters) => new(
        statement, parameters, async (reader, cancellationToken) =>
        {
            await reader.ReadAsync(cancellationToken);
            return reader.GetInt64(0);
        });

    /// <summary>The text of every command sent within the work; one entry is one round trip.</summary>
    private static async Task<List<string>> StatementsOf(Func<Task<bool>> work)
    {
        var sent = new ConcurrentQueue<string>();
        using var root = new Activity("spec").SetIdFormat(ActivityIdFormat.W3C).Start();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Npgsql",
            Sample = (ref _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity =>
            {
                if (activity.TraceId == root.TraceId
                    && (activity.GetTagItem("db.query.text") ?? activity.GetTagItem("db.statement")) is string text)
                {
                    sent.Enqueue(text);
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
        Assert.True(await work());
        return [.. sent];
    }
}
