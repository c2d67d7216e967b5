using System.Buffers;
using System.Globalization;
using System.Text;

namespace PixeeEvents.Http.Text;

/// <summary>
/// Charsets by the names that programs declare, each read to the letter: a byte without a character is an error, never U+FFFD.
/// ISO-8859-1 and US-ASCII are read as Windows-1252, which is what their senders write.
/// </summary>
internal static class Charsets
{
    private static readonly SearchValues<byte> Unassigned = SearchValues.Create([0x81, 0x8D, 0x8F, 0x90, 0x9D]);

    public static Encoding Utf8 { get; } = Strict(65001);

    public static Encoding Windows1252 { get; } = Strict(1252);

    /// <exception cref="WireTextException">There is none of this name.</exception>
    public static Encoding Named(string name)
    {
        var known = name.Trim().Trim('"', '\'').ToLowerInvariant() switch
        {
            "utf-8" or "utf8" => Utf8,
            ['c', 'p', .. var number] when int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var page) =>
                Known(() => Find(page)),
            var other => Known(() => CodePagesEncodingProvider.Instance.GetEncoding(other) ?? Encoding.GetEncoding(other)),
        };
        return known?.CodePage switch
        {
            null or 65000 => throw WireTextException.Unknown(name),
            28591 or 20127 => Windows1252,
            var page => Strict(page.Value),
        };
    }

    /// <summary>What a byte order mark says, and how long it is.</summary>
    public static (Encoding Encoding, int Length)? Mark(ReadOnlySpan<byte> start) => start switch
    {
        [0xEF, 0xBB, 0xBF, ..] => (Utf8, 3),
        [0xFF, 0xFE, 0, 0, ..] => (Strict(12000), 4),
        [0, 0, 0xFE, 0xFF, ..] => (Strict(12001), 4),
        [0xFF, 0xFE, ..] => (Strict(1200), 2),
        [0xFE, 0xFF, ..] => (Strict(1201), 2),
        _ => null,
    };

    /// <summary>UTF-16 or UTF-32 without a mark, as two ASCII characters at the beginning show it; null for anything else.</summary>
    public static Encoding? Wide(ReadOnlySpan<byte> start) => start switch
    {
        [not 0, 0, 0, 0, ..] => Strict(12000),
        [0, 0, 0, not 0, ..] => Strict(12001),
        [not 0, 0, not 0, 0, ..] => Strict(1200),
        [0, not 0, 0, not 0, ..] => Strict(1201),
        _ => null,
    };

    /// <exception cref="WireTextException">A byte stands for no character.</exception>
    public static string Decode(TextRun run, Encoding encoding)
    {
        var bytes = run.Bytes.Span;
        if (encoding.CodePage == Windows1252.CodePage && bytes.IndexOfAny(Unassigned) is var gap and >= 0)
        {
            throw Unreadable(gap);
        }

        try
        {
            return encoding.GetString(bytes);
        }
        catch (DecoderFallbackException e)
        {
            throw Unreadable(FirstDamaged(run.Bytes.Span, encoding, e.Index));
        }

        WireTextException Unreadable(int index) =>
            WireTextException.Unreadable(encoding.WebName, run.Place(index), run.Bytes.Span[index]);
    }

    /// <summary>Where the character begins that broke off at <paramref name="index"/>: what stands before it can be read.</summary>
    private static int FirstDamaged(ReadOnlySpan<byte> bytes, Encoding encoding, int index)
    {
        for (var at = Math.Clamp(index, 0, bytes.Length - 1); at > 0; at--)
        {
            try
            {
                encoding.GetCharCount(bytes[..at]);
                return at;
            }
            catch (DecoderFallbackException)
            {
                // The character begins before.
            }
        }

        return 0;
    }

    private static Encoding? Known(Func<Encoding> find)
    {
        try
        {
            return find();
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            return null;
        }
    }

    private static Encoding Find(int page) => CodePagesEncodingProvider.Instance.GetEncoding(page) ?? Encoding.GetEncoding(page);

    private static Encoding Strict(int page) =>
        CodePagesEncodingProvider.Instance.GetEncoding(page, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback)
        ?? Encoding.GetEncoding(page, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback);
}
