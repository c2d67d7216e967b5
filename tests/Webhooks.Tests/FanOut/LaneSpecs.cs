using PixeeEvents.Webhooks.FanOut;
using Xunit;

namespace PixeeEvents.Webhooks.Tests.FanOut;

public sealed class LaneSpecs
{
    private static readonly Guid First = new("00000000-0000-0000-0000-000000000001");
    private static readonly Guid Second = new("00000000-0000-0000-0000-000000000002");
    private static readonly Guid New = new("00000000-0000-0000-0000-000000000009");

    [Fact]
    public void statement_21_only_the_first_of_a_lane_is_due()
    {
        var lane = new Lane([]);
        Assert.True(lane.Add(First, 0, supersedes: true, latestWins: false).IsDue);
        Assert.False(lane.Add(Second, 1, supersedes: true, latestWins: false).IsDue);
    }

    [Fact]
    public void statement_21_a_newer_version_passes_a_failing_one_by_superseding_it_and_tells_from_where_that_did()
    {
        var (isDue, superseded, from) = new Lane([new Waiting(First, InFlight: false, HasFailed: true, 3)])
            .Add(New, 4, supersedes: true, latestWins: false);
        Assert.True(isDue);
        Assert.Equal([First], superseded);
        Assert.Equal(3, from);
    }

    [Fact]
    public void statement_21_strict_order_waits_behind_a_failing_one()
    {
        var (isDue, superseded, _) = new Lane([new Waiting(First, InFlight: false, HasFailed: true, 3)])
            .Add(New, 4, supersedes: false, latestWins: false);
        Assert.False(isDue);
        Assert.Empty(superseded);
    }

    [Fact]
    public void what_is_in_flight_is_waited_for()
    {
        var (isDue, superseded, _) = new Lane([new Waiting(First, InFlight: true, HasFailed: true, 3)])
            .Add(New, 4, supersedes: true, latestWins: false);
        Assert.False(isDue);
        Assert.Empty(superseded);
    }

    [Fact]
    public void statement_25_by_default_every_change_is_kept()
    {
        var (isDue, superseded, _) = new Lane([new Waiting(First, InFlight: false, HasFailed: false, 3)])
            .Add(New, 4, supersedes: true, latestWins: false);
        Assert.False(isDue);
        Assert.Empty(superseded);
    }

    [Fact]
    public void statement_25_the_latest_takes_the_place_of_all_that_have_not_left_and_tells_from_the_first_of_them_on()
    {
        var lane = new Lane(
            [new Waiting(First, InFlight: true, HasFailed: false, 3), new Waiting(Second, InFlight: false, HasFailed: false, 4)]);
        var (isDue, superseded, from) = lane.Add(New, 5, supersedes: true, latestWins: true);
        Assert.False(isDue);
        Assert.Equal([Second], superseded);
        Assert.Equal(4, from);
        var (next, replaced, merged) = new Lane([new Waiting(First, InFlight: false, HasFailed: true, 3)])
            .Add(New, 5, supersedes: true, latestWins: true);
        Assert.True(next);
        Assert.Equal([First], replaced);
        Assert.Equal(3, merged);
    }
}
