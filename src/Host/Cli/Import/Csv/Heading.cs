using System.Globalization;
using System.Text;
using PixeeEvents.Catalog;

namespace PixeeEvents.Host.Cli.Import.Csv;

/// <summary>A column's heading without case, accents, punctuation and small words; a unit at its end stands apart.</summary>
internal sealed record Heading(string Text, IReadOnlyList<string> Words, string? Unit)
{
    private static readonly HashSet<string> SmallWords = new(["d", "de", "des", "du", "l", "la", "le", "les"], StringComparer.Ordinal);

    private static readonly HashSet<string> Units = new(
        ["kg", "g", "gr", "gramme", "grammes", "m", "cm", "mm", "eur", "euro", "euros"], StringComparer.Ordinal);

    /// <summary>« Prix HT (€) », « prix_ht », « PrixHT » and « Prix HT en euros » are one: prixht.</summary>
    public string Key { get; } = string.Concat(Words);

    public static Heading Read(string text)
    {
        var bracket = text.AsSpan().IndexOfAny('(', '[');
        var words = Split(bracket < 0 ? text : text[..bracket]);
        var unit = bracket < 0 ? null : Split(text[bracket..]) is [var inBrackets] && Units.Contains(inBrackets) ? inBrackets : null;
        if (unit is null && words.Count > 1 && Units.Contains(words[^1]))
        {
            unit = words[^1];
            words.RemoveAt(words.Count - 1);
            if (words.Count > 1 && words[^1] == "en")
            {
                words.RemoveAt(words.Count - 1);
            }
        }

        return new Heading(text, [.. words.Where(w => !SmallWords.Contains(w))], unit);
    }

    private static List<string> Split(string text)
    {
        var plain = new StringBuilder(text.Length);
        var before = ' ';
        foreach (var c in TextForm.Decomposed(text))
        {
            if (CharUnicodeInfo.GetUnicodeCategory(c) == UnicodeCategory.NonSpacingMark)
            {
                continue;
            }

            if (char.IsAsciiLetterUpper(c) && char.IsAsciiLetterLower(before))
            {
                plain.Append(' ');
            }

            plain.Append(char.IsAsciiLetterOrDigit(c) ? char.ToLowerInvariant(c) : ' ');
            before = c;
        }

        return [.. plain.ToString().Split(' ', StringSplitOptions.RemoveEmptyEntries)];
    }
}
