using PixeeEvents.Webhooks.Sending;
using PixeeEvents.Webhooks.Tests.Testing;
using Xunit;

namespace PixeeEvents.Webhooks.Tests.Sending;

public sealed class RetryAfterSpecs
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("120", 120)]
    [InlineData(" 120 ", 120)]
    [InlineData("007", 7)]
    [InlineData("86400", 86400)]
    public void seconds_are_taken_as_they_are(string value, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), RetryAfter.Parse(value, Samples.Noon));

    [Theory]
    [InlineData("Mon, 23 Nov 2026 12:05:00 GMT")]
    [InlineData("Monday, 23-Nov-26 12:05:00 GMT")]
    [InlineData("Mon Nov 23 12:05:00 2026")]
    public void each_form_of_an_http_date_counts_from_now(string value) =>
        Assert.Equal(TimeSpan.FromMinutes(5), RetryAfter.Parse(value, Samples.Noon));

    [Theory]
    [InlineData("86401")]
    [InlineData("99999999999999999999999999")]
    [InlineData("Tue, 24 Nov 2026 12:00:01 GMT")]
    [InlineData("Fri, 31 Dec 9999 23:59:59 GMT")]
    public void no_one_is_left_alone_for_more_than_a_day(string value) =>
        Assert.Equal(TimeSpan.FromHours(24), RetryAfter.Parse(value, Samples.Noon));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("-5")]
    [InlineData("+5")]
    [InlineData("1.5")]
    [InlineData("1e3")]
    [InlineData("٣")]
    [InlineData("soon")]
    [InlineData("120 seconds")]
    [InlineData("2026-11-23T12:05:00Z")]
    [InlineData("Mon, 23 Nov 2026 11:59:59 GMT")]
    [InlineData("Mon, 99 Nov 2026 12:05:00 GMT")]
    public void junk_and_the_past_fall_back_to_the_schedule(string? value) => Assert.Null(RetryAfter.Parse(value, Samples.Noon));
}
