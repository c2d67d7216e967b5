using System.Collections.Concurrent;
using System.Globalization;
using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;

namespace PixeeEvents.Http.Callers;

/// <summary>How often a caller may call, by group of endpoints. Windows slide; counts are per node.</summary>
internal sealed class RateLimitOptions
{
    public bool Enabled { get; set; } = true;

    /// <summary>Wrong keys and tokens per minute and address, after which the address waits.</summary>
    public int FailedAuthentications { get; set; } = 60;

    /// <summary>Permits per minute by tier. Setting: <c>RateLimits__PerMinute__READ_STANDARD=1000</c>.</summary>
    public Dictionary<string, int> PerMinute { get; } = new(StringComparer.OrdinalIgnoreCase)
    {
        [RateTier.ReadPublic] = 2000,
        [RateTier.ReadStandard] = 1000,
        [RateTier.WriteStandard] = 100,
        [RateTier.BulkUpdate] = 30,
        [RateTier.WinddleRead] = 1000,
        [RateTier.WinddleWrite] = 600,
        [RateTier.WinddleUpload] = 120,
    };
}

internal static class RateTier
{
    public const string ReadPublic = "READ_PUBLIC";
    public const string ReadStandard = "READ_STANDARD";
    public const string WriteStandard = "WRITE_STANDARD";
    public const string BulkUpdate = "BULK_UPDATE";
    public const string WinddleRead = "WINDDLE_READ";
    public const string WinddleWrite = "WINDDLE_WRITE";
    public const string WinddleUpload = "WINDDLE_UPLOAD";

    /// <summary>Calls of a tier wait for their turn to write unless it is one of those that read.</summary>
    public static bool Writes(string tier) => tier is not (ReadPublic or ReadStandard or WinddleRead);
}

/// <summary>The answer to one call: whether it may go on, and what the three headers say.</summary>
internal sealed record RateVerdict(bool Allowed, int Limit, long Remaining, TimeSpan ResetsAfter)
{
    public int RetryAfterSeconds => (int)Math.Ceiling(ResetsAfter.TotalSeconds);

    /// <param name="whole">False for a caller without a name, who learns only when to come back.</param>
    public void Tell(IHeaderDictionary headers, bool whole)
    {
        if (whole)
        {
            headers["X-RateLimit-Limit"] = Limit.ToString(CultureInfo.InvariantCulture);
            headers["X-RateLimit-Remaining"] = Remaining.ToString(CultureInfo.InvariantCulture);
            headers["X-RateLimit-Reset"] = DateTimeOffset.UtcNow.Add(ResetsAfter)
                .ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        }

        if (!Allowed)
        {
            TellRetry(headers, RetryAfterSeconds);
        }
    }

    public static void TellRetry(IHeaderDictionary headers, int seconds) =>
        headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
}

/// <summary>Counts calls per caller and tier.</summary>
internal sealed class RateLimits(IOptions<RateLimitOptions> options) : IDisposable
{
    /// <summary>More callers than this are looked through for those who have nothing to remember.</summary>
    private const int Many = 10_000;

    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);
    private const int Segments = 12;

    private readonly ConcurrentDictionary<(string Tier, string Caller), SlidingWindowRateLimiter> _limiters = new();
    private long _forgotAt;

    /// <returns>Null when limits are switched off.</returns>
    public RateVerdict? Count(string tier, string caller)
    {
        if (!options.Value.Enabled)
        {
            return null;
        }

        if (Environment.TickCount64 - _forgotAt > 1000)
        {
            _forgotAt = Environment.TickCount64;
            if (_limiters.Count > Many)
            {
                Forget();
            }
        }

        var limit = options.Value.PerMinute[tier];
        var limiter = _limiters.GetOrAdd((tier, caller), _ => new SlidingWindowRateLimiter(new SlidingWindowRateLimiterOptions
        {
            PermitLimit = limit,
            Window = Window,
            SegmentsPerWindow = Segments,
            QueueLimit = 0,
            AutoReplenishment = true,
        }));
        using var lease = limiter.AttemptAcquire();
        var resets = lease.TryGetMetadata(MetadataName.RetryAfter, out var retryAfter) ? retryAfter : Window / Segments;
        return new RateVerdict(
            lease.IsAcquired, limit, limiter.GetStatistics()?.CurrentAvailablePermits ?? 0, lease.IsAcquired ? Window : resets);
    }

    public void Dispose() => Forget();

    /// <summary>Callers without a name are as many as they like: too many of them are forgotten whatever they have used.</summary>
    private void Forget()
    {
        var tooMany = _limiters.Count > 5 * Many;
        foreach (var limiter in _limiters)
        {
            // A caller whose window is whole again has nothing to remember.
            var isWhole = limiter.Value.GetStatistics()?.CurrentAvailablePermits >= options.Value.PerMinute[limiter.Key.Tier];
            if ((isWhole || (tooMany && limiter.Key.Tier == RateTier.ReadPublic)) && _limiters.TryRemove(limiter))
            {
                limiter.Value.Dispose();
            }
        }
    }
}
