using System.Globalization;
using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Xunit;

namespace PixeeEvents.Host.Tests.Http;

public sealed class FailedAuthenticationsSpecs
{
    private readonly Clock _clock = new();
    private readonly FailedAuthentications _failures;

    public FailedAuthenticationsSpecs() => _failures = new FailedAuthentications(
        Options.Create(new RateLimitOptions { FailedAuthentications = 10 }), _clock, NullLogger<FailedAuthentications>.Instance);

    [Fact]
    public void an_address_may_try_until_it_was_wrong_too_often()
    {
        Fail(9);
        Assert.Null(_failures.RetryAfter("a"));
        Fail(1);
        Assert.NotNull(_failures.RetryAfter("a"));
        Assert.Null(_failures.RetryAfter("b"));
    }

    [Theory]
    [InlineData(10, 0)]
    [InlineData(10, 59)]
    [InlineData(200, 30)]
    [InlineData(10_000, 1)]
    public void an_address_may_try_again_when_it_was_told_to_and_not_before(int times, int second)
    {
        _clock.Pass(second);
        Fail(times);
        var seconds = _failures.RetryAfter("a");
        Assert.NotNull(seconds);
        _clock.Pass(seconds.Value - 2);
        Assert.NotNull(_failures.RetryAfter("a"));
        _clock.Pass(2);
        Assert.Null(_failures.RetryAfter("a"));
    }

    [Fact]
    public void what_failed_in_the_last_minute_counts_in_part()
    {
        Fail(9);
        _clock.Pass(66);
        Fail(1);
        Assert.Null(_failures.RetryAfter("a"));
        Fail(1);
        Assert.NotNull(_failures.RetryAfter("a"));
        _clock.Pass(10);
        Assert.Null(_failures.RetryAfter("a"));
    }

    [Fact]
    public void two_quiet_minutes_are_forgotten_whole()
    {
        Fail(10_000);
        _clock.Pass(121);
        Assert.Null(_failures.RetryAfter("a"));
        Assert.Equal(0, _failures.Count);
    }

    [Fact]
    public void memory_is_bounded_whoever_calls()
    {
        for (var n = 0; n < 3 * FailedAuthentications.MaxAddresses; n++)
        {
            _failures.Add(n.ToString(CultureInfo.InvariantCulture));
        }

        Assert.InRange(_failures.Count, 1, 2 * FailedAuthentications.MaxAddresses);
        Fail(10);
        Assert.NotNull(_failures.RetryAfter("a"));
    }

    [Theory]
    [InlineData("203.0.113.7", "203.0.113.7")]
    [InlineData("::ffff:203.0.113.7", "203.0.113.7")]
    [InlineData("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64")]
    [InlineData("2001:db8:1:2::", "2001:db8:1:2::/64")]
    public void an_ipv6_address_counts_for_its_network(string address, string caller) =>
        Assert.Equal(caller, ClientAddress.Of(IPAddress.Parse(address)));

    private void Fail(int times)
    {
        for (var n = 0; n < times; n++)
        {
            _failures.Add("a");
        }
    }

    private sealed class Clock : TimeProvider
    {
        private long _now = 5;

        public override long TimestampFrequency => 1000;

        public override long GetTimestamp() => _now;

        public void Pass(int seconds) => _now += seconds * TimestampFrequency;
    }
}
