using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Net.Http.Headers;
using Utf8 = System.Text.Unicode.Utf8;

namespace PixeeEvents.Http.Text;

/// <summary>
/// Text as programs send it, made UTF-8. A byte order mark decides, then the charset declared; what declares none is UTF-8, or
/// Windows-1252 when it is no UTF-8 at all.
/// </summary>
internal static partial class WireText
{
    private const int LongestDeclaration = 1024;

    /// <summary>The charset that a content type declares.</summary>
    public static string? CharsetOf(string? contentType) =>
        contentType?.Contains("charset", StringComparison.OrdinalIgnoreCase) == true
        && MediaTypeHeaderValue.TryParse(contentType, out var type)
        && HeaderUtilities.RemoveQuotes(type.Charset) is { Length: > 0 } charset
            ? charset.ToString()
            : null;

    /// <summary>The body without its mark; the very bytes that came when they are UTF-8.</summary>
    /// <exception cref="WireTextException">It cannot be read.</exception>
    public static ReadOnlyMemory<byte> ToUtf8(ReadOnlyMemory<byte> body, string? charset)
    {
        var (encoding, mark) = Charsets.Mark(body.Span) is { } marked ? (marked.Encoding, marked.Length)
            : charset is null ? (Charsets.Wide(body.Span), 0)
            : (Declared(charset, body.Span), 0);
        var run = new TextRun(body[mark..], mark);
        if ((encoding is null || encoding.CodePage == Charsets.Utf8.CodePage) && Utf8.IsValid(run.Bytes.Span))
        {
            return run.Bytes;
        }

        return Encoding.UTF8.GetBytes(Charsets.Decode(run, encoding ?? TextEncoding.Of(run)));
    }

    /// <summary>As <see cref="ToUtf8"/>; what has no other charset has the one that the XML declaration names.</summary>
    public static ReadOnlyMemory<byte> XmlToUtf8(ReadOnlyMemory<byte> body, string? charset) =>
        ToUtf8(body, charset ?? (Charsets.Mark(body.Span) is null ? DeclaredInside(body.Span) : null));

    /// <summary>Whether a row of a file was read to the letter: no damaged bytes, and none that stood for no character.</summary>
    public static bool IsReadable(ReadOnlySpan<byte> row) => Utf8.IsValid(row) && row.IndexOf("\uFFFE"u8) < 0 && !HoldsLateControls(row);

    private static Encoding Declared(string charset, ReadOnlySpan<byte> body)
    {
        var encoding = Charsets.Named(charset);
        return encoding.CodePage is 1200 or 12000 ? Charsets.Wide(body) ?? encoding : encoding;
    }

    private static string? DeclaredInside(ReadOnlySpan<byte> body)
    {
        var end = body.StartsWith("<?xml"u8) ? body[..Math.Min(body.Length, LongestDeclaration)].IndexOf("?>"u8) : -1;
        if (end < 0)
        {
            return null;
        }

        // What can be read byte by byte is no UTF-16, whatever it says of itself.
        return DeclaredEncoding().Match(Encoding.Latin1.GetString(body[..end])) is { Success: true } match
            && match.Groups["charset"].Value is var name && Charsets.Named(name).CodePage is not (1200 or 1201 or 12000 or 12001)
                ? name
                : null;
    }

    /// <summary>Bytes to which Windows-1252 gives no character come out as the controls U+0080 to U+009F; U+0085 is a line break.</summary>
    private static bool HoldsLateControls(ReadOnlySpan<byte> row)
    {
        while (row.IndexOf((byte)0xC2) is var at and >= 0 && at + 1 < row.Length)
        {
            if (row[at + 1] is < 0xA0 and not 0x85)
            {
                return true;
            }

            row = row[(at + 2)..];
        }

        return false;
    }

    [GeneratedRegex("""\sencoding\s*=\s*["'](?<charset>[A-Za-z][A-Za-z0-9._:-]*)["']""", RegexOptions.ExplicitCapture, 5000)]
    private static partial Regex DeclaredEncoding();
}
