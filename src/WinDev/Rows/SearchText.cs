using System.Globalization;
using System.Text;
using PixeeEvents.Catalog;

namespace PixeeEvents.WinDev.Rows;

/// <summary>Text as search sees it: lower case, without accents, ligatures opened. Queries fold the same way.</summary>
internal static class SearchText
{
    /// <summary>The text of a product: name and reference, kept apart by a line break that no query contains.</summary>
    public static string Of(string? name, string? reference) => Fold(name ?? "") + "\n" + Fold(reference ?? "");

    public static string Fold(string text)
    {
        var folded = new StringBuilder(text.Length);
        foreach (var c in TextForm.Decomposed(text))
        {
            switch (CharUnicodeInfo.GetUnicodeCategory(c))
            {
                case UnicodeCategory.NonSpacingMark:
                    break;
                case UnicodeCategory.Control:
                    folded.Append(' ');
                    break;
                default:
                    folded.Append(
                        c switch
                        {
                            'œ' or 'Œ' => "oe",
                            'æ' or 'Æ' => "ae",
                            'ß' => "ss",
                            'ø' or 'Ø' => "o",
                            'ł' or 'Ł' => "l",
                            _ => char.ToLowerInvariant(c).ToString(),
                        });
                    break;
            }
        }

        return folded.ToString();
    }

    /// <summary>LIKE patterns that must all match: one per word, with % and _ taken literally.</summary>
    public static string[] Patterns(string query) =>
    [
        .. Fold(query).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(
                w =>
                    "%" + w.Replace("\\", "\\\\", StringComparison.Ordinal)
                        .Replace("%", "\\%", StringComparison.Ordinal).Replace("_", "\\_", StringComparison.Ordinal) + "%"),
    ];
}
