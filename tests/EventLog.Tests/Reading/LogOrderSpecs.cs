using JasperFx.Events;
using Npgsql;
using Xunit;

namespace PixeeEvents.EventLog.Tests.Reading;

public sealed class LogOrderSpecs(LogFixture log) : IClassFixture<LogFixture>
{
    private readonly string _tenant = LogFixture.NewTenant();
    private readonly Guid _train = Guid.NewGuid();

    [Fact]
    public async Task events_committed_out_of_order_are_all_delivered()
    {
        var start = await log.Mark.Settle(LogFixture.Stop);
        await using var slow = await RawTransaction();
        var slowNumber = await InsertRaw(slow, _train);
        var fast = (await log.Append(_tenant, Guid.NewGuid(), new SeatsBooked(2))).Sequence;
        Assert.True(fast > slowNumber);

        var (events, position) = await log.Log.ReadAfter(start, 100, LogFixture.Stop);
        Assert.Empty(events);
        Assert.True(position < slowNumber);
        await Execute(slow, "commit");
        var (seen, _) = await ReadUntil(position, fast);
        Assert.Equal([slowNumber, fast], seen);
    }

    [Fact]
    public async Task the_mark_never_passes_a_number_that_is_drawn_and_not_committed()
    {
        await using var slow = await RawTransaction();
        var drawn = (long)(await Scalar(slow, "select nextval('mt_events_sequence')"))!;
        for (var i = 0; i < 30; i++)
        {
            await log.Append(_tenant, _train, new SeatsBooked(1));
            Assert.InRange(await log.Mark.Read(LogFixture.Stop), 0, drawn - 1);
            Assert.InRange(await new SettledMark(log.DataSource).ReadOnce(TimeSpan.FromMilliseconds(20)), -1, drawn - 1);
        }

        await Execute(slow, "rollback");
        Assert.True(await log.Mark.Read(LogFixture.Stop) >= drawn + 30);
    }

    [Fact]
    public async Task a_rolled_back_append_leaves_no_wait()
    {
        var start = await log.Mark.Settle(LogFixture.Stop);
        await using (var failing = await RawTransaction())
        {
            await InsertRaw(failing, _train);
            await Execute(failing, "rollback");
        }

        await using (await RawTransaction("select nextval('mt_events_sequence')"))
        {
            // Its connection breaks off in the middle of the transaction.
        }

        var saved = (await log.Append(_tenant, _train, new SeatsBooked(1))).Sequence;
        Assert.True(saved >= start + 3);
        var (events, position) = await log.Log.ReadAfter(start, 100, LogFixture.Stop);
        Assert.Equal([saved], events.Select(e => e.Sequence));
        Assert.Equal(saved, position);
    }

    [Theory]
    [InlineData("begin isolation level repeatable read read only", "select count(*) from trains.unrelated")]
    [InlineData("begin", "insert into trains.unrelated values (1)")]
    [InlineData("begin", "select count(*) from mt_events")]
    [InlineData("begin", "select last_value from mt_events_sequence")]
    public async Task a_strangers_idle_transaction_does_not_stall_the_mark(string begin, string work)
    {
        await using var stranger = await log.DataSource.OpenConnectionAsync(LogFixture.Stop);
        await Execute(stranger, begin);
        await Execute(stranger, work);
        await AssertMarkMoves();
        await Execute(stranger, "commit");
    }

