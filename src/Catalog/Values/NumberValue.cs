using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace PixeeEvents.Catalog.Values;

/// <summary>What a number turned out to be.</summary>
public enum NumberForm
{
    /// <summary>Exact, with at most <see cref="NumberValue.MaxDecimals"/> decimals.</summary>
    Kept,

    /// <summary>Exact, with more decimals than are kept.</summary>
    Finer,

    /// <summary>Beyond what a decimal holds.</summary>
    TooLarge,

    None,
}

/// <summary>
/// Numbers as programs write them. One of at most six decimals is taken as it stands. One of more was computed in binary fractions, or
/// means more than is kept: it is rounded to fifteen significant digits, all that a binary fraction is sure of, and to nine
/// decimals. If six decimals hold what is left, the rest was noise: 22.199999999999999 is 22.2. Else somebody meant it.
/// </summary>
public static class NumberValue
{
    public const int MaxDecimals = 6;

    private const int SureDecimals = 9;

    /// <summary>The smallest number of seven digits before its point: above it, fifteen digits end before the ninth decimal.</summary>
    private const decimal SevenDigits = 1_000_000m;

    /// <summary>A double spelt out to its last digit has up to 770 of them; no decimal needs as many.</summary>
    private const int MaxLength = 100;

    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789.");

    /// <summary>Divides zeros behind the last decimal away.</summary>
    private const decimal One = 1.0000000000000000000000000000m;

    /// <summary>A JSON number, or a JSON string that is one ("42", "18.50").</summary>
    public static NumberForm Read(JsonElement value, out decimal number)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Number:
                return value.TryGetDecimal(out number) ? Settle(ref number) : NumberForm.TooLarge;
            case JsonValueKind.String when FieldValue.TryGetString(value, out var text):
                return Read(text, out number);
            default:
                number = 0;
                return NumberForm.None;
        }
    }

    /// <summary>Digits with a point or without, and a sign; no exponent, no separator of thousands.</summary>
    public static NumberForm Read(ReadOnlySpan<char> text, out decimal number)
    {
        const NumberStyles styles = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint;
        text = TextForm.Trim(text);
        number = 0;
        return text.Length <= MaxLength && decimal.TryParse(text, styles, CultureInfo.InvariantCulture, out number) ? Settle(ref number)
            : IsLong(text.TrimStart("+-")) ? NumberForm.TooLarge
            : NumberForm.None;
    }

    private static bool IsLong(ReadOnlySpan<char> digits) =>
        !digits.ContainsAnyExcept(Digits) && digits.Count('.') <= 1 && digits.ContainsAnyInRange('0', '9');

    private static NumberForm Settle(ref decimal number)
    {
        if (number == 0)
        {
            number = 0;
        }

        if (number.Scale <= MaxDecimals)
        {
            return NumberForm.Kept;
        }

        var sure = decimal.Round(number, SureDecimalsOf(Math.Abs(number)));
        if (sure != decimal.Round(sure, MaxDecimals))
        {
            number /= One;
            return NumberForm.Finer;
        }

        number = sure == 0 ? 0 : sure / One;
        return NumberForm.Kept;
    }

    private static int SureDecimalsOf(decimal size)
    {
        var decimals = SureDecimals;
        for (var limit = SevenDigits; decimals > 0 && size >= limit; limit *= 10)
        {
            decimals--;
        }

        return decimals;
    }
}
