using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Unicode;
using CsvHelper;
using PixeeEvents.Http.Text;

namespace PixeeEvents.Host.Cli.Import;

/// <summary>
/// Reads products from RFC 4180 text in UTF-8.
/// A quote inside an unquoted cell (Support 55") is text. A quote that is never closed swallows the lines after it:
/// only the line that opened it is refused, and reading starts again on the next one.
/// </summary>
internal static class CsvCatalogue
{
    private const int LongestRow = 1024 * 1024;

    /// <summary>A title, a date and empty lines may stand before the header.</summary>
    private const int LinesBeforeRows = 10;

    public static async IAsyncEnumerable<CatalogueRow> Read(
        Stream utf8, Action<CatalogueColumns> header, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await using var input = new RewindableStream(utf8);
        var separator = await DetectSeparator(input, cancellationToken);
        CsvMalformedRecord? malformed = null;
        var reader = Open(input, separator, hasHeader: true, m => malformed = m);
        try
        {
            using var columns = await ReadHeader(reader, cancellationToken);
            header(columns);
            malformed = null;
            long bytesBefore = 0, linesBefore = 0;
            while (true)
            {
                var (more, tooLong) = await Next(reader, cancellationToken);
                if (!more)
                {
                    yield break;
                }

                var line = linesBefore + (tooLong?.LineNumber ?? reader.LineNumber);
                var problem = tooLong is null ? Problem(reader, columns.Count, malformed) : Unclosed;
                if (problem is not null)
                {
                    yield return new CatalogueRow(line, null, problem);
                }
                else if (columns.ToItem(reader) is { } item)
                {
                    yield return new CatalogueRow(line, item, null);
                }

                if (tooLong is not null || (problem is not null && malformed is not null && SpansLines(reader)))
                {
                    input.Position = bytesBefore + (tooLong?.ByteOffset ?? reader.ByteOffset);
                    input.SkipLine();
                    (bytesBefore, linesBefore) = (input.Position, line);
                    await reader.DisposeAsync();
                    reader = Open(input, separator, hasHeader: false, m => malformed = m);
                }

                malformed = null;
            }
        }
        finally
        {
            await reader.DisposeAsync();
        }
    }

    private static bool SpansLines(CsvReader reader) => reader.RawRecord.ContainsAny((byte)'\r', (byte)'\n');

    private const string Unclosed = "Guillemet ouvert et jamais refermé";

    private static CsvReader Open(RewindableStream input, char? separator, bool hasHeader, Action<CsvMalformedRecord> malformed) =>
        CsvReader.Create(
            input,
            new CsvReaderOptions
            {
                Separator = separator,
                DetectSeparatorHint = true,
                HasHeader = hasHeader,
                TrackLineNumbers = true,
                MaxRecordSize = LongestRow,
                OnMalformedRecord = malformed,
            },
            leaveOpen: true);

    /// <returns>
    /// The commonest candidate outside quotes in the first line that has one; null for Excel's « sep=; », which the reader knows.
    /// </returns>
    private static async Task<char?> DetectSeparator(RewindableStream input, CancellationToken cancellationToken)
    {
        var start = new byte[64 * 1024];
        var length = await input.ReadAtLeastAsync(start, start.Length, throwOnEndOfStream: false, cancellationToken);
        input.Position = 0;
        return Separator(start.AsSpan(0, length));
    }

    private static char? Separator(ReadOnlySpan<byte> text)
    {
        text = text.StartsWith("\uFEFF"u8) ? text[3..] : text;
        text = text.TrimStart("\r\n"u8);
        if (text.StartsWith("sep="u8))
        {
            return null;
        }

        int commas = 0, semicolons = 0, tabs = 0;
        var quoted = false;
        foreach (var c in text)
        {
            if (!quoted && c is (byte)'\n' or (byte)'\r')
            {
                if (commas + semicolons + tabs == 0)
                {
                    continue;
                }

                break;
            }

            quoted ^= c == '"';
            commas += !quoted && c == ',' ? 1 : 0;
            semicolons += !quoted && c == ';' ? 1 : 0;
            tabs += !quoted && c == '\t' ? 1 : 0;
        }

        return tabs > Math.Max(commas, semicolons) ? '\t' : semicolons > commas ? ';' : ',';
    }

    private static async Task<CatalogueColumns> ReadHeader(CsvReader reader, CancellationToken cancellationToken)
    {
        try
        {
            await reader.ReadHeaderAsync(cancellationToken);
            if (CatalogueColumns.From([.. reader.Headers]) is { } first)
            {
                return first;
            }

            for (var line = 2; line <= LinesBeforeRows && await reader.ReadAsync(cancellationToken); line++)
            {
                var headers = Enumerable.Range(0, reader.FieldCount).Select(i => Encoding.UTF8.GetString(reader.GetSpan(i))).ToList();
                if (CatalogueColumns.From(headers) is { Recognised: > 1 } columns)
                {
                    return columns;
                }
            }
        }
        catch (CsvFormatException e)
        {
            throw new CatalogueFileException($"La ligne d'en-tête est illisible : {e.Message}", e);
        }

        throw new CatalogueFileException(
            $"Pas de ligne d'en-tête avec une colonne reference ou ean. Première ligne : {string.Join(" | ", reader.Headers.Take(8))}");
    }

    private static async Task<(bool More, CsvFormatException? TooLong)> Next(CsvReader reader, CancellationToken cancellationToken)
    {
        try
        {
            return (await reader.ReadAsync(cancellationToken), null);
        }
        catch (CsvFormatException e)
        {
            return (true, e);
        }
    }

    private static string? Problem(CsvReader reader, int columns, CsvMalformedRecord? malformed)
    {
        var fits = reader.FieldCount <= columns || IsPadded(reader, columns);
        return malformed?.Reason switch
        {
            CsvMalformedReason.TextAfterClosingQuote =>
                "Texte après un guillemet fermant : un guillemet dans une cellule s'écrit deux fois",
            CsvMalformedReason.UnterminatedQuote => Unclosed,
            _ when !fits => $"{reader.FieldCount} cellules au lieu de {columns}",
            _ when !Utf8.IsValid(reader.RawRecord) => "Caractères illisibles : la ligne n'est pas en UTF-8",
            _ when !WireText.IsReadable(reader.RawRecord) => "Caractères illisibles : un octet de la ligne n'est pas un caractère",
            _ => null,
        };
    }

    private static bool IsPadded(CsvReader reader, int columns)
    {
        var field = columns;
        while (field < reader.FieldCount && reader.IsEmpty(field))
        {
            field++;
        }

        return reader.FieldCount > columns && field == reader.FieldCount;
    }
}