    [Theory]
    [InlineData("select pg_sleep(30)")]
    [InlineData("with w as (insert into trains.unrelated values (1) returning id) select pg_sleep(30) from w")]
    public async Task a_strangers_active_statement_does_not_stall_the_mark(string work)
    {
        await using var stranger = await log.DataSource.OpenConnectionAsync(LogFixture.Stop);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(LogFixture.Stop);
        await using var command = new NpgsqlCommand(work, stranger);
        var running = command.ExecuteNonQueryAsync(cancel.Token);
        await AssertMarkMoves();
        Assert.False(running.IsCompleted);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    [Fact]
    public async Task a_writer_that_never_ends_holds_the_mark_at_its_own_number_however_often_it_is_asked()
    {
        await using var slow = await RawTransaction();
        var first = await InsertRaw(slow, _train);
        var mark = new SettledMark(log.DataSource);
        await BatchSpecs.InParallel(4, async _ =>
        {
            for (var i = 0; i < 60; i++)
            {
                await log.Append(_tenant, Guid.NewGuid(), new SeatsBooked(1));
                Assert.InRange(await log.Mark.Read(LogFixture.Stop), 0, first - 1);
            }

            return 0;
        });
        await Execute(slow, "commit");
        Assert.Equal(await log.Scalar<long>("select max(seq_id) from mt_events"), await mark.Settle(LogFixture.Stop));
        Assert.Equal(await mark.Read(LogFixture.Stop), await log.Mark.Settle(LogFixture.Stop));
    }

    [Fact]
    public async Task what_martens_daemon_holds_for_its_high_water_mark_is_not_taken_for_settled()
    {
        await using var slow = await RawTransaction();
        var number = await InsertRaw(slow, _train);
        await log.Execute("select mt_mark_event_progression('HighWaterMark', $1)", Sql.Long(number + 1000));
        Assert.InRange(await new SettledMark(log.DataSource).ReadOnce(TimeSpan.FromMilliseconds(200)), -1, number - 1);
        await Execute(slow, "commit");
        Assert.True(await log.Mark.Settle(LogFixture.Stop) >= number);
    }

    [Fact]
    public async Task a_mark_that_was_saved_is_known_at_once_to_a_node_that_starts_while_a_writer_hangs()
    {
        await log.Append(_tenant, Guid.NewGuid(), new SeatsBooked(1));
        var settled = await log.Mark.Settle(LogFixture.Stop);
        await log.Mark.Save(LogFixture.Stop);
        await using var slow = await RawTransaction();
        await InsertRaw(slow, _train);
        Assert.InRange(await new SettledMark(log.DataSource).ReadOnce(TimeSpan.FromSeconds(20)), settled, long.MaxValue);
        await Execute(slow, "commit");
    }

    [Fact]
    public async Task a_mark_that_was_saved_is_known_at_once_to_the_node_that_saved_it_while_a_writer_hangs()
    {
        await log.Append(_tenant, Guid.NewGuid(), new SeatsBooked(1));
        var mark = new SettledMark(log.DataSource);
        await mark.Save(LogFixture.Stop);
        var saved = await log.Scalar<long>("select last_seq_id from mt_event_progression where name = 'SettledMark'");
        Assert.True(saved > 0);
        await using var slow = await RawTransaction();
        await InsertRaw(slow, _train);
        Assert.Equal(saved, await mark.ReadOnce(TimeSpan.FromSeconds(20)));
        await Execute(slow, "commit");
    }

    [Fact]
    public async Task settling_waits_for_the_writers_that_were_there()
    {
        await using var slow = await RawTransaction();
        var number = await InsertRaw(slow, _train);
        var settling = log.Mark.Settle(LogFixture.Stop);
        await Task.Delay(60, LogFixture.Stop);
        Assert.False(settling.IsCompleted);
        await Execute(slow, "commit");
        Assert.True(await settling >= number);
    }

    [Fact]
    public async Task per_stream_order_survives_concurrent_batches_and_every_reader_sees_every_event_once()
    {
        var start = await log.Mark.Settle(LogFixture.Stop);
        var (trains, others) = (LogFixture.NewTrains(12), LogFixture.NewTrains(8));
        using var done = new CancellationTokenSource();
        var last = 0L;
        var readers = Enumerable.Range(0, 4).Select(i => Task.Run(async () =>
        {
            // Two nodes with two readers each: readers of a node share its mark.
            var reader = i < 2 ? log.Log : new LogReader(log.Store, new SettledMark(log.DataSource));
            var (seen, steps, position) = (new List<IEvent>(), new List<(long Position, DateTimeOffset At)>(), start);
            while (!done.IsCancellationRequested || position < Interlocked.Read(ref last))
            {
                var (events, next) = await reader.ReadAfter(position, 1 + (i * 37), LogFixture.Stop);
                Assert.True(next >= position && events.All(e => e.Sequence > position && e.Sequence <= next));
                seen.AddRange(events);
                if (next > position)
                {
                    steps.Add((next, DateTimeOffset.UtcNow));
                }

                position = next;
            }

            return (Seen: seen, Steps: steps);
        })).ToList();
        await BatchSpecs.InParallel(8, async writer =>
        {
            var random = new Random(writer);
            for (var i = 0; i < 40; i++)
            {
                var mine = trains.OrderBy(_ => random.Next()).Take(5).ToList();
                switch (random.Next(4))
                {
                    case 0: await log.Append(_tenant, mine, new SeatsBooked(1), new SeatsBooked(2)); break;
                    case 1: await log.AppendSingle(_tenant, mine[0], new SeatsBooked(1)); break;
                    case 2: await log.AppendStored(_tenant, others[writer], null, ("seats_booked", """{"Seats":1}""")); break;
                    default:
                        await using (await RawTransaction("select nextval('mt_events_sequence') from generate_series(1, 3)"))
                        {
                            await Task.Delay(random.Next(4), LogFixture.Stop);
                        }

                        break;
                }
            }

            return 0;
        });
        Interlocked.Exchange(ref last, await log.Scalar<long>("select max(seq_id) from mt_events"));
        await done.CancelAsync();
        var stored = await log.Rows("select seq_id from mt_events where seq_id > $1 order by seq_id", Sql.Long(start));
        Assert.True(stored.Count > 300);
        foreach (var (i, (seen, steps)) in (await Task.WhenAll(readers)).Index())
        {
            if (stored.Except(seen.Select(e => e.Sequence.ToString())).FirstOrDefault() is { } missed)
            {
                // Who wrote it, and when the reader went past it.
                var (passed, at) = steps.Find(s => s.Position >= long.Parse(missed, System.Globalization.CultureInfo.InvariantCulture));
                var around = await log.Rows(
                    "select concat_ws(' ', seq_id, type, version, 'xmin', xmin, timestamp) from mt_events where seq_id between $1::bigint - 20 and $1::bigint + 20 order by seq_id",
                    Sql.Long(long.Parse(missed, System.Globalization.CultureInfo.InvariantCulture)));
                Assert.Fail($"reader {i} missed {missed} and was at {passed} at {at:O}\n{string.Join('\n', around)}");
            }

            Assert.Equal(stored, seen.Select(e => e.Sequence.ToString()));
            Assert.All(
                seen.GroupBy(e => e.StreamId),
                g => Assert.Equal(Enumerable.Range(1, g.Count()).Select(v => (long)v), g.Select(e => e.Version)));
        }
    }

    private async Task AssertMarkMoves()
    {
        await Task.Delay(20, LogFixture.Stop);
        var saved = (await log.Append(_tenant, _train, new SeatsBooked(1))).Sequence;
        Assert.Equal(saved, await log.Mark.Read(LogFixture.Stop));
    }

    private async Task<(List<long> Seen, long Position)> ReadUntil(long position, long last)
    {
        var seen = new List<long>();
        while (position < last)
        {
            var (events, next) = await log.Log.ReadAfter(position, 100, LogFixture.Stop);
            seen.AddRange(events.Select(e => e.Sequence));
            position = next;
        }

        return (seen, position);
    }

    private async Task<NpgsqlConnection> RawTransaction(string? work = null)
    {
        var connection = await log.DataSource.OpenConnectionAsync(LogFixture.Stop);
        await Execute(connection, "begin");
        if (work is not null)
        {
            await Execute(connection, work);
        }

        return connection;
    }

    private async Task<long> InsertRaw(NpgsqlConnection connection, Guid stream)
    {
        await Execute(connection, $"insert into mt_streams (tenant_id, id, type, version) values ('{_tenant}', '{stream}', 'train', 1)");
        return (long)(await Scalar(
            connection,
            $"insert into mt_events (seq_id, id, stream_id, version, data, type, tenant_id) values (nextval('mt_events_sequence'), gen_random_uuid(), '{stream}', 1, '{{\"Seats\":1}}', 'seats_booked', '{_tenant}') returning seq_id"))!;
    }

    private static async Task Execute(NpgsqlConnection connection, string sql) => await Scalar(connection, sql);

    private static async Task<object?> Scalar(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(LogFixture.Stop);
    }
}

internal static class Marks
{
    /// <summary>What the mark says within a time; -1 when it knows nothing yet.</summary>
    public static async Task<long> ReadOnce(this SettledMark mark, TimeSpan time)
    {
        using var limit = new CancellationTokenSource(time);
        try
        {
            return await mark.Read(limit.Token);
        }
        catch (OperationCanceledException)
        {
            return -1;
        }
    }
}
