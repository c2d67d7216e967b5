using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using CsvHelper;
using PixeeEvents.Catalog.Values;
using PixeeEvents.Host.Cli.Import.Csv;

namespace PixeeEvents.Host.Cli.Import;

/// <summary>
/// Which column holds which product field, and how its cells become JSON.
/// A cell that is no number or boolean where one belongs goes out as text: the API refuses it and names the field.
/// </summary>
internal sealed class CatalogueColumns : IDisposable
{
    private sealed record Column(int Index, JsonEncodedText Field, KnownColumn Known, decimal Factor);

    private const int LongestEan = 32;

    private readonly Column[] _columns;
    private readonly ArrayBufferWriter<byte> _buffer = new(1024);
    private readonly Utf8JsonWriter _json;

    private CatalogueColumns(Column[] columns, int count, IReadOnlyList<Heading> ignored)
    {
        _columns = columns;
        _json = new Utf8JsonWriter(_buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        Count = count;
        Ignored = [.. ignored.Select(h => h.Text)];
        Missed = [.. ignored.Where(h => KnownColumns.SeemsMissed(h, HasColumn)).Select(h => h.Text)];

        bool HasColumn(string field) => Array.Exists(columns, c => c.Known.Field == field);
    }

    public int Count { get; }

    public IReadOnlyList<string> Ignored { get; }

    /// <summary>Those of the ignored that seem to hold a price or a stock, of which the file has no other column.</summary>
    public IReadOnlyList<string> Missed { get; }

    /// <summary>How many columns are fields of a product.</summary>
    public int Recognised => _columns.Length;

    /// <returns>Null for what is no header: no column finds a product.</returns>
    public static CatalogueColumns? From(IReadOnlyList<string> headers)
    {
        var columns = new Dictionary<string, Column>(StringComparer.Ordinal);
        var ignored = new SortedDictionary<int, Heading>();
        foreach (var (index, header) in headers.Index())
        {
            var heading = Heading.Read(header);
            if (KnownColumns.Find(heading) is not { } known || KnownColumns.Factor(known, heading) is not { } factor)
            {
                ignored.Add(index, heading);
                continue;
            }

            var column = new Column(index, JsonEncodedText.Encode(known.Field), known, factor);
            if (columns.TryAdd(known.Field, column))
            {
                continue;
            }

            var other = columns[known.Field];
            if (other.Known.Rank == known.Rank)
            {
                throw new CatalogueFileException($"Deux colonnes donnent le champ {known.Field}, dont « {header} ».");
            }

            var (better, worse) = known.Rank < other.Known.Rank ? (column, other) : (other, column);
            columns[known.Field] = better;
            ignored.Add(worse.Index, Heading.Read(headers[worse.Index]));
        }

        if (!columns.ContainsKey("reference") && !columns.ContainsKey("ean") && columns.Remove("gtin", out var gtin))
        {
            columns.Add("ean", gtin with { Field = JsonEncodedText.Encode("ean") });
        }

        return columns.ContainsKey("reference") || columns.ContainsKey("ean")
            ? new CatalogueColumns(
                [.. columns.Values.OrderBy(c => c.Index)], headers.Count, [.. ignored.Values.Where(h => h.Key.Length > 0)])
            : null;
    }

    /// <returns>The row as a sync item, or null when all its cells are empty.</returns>
    public JsonElement? ToItem(CsvReader row)
    {
        _buffer.ResetWrittenCount();
        _json.Reset();
        _json.WriteStartObject();
        var filled = false;
        foreach (var column in _columns)
        {
            var cell = column.Index < row.FieldCount ? Cell.Clean(row.GetSpan(column.Index)) : [];
            if (cell.IsEmpty)
            {
                continue;
            }

            filled = true;
            Write(column, cell);
        }

        if (!filled)
        {
            return null;
        }

        _json.WriteEndObject();
        _json.Flush();
        var reader = new Utf8JsonReader(_buffer.WrittenSpan);
        return JsonElement.ParseValue(ref reader);
    }

    public void Dispose() => _json.Dispose();

    private void Write(Column column, ReadOnlySpan<byte> cell)
    {
        switch (column.Known.Kind)
        {
            case CellKind.Number or CellKind.Money or CellKind.Percent
                when CellNumber.Read(cell, column.Known.Kind) * column.Factor is { } number:
                var isWhole = decimal.IsInteger(number) && (number.Scale > 2 || column.Factor != 1);
                _json.WriteNumber(column.Field, isWhole ? decimal.Truncate(number) : number);
                break;
            case CellKind.Boolean when FlagValue.Read(Encoding.UTF8.GetString(cell)) is { } boolean:
                _json.WriteBoolean(column.Field, boolean);
                break;
            case CellKind.Ean:
                _json.WriteString(column.Field, Cell.Ean(cell, stackalloc byte[LongestEan]));
                break;
            default:
                _json.WriteString(column.Field, cell);
                break;
        }
    }
}
