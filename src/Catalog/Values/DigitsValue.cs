namespace PixeeEvents.Catalog.Values;

/// <summary>Identifiers that arrive as JSON numbers, from programs that keep them in numeric columns.</summary>
public static class DigitsValue
{
    /// <summary>
    /// The digits of an integer, be it written 12345 or 12345.0; null for a fraction, and for an exponent, which may have lost digits.
    /// </summary>
    public static string? Of(string number)
    {
        var point = number.IndexOf('.', StringComparison.Ordinal);
        var digits = point < 0 ? number : number[..point];
        return number.AsSpan().ContainsAny('e', 'E') || (point >= 0 && number.AsSpan(point + 1).ContainsAnyExcept('0')) ? null : digits;
    }
}
