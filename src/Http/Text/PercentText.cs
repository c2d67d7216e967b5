using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace PixeeEvents.Http.Text;

/// <summary>
/// Reads percent-encoded text, once: UTF-8, or else Windows-1252, in which programs of the trade write. A percent sign that encodes
/// nothing stands for itself.
/// </summary>
internal static class PercentText
{
    private static readonly Encoding Windows1252 = CodePagesEncodingProvider.Instance.GetEncoding(1252)!;

    /// <param name="plusIsSpace">As in queries and forms, not in paths.</param>
    public static string Decode(ReadOnlySpan<char> text, bool plusIsSpace)
    {
        if (text.IndexOf('%') < 0)
        {
            return plusIsSpace ? text.ToString().Replace('+', ' ') : text.ToString();
        }

        // A character takes three bytes at most, and an encoded byte three characters.
        var bytes = new byte[text.Length * 3];
        var count = 0;
        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] == '%' && at + 2 < text.Length
                && byte.TryParse(text.Slice(at + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
            {
                bytes[count++] = value;
                at += 2;
            }
            else if (text[at] == '+' && plusIsSpace)
            {
                bytes[count++] = (byte)' ';
            }
            else
            {
                var length = char.IsHighSurrogate(text[at]) && at + 1 < text.Length ? 2 : 1;
                count += Encoding.UTF8.GetBytes(text.Slice(at, length), bytes.AsSpan(count));
                at += length - 1;
            }
        }

        return OfBytes(bytes.AsSpan(0, count));
    }

    /// <summary>Whether the text encodes bytes beyond ASCII.</summary>
    public static bool IsForeign(ReadOnlySpan<char> text)
    {
        for (var at = text.IndexOf('%'); at >= 0 && at + 1 < text.Length; at++)
        {
            if (text[at] == '%' && char.ToLowerInvariant(text[at + 1]) is (>= '8' and <= '9') or (>= 'a' and <= 'f'))
            {
                return true;
            }
        }

        return false;
    }

    private static string OfBytes(ReadOnlySpan<byte> bytes) =>
        Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : Windows1252.GetString(bytes);
}
