using PixeeEvents.Webhooks.Subscriptions;

namespace PixeeEvents.Webhooks.Deliveries;

/// <summary>How long a failed delivery rests before its next attempt.</summary>
internal static class RetrySchedule
{
    private const double Jitter = 0.2;

    /// <summary>Ten attempts over 75 h 35 m 05 s, as Standard Webhooks advises.</summary>
    private static readonly TimeSpan[] Patient =
    [
        TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(30), TimeSpan.FromHours(2), TimeSpan.FromHours(5),
        TimeSpan.FromHours(10), TimeSpan.FromHours(14), TimeSpan.FromHours(20), TimeSpan.FromHours(24),
    ];

    /// <summary>What the documented <c>max_retries</c>, 0 to 5, takes the first of.</summary>
    private static readonly TimeSpan[] Documented =
    [
        TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(300), TimeSpan.FromSeconds(600),
        TimeSpan.FromSeconds(1200),
    ];

    /// <summary>
    /// Within 20 % of the schedule's delay, evenly spread by <paramref name="random"/> in [0, 1); null when no attempt is left.
    /// </summary>
    public static TimeSpan? DelayAfter(Subscription subscription, int attemptsMade, double random)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(attemptsMade, 1);
        var delays = DelaysOf(subscription);
        return attemptsMade > delays.Length ? null : delays[attemptsMade - 1] * (1 - Jitter + (2 * Jitter * random));
    }

    private static TimeSpan[] DelaysOf(Subscription subscription) => subscription switch
    {
        { RetryDelays: { } seconds } => [.. seconds.Select(s => TimeSpan.FromSeconds(s))],
        { MaxRetries: { } retries } => Documented[..Math.Clamp(retries, 0, Documented.Length)],
        _ => Patient,
    };
}
