using System.Buffers;
using System.Net.Http.Headers;

namespace PixeeEvents.Webhooks.Sending;

/// <summary>The answer header by which a receiver asks to be left alone for a while.</summary>
internal static class RetryAfter
{
    public static readonly TimeSpan Longest = TimeSpan.FromHours(24);

    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789");

    /// <summary>Seconds or an HTTP date, at most <see cref="Longest"/>; null for junk and for what is past.</summary>
    public static TimeSpan? Parse(string? value, DateTimeOffset now)
    {
        var text = value.AsSpan().Trim();
        if (text.IsEmpty)
        {
            return null;
        }

        if (!text.ContainsAnyExcept(Digits))
        {
            // Too many digits for a number are a long time all the same.
            return double.Parse(text, System.Globalization.CultureInfo.InvariantCulture) is var seconds && seconds < Longest.TotalSeconds
                ? TimeSpan.FromSeconds(seconds)
                : Longest;
        }

        return RetryConditionHeaderValue.TryParse(text.ToString(), out var parsed) && parsed.Date - now is { } wait && wait >= TimeSpan.Zero
            ? TimeSpan.FromTicks(Math.Min(wait.Ticks, Longest.Ticks))
            : null;
    }
}
