using System.Text;
using Utf8 = System.Text.Unicode.Utf8;

namespace PixeeEvents.Host.Text;

/// <summary>Values of headers, which declare no charset: UTF-8, or Windows-1252 when they are no UTF-8 at all.</summary>
internal sealed class HeaderText : Encoding
{
    public static HeaderText Instance { get; } = new();

    public override int GetCharCount(byte[] bytes, int index, int count) => Of(bytes, index, count).GetCharCount(bytes, index, count);

    public override int GetChars(byte[] bytes, int byteIndex, int byteCount, char[] chars, int charIndex) =>
        Of(bytes, byteIndex, byteCount).GetChars(bytes, byteIndex, byteCount, chars, charIndex);

    public override int GetMaxCharCount(int byteCount) => UTF8.GetMaxCharCount(byteCount);

    public override int GetByteCount(char[] chars, int index, int count) => UTF8.GetByteCount(chars, index, count);

    public override int GetBytes(char[] chars, int charIndex, int charCount, byte[] bytes, int byteIndex) =>
        UTF8.GetBytes(chars, charIndex, charCount, bytes, byteIndex);

    public override int GetMaxByteCount(int charCount) => UTF8.GetMaxByteCount(charCount);

    private static Encoding Of(byte[] bytes, int index, int count)
    {
        var value = bytes.AsMemory(index, count);
        if (value.Span.Contains((byte)0))
        {
            throw new DecoderFallbackException("A header holds no NUL.");
        }

        if (Utf8.IsValid(value.Span))
        {
            return Charsets.Utf8;
        }

        var run = new TextRun(value);
        var encoding = TextEncoding.Of(run);
        try
        {
            Charsets.Decode(run, encoding);
            return encoding;
        }
        catch (WireTextException e)
        {
            throw new DecoderFallbackException(e.Message, e);
        }
    }
}
