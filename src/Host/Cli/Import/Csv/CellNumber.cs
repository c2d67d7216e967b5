using System.Globalization;
using System.Text;

namespace PixeeEvents.Host.Cli.Import.Csv;

/// <summary>
/// Numbers as people and spreadsheets write them: 12.5, 12,5, 1 234,50 with any kind of space, 1.234,56, 1,234.56, 1'234.56,
/// 18,50 €, EUR 18.50, 20 %.
/// </summary>
/// <remarks>
/// A point or comma that stands alone marks decimals, in 1.234 too, as everywhere in this product. Several of one kind, or one kind
/// before the other, set thousands apart; then every group has three digits.
/// </remarks>
internal static class CellNumber
{
    private const int Longest = 48;
    private const int MostDigits = 28;

    /// <summary>Null for what is no number of this kind.</summary>
    public static decimal? Read(ReadOnlySpan<byte> utf8, CellKind kind)
    {
        if (utf8.Length > Longest)
        {
            return null;
        }

        Span<char> text = stackalloc char[Longest];
        ReadOnlySpan<char> cell = text[..Encoding.UTF8.GetChars(utf8, text)].Trim();
        cell = kind switch
        {
            CellKind.Money => WithoutMark(cell, "€", "EUR", "euros", "euro"),
            CellKind.Percent => WithoutMark(cell, "%"),
            _ => cell,
        };
        var negative = cell is ['-' or '\u2212', ..];
        cell = negative || cell is ['+', ..] ? cell[1..].TrimStart() : cell;
        return Plain(cell) is { } number ? negative ? -number : number : null;
    }

    private static ReadOnlySpan<char> WithoutMark(ReadOnlySpan<char> cell, params ReadOnlySpan<string> marks)
    {
        foreach (var mark in marks)
        {
            if (cell.EndsWith(mark, StringComparison.OrdinalIgnoreCase))
            {
                return cell[..^mark.Length].TrimEnd();
            }

            if (cell.StartsWith(mark, StringComparison.OrdinalIgnoreCase))
            {
                return cell[mark.Length..].TrimStart();
            }
        }

        return cell;
    }

    private static decimal? Plain(ReadOnlySpan<char> cell)
    {
        var (point, comma) = (cell.LastIndexOf('.'), cell.LastIndexOf(','));
        var last = Math.Max(point, comma);
        var marksDecimals = last >= 0 && (Math.Min(point, comma) >= 0 || cell.IndexOf(cell[last]) == last);
        var whole = marksDecimals ? cell[..last] : cell;
        var decimals = marksDecimals ? cell[(last + 1)..] : [];
        Span<char> plain = stackalloc char[Longest + 1];
        var length = Digits(whole, plain);
        if (length < 0 || decimals.ContainsAnyExceptInRange('0', '9') || length + decimals.Length is 0 or > MostDigits)
        {
            return null;
        }

        plain[length++] = '.';
        decimals.CopyTo(plain[length..]);
        plain = plain[..(length + decimals.Length)];
        return decimal.TryParse(plain, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) ? number : null;
    }

    /// <returns>How many digits there are; below zero when more stands between them than one mark before each three.</returns>
    private static int Digits(ReadOnlySpan<char> whole, Span<char> digits)
    {
        var (length, sinceMark) = (0, 0);
        var mark = '\0';
        foreach (var c in whole)
        {
            if (char.IsAsciiDigit(c))
            {
                digits[length++] = c;
                sinceMark++;
                continue;
            }

            var kind = char.IsWhiteSpace(c) ? ' ' : c is '\'' or '\u2019' ? '\'' : c is '.' or ',' ? c : '\0';
            if (kind == '\0' || (mark == '\0' ? sinceMark is 0 or > 3 : kind != mark || sinceMark != 3))
            {
                return -1;
            }

            (mark, sinceMark) = (kind, 0);
        }

        return mark != '\0' && sinceMark != 3 ? -1 : length;
    }
}
