using System.Globalization;
using System.Text;
using CsvHelper;

namespace PixeeEvents.Host.Cli.Import;

internal sealed record RefusedLine(long Line, string? Reference, string? Ean, string Message);

/// <summary>What became of the rows of one import. Counts are exact; only the first refused lines are kept in memory.</summary>
internal sealed class ImportReport(string? refusedFile) : IAsyncDisposable
{
    public const int KeptInMemory = 1000;

    private readonly List<RefusedLine> _first = [];
    private CsvWriter? _file;

    public long Created { get; set; }

    public long Updated { get; set; }

    public long Refused { get; private set; }

    public long Rows => Created + Updated + Refused;

    /// <summary>Why the rows after the last counted one were not read; null when the catalogue was read to its end.</summary>
    public string? Failure { get; set; }

    public IReadOnlyList<RefusedLine> First => _first;

    /// <summary>Holds every refused line; null when there is none or nowhere to write them.</summary>
    public string? RefusedFile => _file is null ? null : refusedFile;

    public int ExitCode => Failure is not null ? 1 : Refused > 0 ? 2 : 0;

    public void Refuse(RefusedLine line)
    {
        Refused++;
        if (_first.Count < KeptInMemory)
        {
            _first.Add(line);
        }

        if (refusedFile is not null)
        {
            _file ??= Create(refusedFile);
            _file.WriteRecord(line.Line.ToString(CultureInfo.InvariantCulture), line.Reference ?? "", line.Ean ?? "", line.Message);
        }
    }

    public ValueTask DisposeAsync() => _file?.DisposeAsync() ?? ValueTask.CompletedTask;

    // The byte order mark makes spreadsheets read the accents.
    private static CsvWriter Create(string path)
    {
        var file = CsvWriter.Create(new StreamWriter(path, append: false, new UTF8Encoding(encoderShouldEmitUTF8Identifier: true)));
        file.WriteRecord("line", "reference", "ean", "message");
        return file;
    }
}
