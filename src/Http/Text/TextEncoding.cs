using System.Buffers;
using System.Text;

namespace PixeeEvents.Http.Text;

/// <summary>
/// Tells UTF-8 from Windows-1252 by reading a text to its end.
/// The first accent is not enough: « É » before a no-break space is one valid UTF-8 character too.
/// The majority decides, so that one damaged byte does not cost a UTF-8 text all its accents.
/// </summary>
internal static class TextEncoding
{
    /// <summary>Of a file, which may be of any size.</summary>
    /// <returns>
    /// Null for UTF-8; a row of such a file may still hold damaged bytes. Of any other, what cannot be read comes out as U+FFFE,
    /// which no readable text holds, so that it costs its row.
    /// </returns>
    public static async Task<Encoding?> Detect(Stream text, CancellationToken cancellationToken)
    {
        var buffer = new byte[128 * 1024];
        long valid = 0, invalid = 0;
        var kept = 0;
        for (var first = true; ; first = false)
        {
            var read = await text.ReadAtLeastAsync(buffer.AsMemory(kept), 4, throwOnEndOfStream: false, cancellationToken);
            var filled = kept + read;
            if (first && Charsets.Mark(buffer.AsSpan(0, filled)) is var (marked, _))
            {
                return marked.CodePage == Charsets.Utf8.CodePage ? null : Marking(marked);
            }

            kept = Count(buffer.AsSpan(0, filled), isLast: read == 0, ref valid, ref invalid);
            if (read == 0)
            {
                return invalid > valid ? Marking(Charsets.Windows1252) : null;
            }

            buffer.AsSpan(filled - kept, kept).CopyTo(buffer);
        }
    }

    /// <summary>Of one text that comes in pieces. It may still hold bytes that cannot be read.</summary>
    public static Encoding Of(params ReadOnlySpan<TextRun> pieces)
    {
        long valid = 0, invalid = 0;
        foreach (var piece in pieces)
        {
            Count(piece.Bytes.Span, isLast: true, ref valid, ref invalid);
        }

        return invalid > valid ? Charsets.Windows1252 : Charsets.Utf8;
    }

    /// <returns>How many bytes at the end begin a character that the next block completes.</returns>
    private static int Count(ReadOnlySpan<byte> block, bool isLast, ref long valid, ref long invalid)
    {
        while (block.IndexOfAnyExceptInRange((byte)0, (byte)0x7F) is var accent and >= 0)
        {
            block = block[accent..];
            var status = Rune.DecodeFromUtf8(block, out _, out var length);
            if (status == OperationStatus.NeedMoreData && !isLast)
            {
                return block.Length;
            }

            if (status == OperationStatus.Done)
            {
                valid++;
            }
            else
            {
                invalid++;
            }

            block = block[length..];
        }

        return 0;
    }

    private static Encoding Marking(Encoding strict)
    {
        var marking = (Encoding)strict.Clone();
        marking.DecoderFallback = new DecoderReplacementFallback("\uFFFE");
        return marking;
    }
}
