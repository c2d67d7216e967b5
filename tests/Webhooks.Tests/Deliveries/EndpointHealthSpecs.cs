using PixeeEvents.Webhooks.Deliveries;
using PixeeEvents.Webhooks.Reports;
using PixeeEvents.Webhooks.Sending;
using Xunit;

namespace PixeeEvents.Webhooks.Tests.Deliveries;

public sealed class EndpointHealthSpecs
{
    private static readonly DateTimeOffset Start = new(2026, 11, 1, 8, 0, 0, TimeSpan.Zero);
    private static readonly Guid A = new("00000000-0000-0000-0000-00000000000a");
    private static readonly EndpointHealth Healthy = new();

    [Theory]
    [InlineData(200, Verdict.Delivered)]
    [InlineData(299, Verdict.Delivered)]
    [InlineData(301, Verdict.Refused)]
    [InlineData(308, Verdict.Refused)]
    [InlineData(400, Verdict.Refused)]
    [InlineData(408, Verdict.Overloaded)]
    [InlineData(410, Verdict.Gone)]
    [InlineData(429, Verdict.Overloaded)]
    [InlineData(500, Verdict.Overloaded)]
    [InlineData(503, Verdict.Overloaded)]
    internal void statement_6_only_200_to_299_succeeds(int status, Verdict verdict) =>
        Assert.Equal(verdict, EndpointHealth.Judge(Answered(status)));

    [Fact]
    public void statement_6_no_answer_is_no_success() =>
        Assert.Equal(
            Verdict.Unreachable, EndpointHealth.Judge(new Answer(null, AttemptError.Timeout, TimeSpan.Zero, null, null, null, null)));

    [Fact]
    public void statement_7_a_retry_after_holds_the_whole_endpoint_and_a_shorter_one_does_not_cut_it()
    {
        var held = Fail(Healthy, Verdict.Overloaded, A, Start, retryAfter: TimeSpan.FromMinutes(10));
        Assert.Equal(Start.AddMinutes(10), held.HoldUntil);
        Assert.Equal(
            Start.AddMinutes(10), Fail(held, Verdict.Overloaded, A, Start.AddSeconds(1), retryAfter: TimeSpan.FromMinutes(1)).HoldUntil);
        Assert.Equal(Start.AddMinutes(10), held.AfterSuccess(Start.AddSeconds(1)).HoldUntil);
    }

    [Fact]
    public void statement_27_the_breaker_opens_when_three_events_in_a_row_find_nobody()
    {
        var health = Healthy;
        foreach (var n in Enumerable.Range(0, 3))
        {
            Assert.False(health.IsOpen);
            health = Fail(health, Verdict.Unreachable, A, Start.AddSeconds(n), delivery: Guid.NewGuid());
        }

        Assert.True(health.IsOpen);
        Assert.Equal(Start.AddSeconds(2) + EndpointHealth.ProbeEvery, health.HoldUntil);
        var probed = Fail(health, Verdict.Unreachable, A, Start.AddSeconds(40), delivery: Guid.NewGuid());
        Assert.Equal(Start.AddSeconds(70), probed.HoldUntil);
    }

    [Fact]
    public void statement_21_one_failing_entity_does_not_open_the_breaker_on_the_others()
    {
        var health = Healthy;
        foreach (var n in Enumerable.Range(0, 20))
        {
            health = Fail(health, Verdict.Overloaded, A, Start.AddSeconds(n), delivery: Guid.NewGuid());
        }

        Assert.False(health.IsOpen);
        Assert.Null(health.HoldUntil);
    }

    [Fact]
    public void an_event_that_is_refused_says_nothing_against_the_endpoint()
    {
        var health = Healthy;
        foreach (var n in Enumerable.Range(0, 20))
        {
            health = Fail(health, Verdict.Refused, Guid.NewGuid(), Start.AddSeconds(n));
        }

        Assert.False(health.IsOpen);
    }

    [Fact]
    public void statement_26_what_was_down_gets_one_request_a_second_then_more_while_it_answers_and_half_when_it_fails()
    {
        var health = (Healthy with { IsOpen = true, HoldUntil = Start }).AfterSuccess(Start);
        Assert.False(health.IsOpen);
        Assert.Null(health.HoldUntil);
        Assert.Equal(1, health.Pace);
        foreach (var second in Enumerable.Range(1, 20))
        {
            health = health.AfterSuccess(Start.AddSeconds(second));
        }

        Assert.Equal(2m, health.Pace!.Value, 3);
        Assert.Equal(1m, Fail(health, Verdict.Overloaded, A, Start.AddSeconds(21)).Pace!.Value, 3);
        foreach (var second in Enumerable.Range(21, 300))
        {
            health = health.AfterSuccess(Start.AddSeconds(second));
        }

        Assert.Null(health.Pace);
    }

