using System.Globalization;

namespace PixeeEvents.Http.Text;

/// <summary>Bytes of one text, and where they stood in what came.</summary>
/// <param name="Escaped">As they came, when that was with <c>%E9</c> and <c>+</c>.</param>
internal readonly record struct TextRun(ReadOnlyMemory<byte> Bytes, int Start = 0, ReadOnlyMemory<byte> Escaped = default)
{
    /// <summary>Takes the escapes of forms and of file names out; what is no escape stays as it is.</summary>
    public static TextRun Unescape(ReadOnlyMemory<byte> escaped, int start, bool plusIsSpace)
    {
        var source = escaped.Span;
        if (!source.Contains((byte)'%') && !(plusIsSpace && source.Contains((byte)'+')))
        {
            return new TextRun(escaped, start);
        }

        var (bytes, length) = (new byte[source.Length], 0);
        for (var at = 0; at < source.Length; at += Width(source, at))
        {
            bytes[length++] = Width(source, at) == 3
                ? byte.Parse(source.Slice(at + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)
                : plusIsSpace && source[at] == '+' ? (byte)' '
                : source[at];
        }

        return new TextRun(bytes.AsMemory(0, length), start, escaped);
    }

    /// <summary>Where the byte at <paramref name="index"/> stood.</summary>
    public int Place(int index)
    {
        if (Escaped.IsEmpty)
        {
            return Start + index;
        }

        var at = 0;
        for (; index > 0; index--)
        {
            at += Width(Escaped.Span, at);
        }

        return Start + at;
    }

    /// <summary>Without its first bytes.</summary>
    public TextRun From(int index) => Escaped.IsEmpty
        ? new TextRun(Bytes[index..], Start + index)
        : new TextRun(Bytes[index..], Place(index), Escaped[(Place(index) - Start)..]);

    private static int Width(ReadOnlySpan<byte> source, int at) =>
        source[at] == '%' && at + 2 < source.Length && char.IsAsciiHexDigit((char)source[at + 1])
            && char.IsAsciiHexDigit((char)source[at + 2])
            ? 3
            : 1;
}
