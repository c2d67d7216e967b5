using System.Text;
using Microsoft.AspNetCore.WebUtilities;
using PixeeEvents.Http.Text;

namespace PixeeEvents.Http.Forms;

/// <summary>
/// The texts of a form while their charset is open: that of their own part, else that of the form, be it in its content type or in
/// its field <c>_charset_</c>; what has none is looked at together, because one program wrote it.
/// </summary>
internal sealed class FormText
{
    private const string CharsetField = "_charset_";

    private readonly List<(TextRun Run, string? Charset)> _texts = [];
    private readonly List<(int Name, int Value)> _fields = [];

    /// <returns>The place of the text, to ask for it once all are there.</returns>
    public int Add(TextRun run, string? charset = null)
    {
        _texts.Add((run, charset));
        return _texts.Count - 1;
    }

    public void AddField(int name, int value) => _fields.Add((name, value));

    /// <exception cref="WireTextException">One cannot be read.</exception>
    public IReadOnlyList<string> Read(string? charset)
    {
        charset ??= _fields.Where(f => _texts[f.Name].Run.Bytes.Span.SequenceEqual("_charset_"u8))
            .Select(f => Encoding.Latin1.GetString(_texts[f.Value].Run.Bytes.Span).Trim()).FirstOrDefault(c => c.Length > 0);
        var open = charset is not null
            ? Charsets.Named(charset)
            : TextEncoding.Of([.. _texts.Where(t => t.Charset is null && Charsets.Mark(t.Run.Bytes.Span) is null).Select(t => t.Run)]);
        return [.. _texts.Select(t => Text(t.Run, t.Charset is null ? open : Charsets.Named(t.Charset)))];
    }

    /// <summary>The fields by their names, each as often as it came.</summary>
    public KeyValueAccumulator Fields(IReadOnlyList<string> texts)
    {
        var fields = new KeyValueAccumulator();
        foreach (var (name, value) in _fields.Where(f => texts[f.Name] != CharsetField))
        {
            fields.Append(texts[name], texts[value]);
        }

        return fields;
    }

    private static string Text(TextRun run, Encoding encoding) =>
        Charsets.Mark(run.Bytes.Span) is var (marked, length)
            ? Charsets.Decode(run.From(length), marked)
            : Charsets.Decode(run, encoding);
}
