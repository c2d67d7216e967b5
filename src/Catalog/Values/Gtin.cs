using System.Text.Json;

namespace PixeeEvents.Catalog.Values;

/// <summary>
/// A Global Trade Item Number is one number whatever zeros pad it to 8, 12, 13 or 14 digits (GS1 General Specifications). It is
/// matched by that number and shown as it was first spelled. Other texts stand for themselves.
/// </summary>
public static class Gtin
{
    private const int Usual = 13;
    private const int Longest = 14;

    private static readonly int[] Lengths = [8, 12, Usual, Longest];

    /// <summary>What all spellings of a number share: its 13 digits, or 14 when it needs them.</summary>
    /// <returns>For a text that is no GTIN, the text.</returns>
    public static string Number(string text) =>
        !IsGtin(text) ? text
        : text.Length < Usual ? text.PadLeft(Usual, '0')
        : text.Length == Longest && text[0] == '0' ? text[1..]
        : text;

    /// <summary>Whether two texts name the same number.</summary>
    public static bool Same(string? one, string? other) =>
        one == other || (one is not null && other is not null && Number(one) == Number(other));

    /// <summary>Every text that names the same number, the one given first.</summary>
    public static string[] Spellings(string text)
    {
        if (!IsGtin(text))
        {
            return [text];
        }

        var digits = text.PadLeft(Longest, '0');
        var zeros = digits.AsSpan().IndexOfAnyExcept('0');
        return [text, .. Lengths.Where(l => l >= Longest - zeros && l != text.Length).Select(l => digits[(Longest - l)..])];
    }

    /// <summary>Zeros alone: what programs send for a product without EAN.</summary>
    public static bool IsNone(string text) => text.Length > 0 && !text.AsSpan().ContainsAnyExcept('0');

    /// <summary>As <see cref="IsNone(string)"/>, of a value before it is read.</summary>
    public static bool IsNone(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => IsNone(value.GetRawText()),
        JsonValueKind.String => FieldValue.TryGetString(value, out var text) && IsNone(text.Trim()),
        _ => false,
    };

    private static bool IsGtin(string text) =>
        Lengths.AsSpan().Contains(text.Length) && !text.AsSpan().ContainsAnyExceptInRange('0', '9') && !IsNone(text);
}
