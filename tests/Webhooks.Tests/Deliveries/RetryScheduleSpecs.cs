using PixeeEvents.Webhooks.Deliveries;
using PixeeEvents.Webhooks.Subscriptions;
using PixeeEvents.Webhooks.Tests.Testing;
using Xunit;

namespace PixeeEvents.Webhooks.Tests.Deliveries;

public sealed class RetryScheduleSpecs
{
    [Fact]
    public void ten_attempts_span_75_hours_35_minutes_and_5_seconds()
    {
        var delays = Delays(Samples.Subscription);
        Assert.Equal(9, delays.Count);
        Assert.Equal(
            [5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400], delays.Select(d => d.TotalSeconds));
        Assert.Equal(new TimeSpan(75, 35, 5), delays.Aggregate(TimeSpan.Zero, (a, b) => a + b));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(5)]
    public void max_retries_makes_so_many_attempts_after_the_first(int retries) =>
        Assert.Equal(
            new double[] { 10, 60, 300, 600, 1200 }.Take(retries),
            Delays(Samples.Subscription with { MaxRetries = retries }).Select(d => d.TotalSeconds));

    [Fact]
    public void a_schedule_of_the_subscribers_own_takes_the_place_of_either() =>
        Assert.Equal(
            [1, 2, 3], Delays(Samples.Subscription with { MaxRetries = 5, RetryDelays = [1, 2, 3] }).Select(d => d.TotalSeconds));

    [Fact]
    public void an_empty_schedule_is_a_single_attempt() => Assert.Empty(Delays(Samples.Subscription with { RetryDelays = [] }));

    [Fact]
    public void no_attempt_was_made_yet_means_no_delay_to_ask_for() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => RetrySchedule.DelayAfter(Samples.Subscription, 0, 0.5));

    [Fact]
    public void delays_are_uniformly_spread_within_20_percent_of_the_schedule()
    {
        const int Draws = 100_000;
        var random = new Random(1);
        for (var attempt = 1; attempt <= 9; attempt++)
        {
            var scheduled = RetrySchedule.DelayAfter(Samples.Subscription, attempt, 0.5)!.Value;
            var tenths = new int[10];
            for (var i = 0; i < Draws; i++)
            {
                var ratio = RetrySchedule.DelayAfter(Samples.Subscription, attempt, random.NextDouble())!.Value / scheduled;
                Assert.InRange(ratio, 0.8, 1.2);
                tenths[Math.Min(9, (int)((ratio - 0.8) / 0.04))]++;
            }

            // Six standard deviations of a fair tenth.
            Assert.All(tenths, n => Assert.InRange(n, (Draws / 10) - 570, (Draws / 10) + 570));
        }
    }

    private static List<TimeSpan> Delays(Subscription subscription)
    {
        var delays = new List<TimeSpan>();
        while (RetrySchedule.DelayAfter(subscription, delays.Count + 1, 0.5) is { } delay)
        {
            delays.Add(delay);
        }

        Assert.Null(RetrySchedule.DelayAfter(subscription, delays.Count + 2, 0.5));
        return delays;
    }
}
