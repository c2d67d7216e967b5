using Microsoft.AspNetCore.WebUtilities;
using PixeeEvents.Http.Text;

namespace PixeeEvents.Http.Forms;

/// <summary>Reads <c>application/x-www-form-urlencoded</c>: the escapes are bytes first, and text only in the form's charset.</summary>
internal static class UrlEncodedForm
{
    /// <exception cref="InvalidDataException">There are too many fields.</exception>
    /// <exception cref="WireTextException">It cannot be read.</exception>
    public static FormCollection Read(ReadOnlyMemory<byte> body, string? charset)
    {
        if (Charsets.Mark(body.Span) is not null || Charsets.Wide(body.Span) is not null)
        {
            // Two or four bytes to a character: the escapes themselves come out of it, and say UTF-8.
            (body, charset) = (WireText.ToUtf8(body, charset), "utf-8");
        }

        var (form, count) = (new FormText(), 0);
        for (var start = 0; start < body.Length;)
        {
            var end = body.Span[start..].IndexOf((byte)'&') is var found and >= 0 ? start + found : body.Length;
            var pair = body[start..end];
            if (!pair.IsEmpty)
            {
                if (++count > FormReader.DefaultValueCountLimit)
                {
                    throw new InvalidDataException($"Form value count limit {FormReader.DefaultValueCountLimit} exceeded.");
                }

                var equals = pair.Span.IndexOf((byte)'=');
                var name = TextRun.Unescape(equals < 0 ? pair : pair[..equals], start, plusIsSpace: true);
                var value = equals < 0 ? default : TextRun.Unescape(pair[(equals + 1)..], start + equals + 1, plusIsSpace: true);
                form.AddField(form.Add(name), form.Add(value));
            }

            start = end + 1;
        }

        return new FormCollection(form.Fields(form.Read(charset)).GetResults());
    }
}
