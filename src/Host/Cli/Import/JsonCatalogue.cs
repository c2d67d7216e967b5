using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Unicode;
using PixeeEvents.Http.Text;

namespace PixeeEvents.Host.Cli.Import;

/// <summary>Reads products from a JSON array or from one JSON object per line.</summary>
internal static class JsonCatalogue
{
    private const int LongestItem = 16 * 1024 * 1024;
    private const string NotAnObject = "L'élément n'est pas un objet JSON";

    private static readonly StreamPipeReaderOptions Blocks = new(bufferSize: 64 * 1024, leaveOpen: true);

    /// <summary>After a syntax error no later item can be told from another, so the array ends there with an exception.</summary>
    public static async IAsyncEnumerable<CatalogueRow> ReadArray(
        Stream utf8, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var pipe = PipeReader.Create(utf8, Blocks);
        var array = new ArrayReader();
        var rows = new List<CatalogueRow>();
        for (var isLast = false; !isLast;)
        {
            var read = await pipe.ReadAsync(cancellationToken);
            isLast = read.IsCompleted;
            var failure = array.Take(read.Buffer, isLast, rows, out var consumed);
            foreach (var row in rows)
            {
                yield return row;
            }

            rows.Clear();
            if (failure is not null)
            {
                throw failure;
            }

            if (read.Buffer.Slice(consumed).Length > LongestItem)
            {
                throw new CatalogueFileException($"Ligne {array.Line} : un élément dépasse 16 Mio.");
            }

            pipe.AdvanceTo(consumed, read.Buffer.End);
        }
    }

    public static async IAsyncEnumerable<CatalogueRow> ReadLines(
        Stream utf8, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var pipe = PipeReader.Create(utf8, Blocks);
        long line = 0;
        while (true)
        {
            var read = await pipe.ReadAsync(cancellationToken);
            var rest = read.Buffer;
            while (NextLine(ref rest, read.IsCompleted) is { } text)
            {
                line++;
                if (Parse(text, line) is { } row)
                {
                    yield return row;
                }
            }

            if (rest.Length > LongestItem)
            {
                throw new CatalogueFileException($"Ligne {line + 1} : un élément dépasse 16 Mio.");
            }

            pipe.AdvanceTo(rest.Start, rest.End);
            if (read.IsCompleted)
            {
                yield break;
            }
        }
    }

    private static ReadOnlySequence<byte>? NextLine(ref ReadOnlySequence<byte> rest, bool isLast)
    {
        ReadOnlySequence<byte>? line = null;
        if (rest.PositionOf((byte)'\n') is { } end)
        {
            line = rest.Slice(0, end);
            rest = rest.Slice(rest.GetPosition(1, end));
        }
        else if (isLast && !rest.IsEmpty)
        {
            line = rest;
            rest = rest.Slice(rest.End);
        }

        return line;
    }

    private static CatalogueRow? Parse(ReadOnlySequence<byte> line, long number)
    {
        var bytes = line.IsSingleSegment ? line.FirstSpan : line.ToArray();
        bytes = number == 1 && bytes.StartsWith("\uFEFF"u8) ? bytes[3..] : bytes;
        if (bytes.Trim(" \t\r"u8).IsEmpty)
        {
            return null;
        }

        try
        {
            var reader = new Utf8JsonReader(bytes);
            var item = JsonElement.ParseValue(ref reader);
            return reader.Read() ? new CatalogueRow(number, null, "Texte après l'objet JSON") : Row(item, bytes, number);
        }
        catch (JsonException e)
        {
            return new CatalogueRow(number, null, $"JSON illisible, octet {e.BytePositionInLine + 1}");
        }
    }

    private static CatalogueRow Row(JsonElement item, ReadOnlySpan<byte> bytes, long line) =>
        item.ValueKind != JsonValueKind.Object ? new CatalogueRow(line, null, NotAnObject)
        : !Utf8.IsValid(bytes) ? new CatalogueRow(line, null, "Caractères illisibles : l'élément n'est pas en UTF-8")
        : !WireText.IsReadable(bytes) ? new CatalogueRow(line, null, "Caractères illisibles : un octet de l'élément n'est pas un caractère")
        : new CatalogueRow(line, item, null);

    private sealed class ArrayReader
    {
        private JsonReaderState _state;
        private bool _atStart = true;

        public long Line { get; private set; } = 1;

        /// <summary>Takes every whole item of the buffer and says where the first unfinished one begins.</summary>
        public CatalogueFileException? Take(
            ReadOnlySequence<byte> buffer, bool isLast, List<CatalogueRow> rows, out SequencePosition consumed)
        {
            consumed = buffer.Start;
            if (_atStart && !isLast && buffer.Length < 4)
            {
                return null;
            }

            if (_atStart && buffer.FirstSpan.StartsWith("\uFEFF"u8))
            {
                consumed = buffer.GetPosition(3);
            }

            var reader = new Utf8JsonReader(buffer.Slice(consumed), isLast, _state);
            try
            {
                return Items(ref reader, buffer, rows, ref consumed);
            }
            catch (JsonException e)
            {
                return new CatalogueFileException(
                    $"Ligne {e.LineNumber + 1} : JSON illisible à partir d'ici ; un tableau d'objets est attendu.", e);
            }
        }

        private CatalogueFileException? Items(
            ref Utf8JsonReader reader, ReadOnlySequence<byte> buffer, List<CatalogueRow> rows, ref SequencePosition consumed)
        {
            var start = consumed;
            while (reader.Read())
            {
                if (_atStart)
                {
                    if (reader.TokenType != JsonTokenType.StartArray)
                    {
                        return new CatalogueFileException("Le fichier JSON doit être un tableau de produits : [ {…}, … ].");
                    }

                    _atStart = false;
                }
                else if (reader.TokenType != JsonTokenType.EndArray)
                {
                    var at = buffer.GetPosition(reader.TokenStartIndex, start);
                    if (!JsonElement.TryParseValue(ref reader, out var item))
                    {
                        break;
                    }

                    var bytes = buffer.Slice(at, reader.Position);
                    var line = Line + Breaks(buffer.Slice(consumed, at));
                    rows.Add(Row(item.Value, bytes.IsSingleSegment ? bytes.FirstSpan : bytes.ToArray(), line));
                }

                Line += Breaks(buffer.Slice(consumed, reader.Position));
                consumed = reader.Position;
                _state = reader.CurrentState;
            }

            return null;
        }

        private static long Breaks(ReadOnlySequence<byte> bytes)
        {
            long breaks = 0;
            foreach (var segment in bytes)
            {
                breaks += segment.Span.Count((byte)'\n');
            }

            return breaks;
        }
    }
}