    [Fact]
    public void statement_26_no_second_of_the_recovery_has_more_than_three_times_the_mean_of_its_minute()
    {
        var health = (Healthy with { IsOpen = true }).AfterSuccess(Start);
        var paces = new List<decimal>();
        for (var second = 1; health.Pace is { } pace; second++)
        {
            paces.Add(pace);
            health = health.AfterSuccess(Start.AddSeconds(second));
        }

        Assert.InRange(paces.Count, 100, 1000);
        for (var end = 60; end < paces.Count; end++)
        {
            Assert.True(paces[end - 1] <= 3 * paces.GetRange(end - 60, 60).Average());
        }
    }

    [Fact]
    public void statement_17_disabled_only_after_five_days_and_twenty_attempts_with_notices_at_half_and_a_day_before()
    {
        var (health, notices) = (Healthy, new List<(HealthNotice Notice, TimeSpan At)>());
        for (var hour = 0; notices is not [.., { Notice: HealthNotice.Disabled }]; hour++)
        {
            (health, var notice) = health.AfterFailure(Verdict.Refused, A, A, null, counts: true, Start.AddHours(hour));
            if (notice is { } told)
            {
                notices.Add((told, TimeSpan.FromHours(hour)));
            }
        }

        Assert.Equal(
            [
                (HealthNotice.Failing, TimeSpan.FromHours(60)), (HealthNotice.DisableTomorrow, TimeSpan.FromHours(96)),
                (HealthNotice.Disabled, TimeSpan.FromHours(120))], notices);
    }

    [Fact]
    public void statement_17_few_attempts_do_not_disable_and_the_day_after_the_warning_is_kept()
    {
        var health = Healthy;
        HealthNotice? notice = null;
        foreach (var day in Enumerable.Range(0, 19))
        {
            (health, notice) = health.AfterFailure(Verdict.Refused, A, A, null, counts: true, Start.AddDays(day));
            Assert.NotEqual(HealthNotice.Disabled, notice);
        }

        (_, notice) = health.AfterFailure(Verdict.Refused, A, A, null, counts: true, Start.AddDays(19));
        Assert.Equal(HealthNotice.Disabled, notice);
        var late = Healthy with { FailingSince = Start, FailedAttempts = 100 };
        (late, notice) = late.AfterFailure(Verdict.Refused, A, A, null, counts: true, Start.AddDays(6));
        Assert.Equal(HealthNotice.Failing, notice);
        (late, notice) = late.AfterFailure(Verdict.Refused, A, A, null, counts: true, Start.AddDays(6).AddMinutes(1));
        Assert.Equal(HealthNotice.DisableTomorrow, notice);
        Assert.Null(late.AfterFailure(Verdict.Refused, A, A, null, counts: true, Start.AddDays(6).AddHours(1)).Notice);
        Assert.Equal(
            HealthNotice.Disabled, late.AfterFailure(Verdict.Refused, A, A, null, counts: true, Start.AddDays(7).AddHours(1)).Notice);
    }

    [Fact]
    public void statement_17_a_success_resets_and_sends_by_hand_never_count()
    {
        var failing = Healthy with { FailingSince = Start, FailedAttempts = 100, Notices = 2, NoticedAt = Start.AddDays(4) };
        var (byHand, notice) = failing.AfterFailure(Verdict.Refused, A, A, null, counts: false, Start.AddDays(6));
        Assert.Null(notice);
        Assert.Equal((100, Start), (byHand.FailedAttempts, byHand.FailingSince));
        var well = failing.AfterSuccess(Start.AddDays(6));
        Assert.Equal((null, 0, 0), (well.FailingSince, well.FailedAttempts, well.Notices));
    }

    private static EndpointHealth Fail(
        EndpointHealth health, Verdict verdict, Guid lane, DateTimeOffset now, Guid? delivery = null, TimeSpan? retryAfter = null) =>
        health.AfterFailure(verdict, lane, delivery ?? lane, retryAfter, counts: true, now).Health;

    private static Answer Answered(int status) =>
        new(status, status is >= 200 and < 300 ? null : AttemptError.Status, TimeSpan.Zero, null, null, null, null);
}
