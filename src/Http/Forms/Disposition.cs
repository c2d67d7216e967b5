using System.Buffers;
using System.Buffers.Text;
using System.Text;
using PixeeEvents.Http.Text;

namespace PixeeEvents.Http.Forms;

/// <summary>
/// <c>Content-Disposition: form-data</c>, as bytes. In quotes <c>\"</c> and <c>\\</c> are one character each; any other backslash is
/// one, because old programs send whole Windows paths. <c>%22</c> is how browsers write a quote.
/// </summary>
/// <param name="NameCharset">Where the name itself declares one.</param>
internal sealed record Disposition(TextRun Name, string? NameCharset, TextRun? Filename, string? FilenameCharset)
{
    /// <returns>Null when it is nothing of a form.</returns>
    public static Disposition? Of(TextRun header)
    {
        var parameters = new Dictionary<string, TextRun>(StringComparer.OrdinalIgnoreCase);
        var (bytes, at) = (header.Bytes, 0);
        var kind = Token(bytes.Span, ref at);
        while (at < bytes.Length)
        {
            at++;
            var name = Token(bytes.Span, ref at);
            if (at < bytes.Length && bytes.Span[at] == '=')
            {
                at++;
                parameters.TryAdd(name, Value(bytes, ref at, header.Start));
            }
        }

        if (!kind.Equals("form-data", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        var (named, nameCharset) = Worded(parameters.GetValueOrDefault("name"));
        var (filename, charset) = parameters.TryGetValue("filename*", out var extended) && Extended(extended) is { } told ? told
            : parameters.TryGetValue("filename", out var plain) ? Worded(plain)
            : (default(TextRun?), null);
        return new Disposition(named ?? default, nameCharset, filename, charset);
    }

    /// <summary>Up to the next <c>=</c> or <c>;</c>.</summary>
    private static string Token(ReadOnlySpan<byte> bytes, ref int at)
    {
        var start = at;
        while (at < bytes.Length && bytes[at] is not ((byte)'=' or (byte)';'))
        {
            at++;
        }

        return Encoding.Latin1.GetString(bytes[start..at]).Trim();
    }

    /// <summary>A quoted text or a bare word; <paramref name="at"/> ends on the semicolon behind it.</summary>
    private static TextRun Value(ReadOnlyMemory<byte> bytes, ref int at, int start)
    {
        var source = bytes.Span;
        while (at < source.Length && source[at] == ' ')
        {
            at++;
        }

        if (at == source.Length || source[at] != '"')
        {
            var from = at;
            at = source[at..].IndexOf((byte)';') is var end and >= 0 ? at + end : source.Length;
            return new TextRun(bytes[from..at].TrimEnd((byte)' '), start + from);
        }

        var (opened, text) = (++at, new ArrayBufferWriter<byte>(source.Length));
        while (at < source.Length && source[at] != '"')
        {
            var skipped = source[at..] switch
            {
                [(byte)'\\', (byte)'"' or (byte)'\\', ..] => 1,
                [(byte)'%', (byte)'2', (byte)'2', ..] => 2,
                _ => 0,
            };
            text.Write(skipped == 2 ? "\""u8 : source.Slice(at + skipped, 1));
            at += skipped + 1;
        }

        at = source[at..].IndexOf((byte)';') is var next and >= 0 ? at + next : source.Length;
        return new TextRun(text.WrittenMemory, start + opened);
    }

    /// <summary><c>UTF-8''na%C3%AFve.pdf</c>; null when it is none.</summary>
    private static (TextRun?, string?)? Extended(TextRun value)
    {
        var bytes = value.Bytes.Span;
        if (bytes.IndexOf((byte)'\'') is not (> 0 and var first) || bytes[(first + 1)..].IndexOf((byte)'\'') is not (>= 0 and var second))
        {
            return null;
        }

        var from = first + second + 2;
        return (TextRun.Unescape(value.Bytes[from..], value.Start + from, plusIsSpace: false), Encoding.Latin1.GetString(bytes[..first]));
    }

    /// <summary>Mail's <c>=?utf-8?B?…?=</c>, which .NET writes; anything else is what it is.</summary>
    private static (TextRun?, string?) Worded(TextRun value)
    {
        var parts = value.Bytes.Span is [(byte)'=', (byte)'?', .., (byte)'?', (byte)'=']
            ? Encoding.Latin1.GetString(value.Bytes.Span).Split('?')
            : [];
        if (parts is not ["=", var charset, "b" or "B", var text, "="])
        {
            return (value, null);
        }

        var bytes = new byte[Base64.GetMaxDecodedFromUtf8Length(text.Length)];
        return Convert.TryFromBase64String(text, bytes, out var length)
            ? (new TextRun(bytes.AsMemory(0, length), value.Start), charset)
            : (value, null);
    }
}
