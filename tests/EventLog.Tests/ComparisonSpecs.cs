using System.Text.Json;
using Xunit;

namespace PixeeEvents.EventLog.Tests;

public sealed class ComparisonSpecs(LogFixture log) : IClassFixture<LogFixture>
{
    private readonly string _tenant = LogFixture.NewTenant();
    private readonly List<Guid> _trains = LogFixture.NewTrains(40);

    private Comparison Comparison => new(log.Store, log.Log, log.Rebuild);

    [Fact]
    public async Task what_is_shown_and_what_the_log_says_are_told_apart_row_by_row()
    {
        await log.Append(_tenant, _trains, new SeatsBooked(3));
        Assert.Equal(0, (await Comparison.Projection(log.Store.Rows[0], LogFixture.Stop)).Different);
        await log.Execute(
            """
            update trains.occupancy set booked = 99 where tenant_id = $1 and train = $2
            """,
            Sql.Text(_tenant), Sql.Uuid(_trains[0]));
        await log.Execute("delete from trains.occupancy where tenant_id = $1 and train = $2", Sql.Text(_tenant), Sql.Uuid(_trains[1]));
        var stranger = Guid.NewGuid();
        await log.Execute(
            """
            insert into trains.occupancy select (jsonb_populate_record(o, jsonb_build_object('train', $3))).*
            from trains.occupancy o where o.tenant_id = $1 and o.train = $2
            """,
            Sql.Text(_tenant), Sql.Uuid(_trains[2]), Sql.Text(stranger.ToString()));
        var compared = await Comparison.Projection(log.Store.Rows[0], LogFixture.Stop);
        Assert.Equal(3, compared.Different);
        Assert.Equal(
            new[] { $"{_trains[0]} 99 3", $"{_trains[1]} - 3", $"{stranger} 3 -" }.Order(StringComparer.Ordinal),
            compared.Examples.Select(e => $"{e.Key.GetProperty("train")} {Booked(e.Running)} {Booked(e.Built)}")
                .Order(StringComparer.Ordinal));
        await log.Rebuild.Projection(log.Store.Rows[0], null, LogFixture.Stop);
        Assert.Equal(0, (await Comparison.Projection(log.Store.Rows[0], LogFixture.Stop)).Different);

        static string Booked(JsonElement? row) => row is { } shown ? shown.GetProperty("booked").ToString() : "-";
    }

    [Fact]
    public async Task a_snapshot_is_compared_but_for_the_time_it_was_written_at()
    {
        await log.Append(_tenant, _trains, new SeatsBooked(3));
        await log.Execute("update mt_doc_train set mt_last_modified = now() - interval '1 day' where tenant_id = $1", Sql.Text(_tenant));
        Assert.Equal(0, (await Comparison.Snapshot(log.Store.Snapshots[0], LogFixture.Stop)).Different);
        await log.Execute(
            "update mt_doc_train set data = '{}' where tenant_id = $1 and id = $2", Sql.Text(_tenant), Sql.Uuid(_trains[0]));
        var compared = await Comparison.Snapshot(log.Store.Snapshots[0], LogFixture.Stop);
        Assert.Equal((1, _trains[0]), (compared.Different, Assert.Single(compared.Examples).Key.GetProperty("id").GetGuid()));
        await log.Rebuild.Snapshot(log.Store.Snapshots[0], LogFixture.Stop);
    }

    [Fact]
    public async Task a_comparison_beside_busy_writers_finds_no_difference_and_leaves_nothing()
    {
        await log.Append(_tenant, _trains, new SeatsBooked(1));
        using var stop = new CancellationTokenSource();
        var writers = BatchSpecs.InParallel(4, async writer =>
        {
            var (random, written) = (new Random(writer), 0);
            while (!stop.IsCancellationRequested)
            {
                await (writer % 2 == 0
                    ? log.AppendSingle(_tenant, _trains[random.Next(_trains.Count)], new SeatsBooked(1))
                    : (Task)log.Append(_tenant, [.. _trains.OrderBy(_ => random.Next()).Take(5)], new SeatsBooked(1)));
                written++;
            }

            return written;
        });
        for (var i = 0; i < 10; i++)
        {
            var (rows, snapshots) = (
                await Comparison.Projection(log.Store.Rows[0], LogFixture.Stop),
                await Comparison.Snapshot(log.Store.Snapshots[0], LogFixture.Stop));
            Assert.Equal((0, 0), (rows.Different, snapshots.Different));
            Assert.True(rows.Rows >= 40 && snapshots.Rows >= 40);
        }

        await stop.CancelAsync();
        Assert.All(await writers, written => Assert.True(written > 5));
        Assert.Equal(
            ["1", "1"],
            await log.Rows("select count(*) from pg_class where relname in ('occupancy', 'mt_doc_train') group by relname"));
    }
}
