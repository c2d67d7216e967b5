using System.Globalization;
using System.Text;

namespace PixeeEvents.Catalog.Values;

/// <summary>
/// The one form in which texts are kept and looked up: white space of every kind and marks without width cut at both ends, NFC.
/// Nothing here throws, whatever a program sends.
/// </summary>
public static class TextForm
{
    /// <summary>
    /// False for half a surrogate pair, and for U+FFFE, which is a byte order mark read the wrong way round: neither can be normalised.
    /// </summary>
    public static bool IsUnicode(ReadOnlySpan<char> text)
    {
        if (text.Contains('\uFFFE'))
        {
            return false;
        }

        while (text.IndexOfAnyInRange('\uD800', '\uDFFF') is var at and >= 0)
        {
            if (!char.IsHighSurrogate(text[at]) || at + 1 == text.Length || !char.IsLowSurrogate(text[at + 1]))
            {
                return false;
            }

            text = text[(at + 2)..];
        }

        return true;
    }

    /// <summary>The form to keep or to look for; what is no Unicode is only cut, and so equals nothing that is kept.</summary>
    public static string Clean(string text)
    {
        text = Trim(text);
        return IsUnicode(text) ? text.Normalize(NormalizationForm.FormC) : text;
    }

    public static string Trim(string text)
    {
        var cut = Trim(text.AsSpan());
        return cut.Length == text.Length ? text : cut.ToString();
    }

    public static ReadOnlySpan<char> Trim(ReadOnlySpan<char> text)
    {
        var (start, end) = (0, text.Length);
        while (start < end && IsEdge(text[start]))
        {
            start++;
        }

        while (end > start && IsEdge(text[end - 1]))
        {
            end--;
        }

        return text[start..end];
    }

    /// <summary>Letters apart from their accents; what is no Unicode becomes a space.</summary>
    public static string Decomposed(string text) => (IsUnicode(text) ? text : Mended(text)).Normalize(NormalizationForm.FormD);

    /// <summary>
    /// White space, or a mark that shows nothing: zero-width, direction, soft hyphen. Arabic number signs are of that class, but show.
    /// </summary>
    private static bool IsEdge(char c) =>
        char.IsWhiteSpace(c)
        || (c >= '\u00AD' && CharUnicodeInfo.GetUnicodeCategory(c) == UnicodeCategory.Format
            && c is not ((>= '\u0600' and <= '\u0605') or '\u06DD' or '\u070F' or '\u0890' or '\u0891' or '\u08E2'));

    private static string Mended(string text)
    {
        var runes = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            runes.Append(rune.Value is 0xFFFD or 0xFFFE ? " " : rune.ToString());
        }

        return runes.ToString();
    }
}
