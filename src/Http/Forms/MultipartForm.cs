using System.Runtime.InteropServices;
using System.Text;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;
using PixeeEvents.Http.Text;

namespace PixeeEvents.Http.Forms;

/// <summary>
/// Reads <c>multipart/form-data</c>. The parts are told apart by ASP.NET's own reader; their headers are read here as bytes, because
/// that reader takes them for UTF-8 and loses what is not.
/// </summary>
internal sealed class MultipartForm
{
    private sealed record Part(int Name, int? Filename, string? Type, ReadOnlyMemory<byte> Content);

    private readonly ReadOnlyMemory<byte> _body;
    private readonly byte[] _boundary;
    private readonly FormText _form = new();
    private readonly List<Part> _files = [];

    private MultipartForm(ReadOnlyMemory<byte> body, string boundary) =>
        (_body, _boundary) = (body, Encoding.Latin1.GetBytes("--" + boundary));

    /// <summary>The form; its files stay where <paramref name="body"/> is.</summary>
    /// <exception cref="InvalidDataException">It is no such form.</exception>
    /// <exception cref="WireTextException">A text in it cannot be read.</exception>
    public static async Task<FormCollection> Read(ReadOnlyMemory<byte> body, MediaTypeHeaderValue type, CancellationToken cancellationToken)
    {
        var boundary = HeaderUtilities.RemoveQuotes(type.Boundary).ToString();
        if (boundary.Length == 0)
        {
            throw new InvalidDataException("The boundary of the form is missing.");
        }

        var form = new MultipartForm(body, boundary);
        await form.ReadParts(boundary, cancellationToken);
        return form.Collect(HeaderUtilities.RemoveQuotes(type.Charset) is { Length: > 0 } charset ? charset.ToString() : null);
    }

    private async Task ReadParts(string boundary, CancellationToken cancellationToken)
    {
        MemoryMarshal.TryGetArray(_body, out var array);
        using var stream = new MemoryStream(array.Array!, array.Offset, array.Count, writable: false);
        var reader = new MultipartReader(boundary, stream);
        var (end, count) = (0, 0);
        while (await reader.ReadNextSectionAsync(cancellationToken) is { } section)
        {
            if (++count > FormReader.DefaultValueCountLimit)
            {
                throw new InvalidDataException($"Form value count limit {FormReader.DefaultValueCountLimit} exceeded.");
            }

            var start = (int)section.BaseStreamOffset!.Value;
            await section.Body.CopyToAsync(Stream.Null, cancellationToken);
            Add(HeadersBetween(end, start), start, (int)section.Body.Length);
            end = start + (int)section.Body.Length;
        }
    }

    private void Add(Dictionary<string, TextRun> headers, int start, int length)
    {
        if (!headers.TryGetValue("content-disposition", out var value) || Disposition.Of(value) is not { } disposition)
        {
            throw new InvalidDataException("A part of the form has no Content-Disposition: form-data.");
        }

        var type = headers.TryGetValue("content-type", out var given) ? Encoding.Latin1.GetString(given.Bytes.Span).Trim() : null;
        var charset = WireText.CharsetOf(type);
        var (name, content) = (_form.Add(disposition.Name, disposition.NameCharset), _body.Slice(start, length));
        if (disposition.Filename is { Bytes.Length: > 0 } filename)
        {
            _files.Add(new Part(name, _form.Add(filename, disposition.FilenameCharset), type, content));
        }
        else
        {
            _form.AddField(name, _form.Add(new TextRun(content, start), charset));
        }
    }

    private FormCollection Collect(string? charset)
    {
        var texts = _form.Read(charset);
        var files = new FormFileCollection();
        foreach (var file in _files)
        {
            MemoryMarshal.TryGetArray(file.Content, out var content);
            files.Add(new FormFile(
                new MemoryStream(content.Array!, content.Offset, content.Count, writable: false), 0, content.Count,
                texts[file.Name], texts[file.Filename!.Value])
            {
                Headers = file.Type is null ? new HeaderDictionary() : new HeaderDictionary { [HeaderNames.ContentType] = file.Type },
            });
        }

        return new FormCollection(_form.Fields(texts).GetResults(), files);
    }

    /// <summary>
    /// Headers of the part that begins at <paramref name="start"/>: they stand behind the boundary that ended the one before.
    /// </summary>
    private Dictionary<string, TextRun> HeadersBetween(int end, int start)
    {
        var headers = new Dictionary<string, TextRun>(StringComparer.OrdinalIgnoreCase);
        var at = end + Math.Max(0, _body.Span[end..start].IndexOf(_boundary));
        at += Math.Max(0, _body.Span[at..start].IndexOf("\r\n"u8)) + 2;
        while (at < start)
        {
            var line = _body[at..start];
            line = line.Span.IndexOf("\r\n"u8) is var length and >= 0 ? line[..length] : line;
            if (line.Span.IndexOf((byte)':') is var colon and > 0)
            {
                headers[Encoding.Latin1.GetString(line.Span[..colon]).Trim()] = new TextRun(line[(colon + 1)..], at + colon + 1);
            }

            at += line.Length + 2;
        }

        return headers;
    }
}
