using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Npgsql;
using Xunit;

namespace PixeeEvents.EventLog.Tests;

/// <remarks>The first writer waits for a lock that the spec holds; what comes meanwhile is a group.</remarks>
public sealed class GroupCommitSpecs(LogFixture log) : IClassFixture<LogFixture>, IAsyncLifetime
{
    private const string LockSql = "select pg_advisory_xact_lock(hashtextextended($1, 0))";

    private const string Waiting =
        "from pg_locks where locktype = 'advisory' and not granted and (classid::bigint << 32) + objid::bigint = hashtextextended($1, 0)";

    private readonly string _tenant = LogFixture.NewTenant();
    private readonly Guid _train = Guid.NewGuid();
    private readonly EventStore _store = log.StoreWith(new Occupancy(), new NoEmptyBooking());

    /// <summary>With connections at hand a writer is in the line when its call returns, so the order is the spec's.</summary>
    public async ValueTask InitializeAsync()
    {
        foreach (var connection in await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => log.DataSource.OpenConnectionAsync(LogFixture.Stop).AsTask())))
        {
            await connection.DisposeAsync();
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task writers_that_wait_at_once_are_one_transaction_and_each_has_its_own_caller_message_and_answer()
    {
        var held = await Hold();
        var (first, others) = (Write(0), Enumerable.Range(1, 5).Select(n => Write(n)).ToList());
        await AssertWaiting(1);
        await held.DisposeAsync();
        foreach (var (n, written) in others.Prepend(first).Index())
        {
            var (outcome, booked) = await written;
            var stored = Assert.IsType<SaveOutcome.Saved>(outcome).Events;
            Assert.Equal([1L, 2L], stored.Select(e => e.Version));
            Assert.Equal(n + 1, booked);
            Assert.All(stored, e => Assert.Equal(($"call-{n}", $"cause-{n}", $"{n}"), (e.CorrelationId, e.CausationId, e.Headers["number"])));
            Assert.Equal(
                stored.Select(e => $"{e.Sequence} {e.Id} call-{n} {{\"number\": \"{n}\"}}"),
                await log.Rows("select concat_ws(' ', seq_id, id, correlation_id, headers) from mt_events where tenant_id = $1 and causation_id = $2 order by seq_id", Sql.Text(_tenant), Sql.Text($"cause-{n}")));
            Assert.Equal(
                [$"{stored[0].Sequence} {stored[1].Sequence} call-{n} {{\"of\": {n}}} {{\"number\": \"{n}\"}} t"],
                await log.Rows("select concat_ws(' ', first_seq_id, last_seq_id, correlation_id, data, headers, occurred_at = (select min(timestamp) from mt_events e where e.seq_id = first_seq_id)) from outbox where tenant_id = $1 and causation_id = $2", Sql.Text(_tenant), Sql.Text($"cause-{n}")));
        }

        Assert.Equal(["10", "2"], await log.Rows("select count(*) from mt_events where tenant_id = $1 group by xmin order by count(*)::text", Sql.Text(_tenant)));
        Assert.Equal(6, await log.Count("trains.occupancy", _tenant));
        Assert.Empty(await log.WrongSnapshots(_tenant));
        await log.AssertGapless(_tenant);
    }

    [Theory]
    [InlineData("starts a stream of another")]
    [InlineData("is refused by a projection")]
    [InlineData("cannot be sent")]
    public async Task one_that_fails_takes_no_other_with_it(string what)
    {
        var held = await Hold();
        var first = Write(0);
        var (good, bad, last) = (Write(1), what switch
        {
            "starts a stream of another" => Write(2, train: TrainOf(1)),
            "is refused by a projection" => Write(2, seats: 0),
            _ => Write(2, messageType: "train\0booked"),
        }, Write(3));
        await AssertWaiting(1);
        await held.DisposeAsync();
        Assert.All([await first, await last], w => Assert.IsType<SaveOutcome.Saved>(w.Outcome));
        switch (what)
        {
            case "starts a stream of another":
                SaveOutcome[] outcomes = [(await good).Outcome, (await bad).Outcome];
                Assert.Equal(new SaveOutcome.StreamExists(TrainOf(1), 2), Assert.Single(outcomes, o => o is not SaveOutcome.Saved));
                break;
            case "is refused by a projection":
                Assert.IsType<SaveOutcome.Saved>((await good).Outcome);
                Assert.Equal(PostgresErrorCodes.DivisionByZero, (await Assert.ThrowsAsync<PostgresException>(() => bad)).SqlState);
                break;
            default:
                Assert.IsType<SaveOutcome.Saved>((await good).Outcome);
                await Assert.ThrowsAsync<ArgumentException>(() => bad);
                break;
        }

        Assert.Equal(6, await log.Count("mt_events", _tenant));
        Assert.Equal(3, await log.Count("outbox", _tenant));
        Assert.Equal(3, await log.Count("trains.occupancy", _tenant));
        await log.AssertGapless(_tenant);
    }

    [Fact]
    public async Task a_writer_that_gives_up_lets_the_others_write()
    {
        using var gaveUp = new CancellationTokenSource();
        var held = await Hold();
        var (first, second, third) = (Write(0, stop: gaveUp), Write(1, stop: gaveUp), Write(2));
        await AssertWaiting(1);
        await gaveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        await held.DisposeAsync();
        Assert.All([await second, await third], w => Assert.IsType<SaveOutcome.Saved>(w.Outcome));
        Assert.Equal(4, await log.Count("mt_events", _tenant));
    }

    [Fact]
    public async Task a_group_whose_connection_breaks_tells_all_its_callers_and_the_next_writer_goes_on()
    {
        var held = await Hold();
        var first = Write(0);
        await AssertWaiting(1);
        var next = Hold();
        await AssertWaiting(2);
        var group = new[] { Write(1), Write(2), Write(3) };
        await held.DisposeAsync();
        Assert.IsType<SaveOutcome.Saved>((await first).Outcome);
        await AssertWaiting(1);
        await log.Execute($"select pg_terminate_backend(pid) {Waiting}", Sql.Text(_tenant));
        foreach (var written in group)
        {
            await Assert.ThrowsAnyAsync<NpgsqlException>(() => written);
        }

        Assert.Equal(2, await log.Count("mt_events", _tenant));
        await (await next).DisposeAsync();
        Assert.IsType<SaveOutcome.Saved>((await Write(4)).Outcome);
    }

    [Fact]
    public async Task the_span_of_a_writer_that_was_taken_along_links_to_that_of_who_wrote()
    {
        var spans = new ConcurrentQueue<Activity>();
        using var root = new Activity("spec").SetIdFormat(ActivityIdFormat.W3C).Start();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == LogTelemetry.Name,
            Sample = (ref _) => ActivitySamplingResult.AllData,
            ActivityStopped = span =>
            {
                if (span.TraceId == root.TraceId)
                {
                    spans.Enqueue(span);
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
        var held = await Hold();
        var written = new[] { Write(0), Write(1), Write(2), Write(3) };
        await AssertWaiting(1);
        await held.DisposeAsync();
        await Task.WhenAll(written);
        var takenAlong = spans.Where(s => s.Links.Any()).ToList();
        Assert.Equal((4, 2), (spans.Count, takenAlong.Count));
        var writer = Assert.Single(spans, s => s.Context == takenAlong[0].Links.Single().Context);
        Assert.Equal(writer.Context, takenAlong[1].Links.Single().Context);
        Assert.Empty(writer.Links);
    }

    [Fact]
    public async Task groups_and_batches_over_the_same_streams_never_deadlock_and_lose_no_change()
    {
        var trains = LogFixture.NewTrains(40);
        await log.Decide(_tenant, trains, new TrainScheduled("A", 1), _store);
        var outcomes = await BatchSpecs.InParallel(12, async writer =>
        {
            var (random, saved) = (new Random(writer), 0);
            for (var i = 0; i < 60; i++)
            {
                var mine = trains.OrderBy(_ => random.Next()).Take(writer < 3 ? 20 : 1).ToList();
                var outcome = writer < 3 ? await log.Decide(_tenant, mine, new SeatsBooked(1), _store) : await LookAndBook(mine[0]);
                Assert.True(outcome is SaveOutcome.Saved or SaveOutcome.VersionConflict { Actual: not null } && (writer >= 3 || outcome is SaveOutcome.Saved), $"{outcome}");
                saved += outcome is SaveOutcome.Saved ? mine.Count : 0;
            }

            return saved;
        });
        Assert.Equal(outcomes.Sum(), await log.Count("mt_events", _tenant) - trains.Count);
        Assert.Equal(outcomes.Sum(), await log.Scalar<decimal>("select sum(booked) from trains.occupancy where tenant_id = $1", Sql.Text(_tenant)));
        Assert.InRange(await log.Scalar<long>("select count(*) from (select 1 from mt_events where tenant_id = $1 and causation_id = 'look' group by xmin having count(*) > 1) g", Sql.Text(_tenant)), 1, long.MaxValue);
        Assert.Empty(await log.WrongSnapshots(_tenant));
        await log.AssertGapless(_tenant);
    }

    [Fact]
    public async Task two_of_a_group_on_one_stream_are_one_event_and_one_conflict()
    {
        await log.Decide(_tenant, [TrainOf(1), TrainOf(2)], new TrainScheduled("A", 1), _store);
        await using var holder = await log.DataSource.OpenConnectionAsync(LogFixture.Stop);
        await using (var hold = new NpgsqlBatch(holder))
        {
            hold.Add("begin").Add("select from mt_streams where tenant_id = $1 and id = $2 for update", Sql.Text(_tenant), Sql.Uuid(TrainOf(1)));
            await hold.ExecuteNonQueryAsync(LogFixture.Stop);
        }

        var sessions = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Look(TrainOf(1))).Append(Look(TrainOf(2))));
        var written = sessions.Select(s => s.SaveChanges(LogFixture.Stop)).ToList();
        await holder.DisposeAsync();
        var outcomes = await Task.WhenAll(written);
        Assert.Equal(3, outcomes.Count(o => o is SaveOutcome.VersionConflict { Expected: 1, Actual: 2 }));
        Assert.IsType<SaveOutcome.Saved>(outcomes[4]);
        Assert.Equal((2, 2), ((await log.Events(_tenant, TrainOf(1))).Count, (await log.Events(_tenant, TrainOf(2))).Count));
        foreach (var session in sessions)
        {
            await session.DisposeAsync();
        }
    }

    private async Task<SaveOutcome> LookAndBook(Guid train)
    {
        await using var session = await Look(train);
        return await session.SaveChanges(LogFixture.Stop);
    }

    /// <summary>A session that has seen a train without locking it, and books a seat.</summary>
    private async Task<EventSession> Look(Guid train)
    {
        var session = await _store.Open(new Caller(_tenant, null, "look", new Dictionary<string, string>()), LogFixture.Stop);
        await using var batch = session.Look();
        EventSession.AddFetch(batch, Train.Aggregate, "select $2::uuid", Sql.Text(_tenant), Sql.Uuid(train));
        await using var reader = await batch.ExecuteReaderAsync(LogFixture.Stop);
        (await session.ReadFetched(Train.Aggregate, reader, LogFixture.Stop))[train].Append(new SeatsBooked(1));
        return session;
    }

    private Guid TrainOf(int number) => StreamId.Of(_train, number.ToString(CultureInfo.InvariantCulture));

    /// <summary>Starts a train of two events with a message, and reads back how many seats are booked on it. Waits for the tenant's lock at the end.</summary>
    private async Task<(SaveOutcome Outcome, long Booked)> Write(
        int number, Guid? train = null, int? seats = null, string messageType = "train.booked", CancellationTokenSource? stop = null)
    {
        var headers = new Dictionary<string, string>(StringComparer.Ordinal) { ["number"] = number.ToString(CultureInfo.InvariantCulture) };
        await using var session = await _store.Open(new Caller(_tenant, $"call-{number}", $"cause-{number}", headers), LogFixture.Stop);
        var stream = session.Start(Train.Aggregate, train ?? TrainOf(number));
        stream.Append(new TrainScheduled("A", 100));
        stream.Append(new SeatsBooked(seats ?? number + 1));
        session.Publish(new OutboxMessage(Guid.NewGuid(), messageType, JsonSerializer.SerializeToUtf8Bytes(new { of = number })));
        session.LockLast(LockSql);
        var readBack = new QueryBatch();
        var booked = readBack.Add(new Query<long>(
            "select booked from trains.occupancy where tenant_id = $1 and train = $2", [Sql.Text(_tenant), Sql.Uuid(stream.Id)], async (reader, cancellationToken) =>
            {
                await reader.ReadAsync(cancellationToken);
                return reader.GetInt64(0);
            }));
        var outcome = await session.SaveChanges(stop?.Token ?? LogFixture.Stop, readBack);
        return (outcome, outcome is SaveOutcome.Saved ? await booked : 0);
    }

    /// <summary>Takes the lock that writers wait for, until disposed.</summary>
    private async Task<NpgsqlConnection> Hold()
    {
        var connection = await log.DataSource.OpenConnectionAsync(LogFixture.Stop);
        await using var batch = new NpgsqlBatch(connection);
        batch.Add("begin").Add(LockSql, Sql.Text(_tenant));
        await batch.ExecuteNonQueryAsync(LogFixture.Stop);
        return connection;
    }

    /// <summary>Waits until so many connections wait for the lock.</summary>
    private async Task AssertWaiting(int count)
    {
        while (await log.Scalar<long>($"select count(*) {Waiting}", Sql.Text(_tenant)) != count)
        {
            await Task.Delay(5, LogFixture.Stop);
        }
    }

    /// <summary>Refuses a booking of no seats, as the database refuses: by an error in the middle of the statements.</summary>
    private sealed class NoEmptyBooking : IProjection
    {
        public string Name => "NoEmptyBooking";

        public string Schema => "trains";

        public IReadOnlyList<string> Tables => [];

        public void Project(EventBatch events, NpgsqlBatch statements, string schema)
        {
            var booked = events.Events.Where(e => e.Data is SeatsBooked).ToList();
            statements.Add(
                $"update {schema}.occupancy o set booked = o.booked + 0 / s.seats from unnest($2::uuid[], $3::int[]) as s(train, seats) where o.tenant_id = $1 and o.train = s.train",
                Sql.Text(events.Tenant), Sql.Uuids(booked.Select(e => e.Stream)), Sql.Ints(booked.Select(e => ((SeatsBooked)e.Data).Seats)));
        }
    }
}
