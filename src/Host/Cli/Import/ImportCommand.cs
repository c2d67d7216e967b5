using System.CommandLine;

namespace PixeeEvents.Host.Cli.Import;

/// <summary>
/// <c>import FILE --company X</c>. Exit code 0: all landed; 1: it failed; 2: some lines were refused; 3: the rows were read, but
/// columns that seem to hold prices or stock were not recognised.
/// </summary>
internal static class ImportCommand
{
    private const int ColumnsMissed = 3;

    public static Command Create(Func<string, CancellationToken, Task<ISyncTarget>> open)
    {
        var file = new Argument<FileInfo>("file") { Description = "A catalogue: .csv, .tsv, .json or .jsonl, each also .gz" };
        file.AcceptExistingOnly();
        var company = new Option<string>("--company") { Description = "The company that receives the products", Required = true };
        var command = new Command(
            "import",
            "Import a catalogue of any size; refused lines are listed in FILE.refused.csv. " +
            "Exit code 2: some were refused; 3: columns of prices or stock were not recognised") { file, company };
        command.SetAction((arguments, cancellationToken) =>
            Run(arguments.GetRequiredValue(file).FullName, arguments.GetRequiredValue(company), open, cancellationToken));
        return command;
    }

    private static async Task<int> Run(
        string path, string company, Func<string, CancellationToken, Task<ISyncTarget>> open, CancellationToken cancellationToken)
    {
        await using var target = await open(company, cancellationToken);
        var catalogue = new CatalogueFile(path);
        var view = new ProgressView(Path.GetFileName(path), catalogue.Length, _ => catalogue.BytesRead);
        catalogue.ColumnsKnown = () => ProgressView.Say(AboutColumns(catalogue));
        var report = await view.Show(progress =>
            CatalogueImport.Run(catalogue.Read(cancellationToken), target.Sync, progress, path + ".refused.csv", cancellationToken));
        return report.Failure is null && catalogue.MissedColumns.Count > 0 ? ColumnsMissed : report.ExitCode;
    }

    private static IEnumerable<string> AboutColumns(CatalogueFile catalogue)
    {
        if (catalogue.IgnoredColumns.Count > 0)
        {
            yield return $"  columns without a product field, ignored: {string.Join(", ", catalogue.IgnoredColumns)}";
        }

        if (catalogue.MissedColumns.Count > 0)
        {
            var missed = string.Join(", ", catalogue.MissedColumns);
            yield return $"  WARNING: not imported, though these seem to hold prices or stock: {missed}";
            yield return "  rename them, such as PA HT or price_ht (cost), PV TTC or price_ttc, Stock; all known names: docs/import.md";
        }
    }
}
