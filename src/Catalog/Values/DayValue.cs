using System.Globalization;
using System.Text.RegularExpressions;

namespace PixeeEvents.Catalog.Values;

/// <summary>
/// Days as programs write them: 2026-03-01, 20260301, or a timestamp, of which the day is taken that is written, whatever its zone.
/// </summary>
public static partial class DayValue
{
    private const string Kept = "yyyy-MM-dd";
    private const string Compact = "yyyyMMdd";

    /// <summary>Null for anything else.</summary>
    public static DateOnly? Read(ReadOnlySpan<char> text)
    {
        text = TextForm.Trim(text);
        var isCompact = text.Length >= Compact.Length && !text[..Compact.Length].ContainsAnyExceptInRange('0', '9');
        var format = isCompact ? Compact : Kept;
        if (text.Length < format.Length
            || !DateOnly.TryParseExact(text[..format.Length], format, CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
        {
            return null;
        }

        var time = text[format.Length..];
        return time.IsEmpty || ((isCompact || time[0] is 'T' or 't' or ' ') && Time().IsMatch(time)) ? day : null;
    }

    /// <summary>The form in which days are kept.</summary>
    public static string Text(DateOnly day) => day.ToString(Kept, CultureInfo.InvariantCulture);

    /// <summary>14:30, 14:30:05.123456789, 143005123, and then Z or a distance from UTC.</summary>
    [GeneratedRegex(
        "^[Tt ]?(?:[01][0-9]|2[0-3]):?[0-5][0-9](?::?[0-5][0-9](?:[.,]?[0-9]{1,9})?)?(?: ?(?:[Zz]|[+-][0-9]{2}(?::?[0-9]{2})?))?$",
        RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Time();
}
