using Xunit;

namespace PixeeEvents.EventLog.Tests.Reading;

public sealed class PositionSpecs(LogFixture log) : IClassFixture<LogFixture>
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 29, 12, 0, 0, TimeSpan.FromHours(2));

    [Fact]
    public async Task the_position_of_a_time_has_every_event_of_that_time_or_later_behind_it_and_none_that_could_be_left_out()
    {
        Assert.Equal(0, await Position(Noon));
        var tenant = LogFixture.NewTenant();
        await log.Execute(
            "insert into mt_streams (tenant_id, id, type, version) select $1, gen_random_uuid(), 'train', 1", Sql.Text(tenant));

        // Positions with holes, several events of one moment, one event a minute.
        await log.Execute(
            """
            insert into mt_events (seq_id, id, stream_id, version, data, type, tenant_id, timestamp)
            select 3 * n + n % 2, gen_random_uuid(), s.id, n, '{"Seats":1}', 'seats_booked', $1, $2 + n / 3 * interval '1 minute'
            from generate_series(1, 200) n, mt_streams s where s.tenant_id = $1
            """,
            Sql.Text(tenant), Sql.Timestamp(Noon));
        var stored = (await log.Rows("select seq_id || '|' || extract(epoch from timestamp)::bigint from mt_events order by seq_id"))
            .ConvertAll(r => (Sequence: long.Parse(r.Split('|')[0]), At: DateTimeOffset.FromUnixTimeSeconds(long.Parse(r.Split('|')[1]))));
        Assert.Equal(200, stored.Count);
        for (var seconds = -90; seconds < 70 * 60; seconds += 30)
        {
            var time = Noon.AddSeconds(seconds);
            var position = await Position(time);
            var left = stored.Where(e => e.Sequence <= position).ToList();
            Assert.DoesNotContain(left, e => e.At >= time);
            Assert.Equal(stored.Count(e => e.At < time), left.Count);
        }

        Assert.Equal(0, await Position(DateTimeOffset.UnixEpoch));
        Assert.Equal(stored[^1].Sequence, await Position(DateTimeOffset.UtcNow.AddYears(9)));
    }

    [Fact]
    public async Task the_margin_is_taken_off_the_time()
    {
        var time = Noon.AddMinutes(10);
        Assert.Equal(
            await log.Log.PositionOf(time.AddMinutes(-3), TimeSpan.Zero, LogFixture.Stop),
            await log.Log.PositionOf(time, TimeSpan.FromMinutes(3), LogFixture.Stop));
    }

    private Task<long> Position(DateTimeOffset time) => log.Log.PositionOf(time, TimeSpan.Zero, LogFixture.Stop);
}
