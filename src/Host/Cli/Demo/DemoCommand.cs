using System.CommandLine;
using PixeeEvents.Host.Cli.Import;

namespace PixeeEvents.Host.Cli.Demo;

/// <summary><c>demo --products N</c>. Exit codes as of <see cref="ImportCommand"/>.</summary>
internal static class DemoCommand
{
    public static Command Create(Func<string, CancellationToken, Task<ISyncTarget>> open)
    {
        var products = new Option<int>("--products") { Description = "How many products to generate", Required = true };
        products.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > DemoCatalogue.Most)
            {
                result.AddError($"--products must be between 1 and {DemoCatalogue.Most}.");
            }
        });
        var company = new Option<string>("--company") { Description = "The company that receives them", DefaultValueFactory = _ => "demo" };
        var command = new Command("demo", "Fill a company with a realistic catalogue of any size") { products, company };
        command.SetAction((arguments, cancellationToken) =>
            Run(arguments.GetRequiredValue(products), arguments.GetRequiredValue(company), open, cancellationToken));
        return command;
    }

    private static async Task<int> Run(
        int products, string company, Func<string, CancellationToken, Task<ISyncTarget>> open, CancellationToken cancellationToken)
    {
        await using var target = await open(company, cancellationToken);
        var view = new ProgressView("demo", products, progress => progress.Rows);
        var report = await view.Show(progress =>
            CatalogueImport.Run(Rows(products), target.Sync, progress, refusedFile: null, cancellationToken));
        return report.ExitCode;
    }

    private static IAsyncEnumerable<CatalogueRow> Rows(int products) =>
        DemoCatalogue.Products(products).Select((product, index) => new CatalogueRow(index + 1, product, null)).ToAsyncEnumerable();
}
