using Npgsql;
using PixeeEvents.Http.Availability;
using Xunit;

namespace PixeeEvents.Host.Tests.Availability.Database;

public sealed class OutageLogSpecs
{
    private readonly StillClock _clock = new();
    private readonly Lines<OutageLog> _lines = new();
    private readonly OutageLog _log;

    public OutageLogSpecs() => _log = new OutageLog(_lines, _clock);

    [Fact]
    public void an_outage_is_told_once_when_it_begins_and_once_with_a_count_when_it_is_over()
    {
        for (var call = 0; call < 1000; call++)
        {
            Assert.True(_log.Report(Refused("57P01", "terminating connection")));
            _clock.Advance(TimeSpan.FromMilliseconds(90));
            _log.Sweep();
        }

        Assert.Equal(
            "The database cannot be reached. 57P01: terminating connection. Until it is over, calls are answered 503 and this is not said again", Assert.Single(_lines.All));
        _clock.Advance(OutageLog.Quiet);
        _log.Sweep();
        _log.Sweep();
        Assert.Equal(2, _lines.All.Count);
        Assert.Equal("Over: The database cannot be reached. It was met 1000 times in 89.9 s", _lines.All[1]);
        _log.Report(Refused("57P01", "again"));
        Assert.Equal(3, _lines.All.Count);
    }

    [Fact]
    public void each_kind_is_told_of_its_own()
    {
        _log.Report(Refused("57P03", "starting"));
        _log.Report(Refused("55P03", "lock"));
        _log.Report(Refused("57P02", "crashed"));
        Assert.Equal(2, _lines.All.Count);
    }

    [Fact]
    public void a_fault_of_ours_is_left_to_whoever_asks()
    {
        Assert.False(_log.Report(Refused("42P01", "no such table")));
        Assert.False(_log.Report(new InvalidOperationException()));
        Assert.Empty(_lines.All);
    }

    private static PostgresException Refused(string state, string text) => new(text, "FATAL", "FATAL", state);
}
