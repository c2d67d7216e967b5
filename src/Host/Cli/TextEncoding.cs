using System.Buffers;
using System.Text;

namespace PixeeEvents.Host.Cli;

/// <summary>
/// Tells UTF-8 from Windows-1252 by reading a text to its end.
/// The first accent is not enough: « É » before a no-break space is one valid UTF-8 character too.
/// The majority decides, so one damaged byte costs a UTF-8 file one row and not all its accents.
/// </summary>
internal static class TextEncoding
{
    /// <returns>Null for UTF-8; a row of such a file may still hold damaged bytes.</returns>
    public static async Task<Encoding?> Detect(Stream text, CancellationToken cancellationToken)
    {
        var buffer = new byte[128 * 1024];
        long valid = 0, invalid = 0;
        var kept = 0;
        for (var first = true; ; first = false)
        {
            var read = await text.ReadAtLeastAsync(buffer.AsMemory(kept), 4, throwOnEndOfStream: false, cancellationToken);
            var filled = kept + read;
            if (first && ByteOrderMark(buffer.AsSpan(0, filled)) is { } utf16)
            {
                return utf16;
            }

            kept = Count(buffer.AsSpan(0, filled), isLast: read == 0, ref valid, ref invalid);
            if (read == 0)
            {
                return invalid > valid ? CodePagesEncodingProvider.Instance.GetEncoding(1252) : null;
            }

            buffer.AsSpan(filled - kept, kept).CopyTo(buffer);
        }
    }

    private static Encoding? ByteOrderMark(ReadOnlySpan<byte> start) => start switch
    {
        [0xFF, 0xFE, ..] => Encoding.Unicode,
        [0xFE, 0xFF, ..] => Encoding.BigEndianUnicode,
        _ => null,
    };

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
}
