using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using PixeeEvents.Host.Cli.Import.Csv;
using PixeeEvents.Http.Text;

namespace PixeeEvents.Host.Cli.Import;

/// <summary>One row of an export: an item in the shape of POST /products/sync, or the problem that keeps it from being one.</summary>
/// <param name="Line">Where the row starts, counted from 1, the header and lines inside quotes included.</param>
internal readonly record struct CatalogueRow(long Line, JsonElement? Item, string? Problem);

/// <summary>The file as a whole, or all of it from here on, cannot be read.</summary>
internal sealed class CatalogueFileException : Exception
{
    public CatalogueFileException() { }

    public CatalogueFileException(string message) : base(message) { }

    public CatalogueFileException(string message, Exception inner) : base(message, inner) { }
}

/// <summary>A catalogue export (.csv, .tsv, .json, .jsonl, each also .gz), read row by row in constant memory.</summary>
internal sealed class CatalogueFile(string path)
{
    private FileStream? _source;
    private long _bytesRead;

    public string Path => path;

    /// <summary>In bytes on disk, compressed if the file is.</summary>
    public long Length => new FileInfo(path).Length;

    /// <summary>How far the running <see cref="Read"/> is, in bytes on disk.</summary>
    public long BytesRead => _source is { CanRead: true } open ? open.Position : _bytesRead;

    /// <summary>Columns of a CSV file that no product field answers to; known before the first row.</summary>
    public IReadOnlyList<string> IgnoredColumns { get; private set; } = [];

    /// <summary>Those of the ignored that seem to hold prices or stock, of which the file then has none.</summary>
    public IReadOnlyList<string> MissedColumns { get; private set; } = [];

    /// <summary>Told once, when the columns of a CSV file are known.</summary>
    public Action? ColumnsKnown { get; set; }

    /// <summary>Yields every row; a broken one is a problem and reading goes on.</summary>
    /// <exception cref="CatalogueFileException">The file is no catalogue, or nothing after this point can be understood.</exception>
    public async IAsyncEnumerable<CatalogueRow> Read([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var encoding = await Guarded(() => DetectEncoding(cancellationToken));
        var file = File.OpenRead(path);
        _source = file;
        await using var bytes = Decompress(file);
        await using var utf8 = encoding is null ? bytes : Encoding.CreateTranscodingStream(bytes, encoding, Encoding.UTF8);
        await using var text = new DosText(utf8);
        await using var rows = Rows(text).GetAsyncEnumerator(cancellationToken);
        try
        {
            while (await Guarded(async () => await rows.MoveNextAsync()))
            {
                yield return rows.Current;
            }
        }
        finally
        {
            _bytesRead = file.Position;
        }
    }

    private IAsyncEnumerable<CatalogueRow> Rows(Stream utf8) => Format() switch
    {
        ".json" => JsonCatalogue.ReadArray(utf8),
        ".jsonl" or ".ndjson" => JsonCatalogue.ReadLines(utf8),
        ".csv" or ".tsv" or ".txt" => CsvCatalogue.Read(utf8, Told),
        var other => throw new CatalogueFileException($"Format « {other} » inconnu : .csv, .tsv, .json ou .jsonl attendu, .gz accepté."),
    };

    private void Told(CatalogueColumns columns)
    {
        (IgnoredColumns, MissedColumns) = (columns.Ignored, columns.Missed);
        ColumnsKnown?.Invoke();
    }

    private string Format()
    {
        var name = IsCompressed ? System.IO.Path.GetFileNameWithoutExtension(path) : path;
        return System.IO.Path.GetExtension(name).ToLowerInvariant();
    }

    private bool IsCompressed => path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);

    private Stream Decompress(FileStream file) => IsCompressed ? new GZipStream(file, CompressionMode.Decompress) : file;

    private async Task<Encoding?> DetectEncoding(CancellationToken cancellationToken)
    {
        await using var bytes = Decompress(File.OpenRead(path));
        return await TextEncoding.Detect(bytes, cancellationToken);
    }

    private async Task<T> Guarded<T>(Func<Task<T>> read)
    {
        try
        {
            return await read();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw new CatalogueFileException($"{path} est illisible : {e.Message}", e);
        }
    }
}
