using Microsoft.Extensions.Options;

namespace PixeeEvents.Http.Callers;

/// <summary>
/// Slows whoever tries one key or token after another, by address. A key or token that was right before is not asked for here, so
/// that those who share an address with a guesser go on. Counts are per node, over a minute that slides, and bounded: of more
/// addresses than are remembered the oldest are forgotten, which slows nobody.
/// </summary>
internal sealed partial class FailedAuthentications(
    IOptions<RateLimitOptions> options, TimeProvider time, ILogger<FailedAuthentications> logger)
{
    /// <summary>Addresses remembered for each of two minutes.</summary>
    public const int MaxAddresses = 50_000;

    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private Dictionary<string, int> _now = new(StringComparer.Ordinal);
    private Dictionary<string, int> _before = new(StringComparer.Ordinal);
    private long _since = time.GetTimestamp();

    private int Limit => options.Value.FailedAuthentications;

    /// <summary>How many addresses are remembered.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _now.Count + _before.Count;
            }
        }
    }

    /// <returns>After how many seconds the address may try again; null when it may now.</returns>
    public int? RetryAfter(string address)
    {
        if (!options.Value.Enabled)
        {
            return null;
        }

        lock (_lock)
        {
            var passed = Turn();
            var (now, before) = (_now.GetValueOrDefault(address), _before.GetValueOrDefault(address));
            if (now + (before * (1 - passed)) < Limit)
            {
                return null;
            }

            // What failed in this minute weighs less and less in the next one; what failed in the last one, in this one.
            var windows = now >= Limit ? 2 - passed - ((double)Limit / now) : 1 - passed - ((double)(Limit - now) / before);
            // At that moment it is still at the limit, and a division may have come out a little short.
            return (int)((windows * Window.TotalSeconds) + 0.001) + 1;
        }
    }

    /// <summary>A key or token was wrong.</summary>
    public void Add(string address)
    {
        if (!options.Value.Enabled)
        {
            return;
        }

        int failures;
        lock (_lock)
        {
            Turn();
            if (_now.Count >= MaxAddresses && !_now.ContainsKey(address))
            {
                (_before, _now) = (_now, new(StringComparer.Ordinal));
            }

            _now[address] = failures = _now.GetValueOrDefault(address) + 1;
        }

        if (failures == Limit)
        {
            LogBraked(address, failures);
        }
    }

    /// <returns>How much of this minute is over, from 0 to 1.</returns>
    private double Turn()
    {
        var passed = time.GetElapsedTime(_since) / Window;
        if (passed < 1)
        {
            return passed;
        }

        (_before, _now) = (passed < 2 ? _now : new(StringComparer.Ordinal), new(StringComparer.Ordinal));
        _since = passed < 2 ? _since + (long)(Window.TotalSeconds * time.TimestampFrequency) : time.GetTimestamp();
        return time.GetElapsedTime(_since) / Window;
    }

    [LoggerMessage(LogLevel.Warning, "{Address} is slowed: {Failures} wrong keys or tokens within a minute")]
    private partial void LogBraked(string address, int failures);
}
