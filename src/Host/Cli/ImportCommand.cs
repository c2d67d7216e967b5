using System.CommandLine;

namespace PixeeEvents.Host.Cli;

/// <summary><c>import FILE --company X</c>. Exit code 0: all landed; 2: some lines were refused; 1: it failed.</summary>
internal static class ImportCommand
{
    public static Command Create(Func<string, CancellationToken, Task<ISyncTarget>> open)
    {
        var file = new Argument<FileInfo>("file") { Description = "A catalogue: .csv, .tsv, .json or .jsonl, each also .gz" };
        file.AcceptExistingOnly();
        var company = new Option<string>("--company") { Description = "The company that receives the products", Required = true };
        var command = new Command("import", "Import a catalogue of any size; refused lines are listed in FILE.refused.csv") { file, company };
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
        var report = await view.Show(progress =>
            Import.Run(catalogue.Read(cancellationToken), target.Sync, progress, path + ".refused.csv", cancellationToken));
        if (catalogue.IgnoredColumns.Count > 0)
        {
            Console.WriteLine($"  columns without a product field, ignored: {string.Join(", ", catalogue.IgnoredColumns)}");
        }

        return report.ExitCode;
    }
}
