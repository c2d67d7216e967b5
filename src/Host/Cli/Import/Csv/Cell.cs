using System.Buffers;
using System.Text;

namespace PixeeEvents.Host.Cli.Import.Csv;

/// <summary>The bytes of one cell without what spreadsheets put around a value.</summary>
internal static class Cell
{
    /// <summary>No space of any kind at the ends; ="0123", Excel's way to say that digits are text, is 0123.</summary>
    public static ReadOnlySpan<byte> Clean(ReadOnlySpan<byte> cell)
    {
        cell = Trim(cell);
        return cell.StartsWith("=\""u8) && cell.EndsWith("\""u8) && cell.Length > 2 ? Trim(cell[2..^1]) : cell;
    }

    /// <summary>Digits set apart by spaces or hyphens, behind an apostrophe, or with zeros for decimals, are those digits.</summary>
    public static ReadOnlySpan<byte> Ean(ReadOnlySpan<byte> cell, Span<byte> digits)
    {
        var rest = cell is [(byte)'\'', ..] ? cell[1..] : cell;
        var mark = rest.LastIndexOfAny((byte)'.', (byte)',');
        if (mark > 0 && !rest[(mark + 1)..].ContainsAnyExcept((byte)'0'))
        {
            rest = rest[..mark];
        }

        var length = 0;
        while (!rest.IsEmpty)
        {
            Rune.DecodeFromUtf8(rest, out var rune, out var read);
            if (Rune.IsDigit(rune) && rune.IsAscii && length < digits.Length)
            {
                digits[length++] = rest[0];
            }
            else if (rune.Value != '-' && !Rune.IsWhiteSpace(rune))
            {
                return cell;
            }

            rest = rest[read..];
        }

        return digits[..length];
    }

    private static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> cell)
    {
        while (!cell.IsEmpty && Rune.DecodeFromUtf8(cell, out var first, out var read) == OperationStatus.Done && IsSpace(first))
        {
            cell = cell[read..];
        }

        while (!cell.IsEmpty && Rune.DecodeLastFromUtf8(cell, out var last, out var read) == OperationStatus.Done && IsSpace(last))
        {
            cell = cell[..^read];
        }

        return cell;
    }

    private static bool IsSpace(Rune rune) => Rune.IsWhiteSpace(rune) || rune.Value is 0x200B or 0xFEFF;
}
