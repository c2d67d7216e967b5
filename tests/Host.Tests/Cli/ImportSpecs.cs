using System.CommandLine;
using System.Text.Json;
using PixeeEvents.Host.Cli.Demo;
using PixeeEvents.Host.Cli.Import;
using Xunit;

namespace PixeeEvents.Host.Tests.Cli;

public sealed class ImportSpecs : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task rows_are_sent_in_batches_of_a_thousand()
    {
        var target = new Recorded();
        var report = await Run(Rows(2500), target);
        Assert.Equal([1000, 1000, 500], target.Batches);
        Assert.Equal((2500, 0, 0, 0), (report.Created, report.Updated, report.Refused, report.ExitCode));
    }

    [Fact]
    public async Task refused_rows_keep_their_lines_and_do_not_hinder_the_others()
    {
        CatalogueRow[] rows = [Item(2, "A"), new(3, null, "Guillemet « ouvert »"), Item(4, "refused"), Item(5, "B")];
        var report = await Run(rows.ToAsyncEnumerable(), new Recorded());
        Assert.Equal((2, 2, 2), (report.Created, report.Refused, report.ExitCode));
        Assert.Equal(
            ["line,reference,ean,message", "3,,,Guillemet « ouvert »", "4,refused,376,Le stock est négatif"],
            await File.ReadAllLinesAsync(report.RefusedFile!, TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("""{"\ud800":1,"reference":"refused"}""", "2,refused,,Le stock est négatif")]
    [InlineData("""{"reference":"refused","ean":"\ud800"}""", "2,refused,,Le stock est négatif")]
    public async Task a_refused_row_that_is_no_unicode_is_reported_like_any_other(string json, string line)
    {
        CatalogueRow[] rows = [new(2, JsonSerializer.Deserialize<JsonElement>(json), null), Item(3, "B")];
        var report = await Run(rows.ToAsyncEnumerable(), new Recorded());
        Assert.Equal((1, 1), (report.Created, report.Refused));
        Assert.Equal(line, (await File.ReadAllLinesAsync(report.RefusedFile!, TestContext.Current.CancellationToken))[1]);
    }

    [Fact]
    public async Task every_refused_line_is_in_the_file_and_the_first_thousand_in_memory()
    {
        var rows = Enumerable.Range(1, 3000).Select(n => new CatalogueRow(n, null, "x")).ToAsyncEnumerable();
        var report = await Run(rows, new Recorded());
        Assert.Equal((3000, 1000), (report.Refused, report.First.Count));
        Assert.Equal(3001, File.ReadLines(report.RefusedFile!).Count());
    }

    [Fact]
    public async Task a_clean_import_leaves_no_refused_file_not_even_that_of_an_earlier_run()
    {
        await File.WriteAllTextAsync(Refused, "old", TestContext.Current.CancellationToken);
        var report = await Run(Rows(1), new Recorded());
        Assert.Null(report.RefusedFile);
        Assert.False(File.Exists(Refused));
    }

    [Theory]
    [InlineData("reference,name\nA,a\n", 0)]
    [InlineData("reference,name\nA,a\nrefused,b\n", 2)]
    [InlineData("no header", 1)]
    [InlineData("reference,Px net\nA,12\n", 3)]
    [InlineData("reference,Px net\nrefused,12\n", 3)]
    [InlineData("reference,Emplacement\nA,12\n", 0)]
    public async Task the_exit_code_tells_what_became_of_the_file(string text, int expected)
    {
        var file = Path.Combine(_folder, "x.csv");
        await File.WriteAllTextAsync(file, text, TestContext.Current.CancellationToken);
        var command = ImportCommand.Create((_, _) => Task.FromResult<ISyncTarget>(new Recorded()));
        var root = new RootCommand { command };
        Assert.Equal(
            expected, await root.Parse(["import", file, "--company", "demo"]).InvokeAsync(null, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task what_stands_before_an_unreadable_part_is_sent()
    {
        var target = new Recorded();
        var file = Path.Combine(_folder, "x.json");
        await File.WriteAllTextAsync(file, """[{"reference":"A"}, oops]""", TestContext.Current.CancellationToken);
        var report = await Run(new CatalogueFile(file).Read(TestContext.Current.CancellationToken), target);
        Assert.Equal((1, 1), (report.Created, report.ExitCode));
        Assert.NotNull(report.Failure);
    }

    [Fact]
    public async Task the_demo_fills_the_demo_company_by_default()
    {
        string? opened = null;
        var target = new Recorded();
        var command = DemoCommand.Create((company, _) =>
        {
            opened = company;
            return Task.FromResult<ISyncTarget>(target);
        });
        var code = await new RootCommand { command }.Parse(["demo", "--products", "1250"])
            .InvokeAsync(null, TestContext.Current.CancellationToken);
        Assert.Equal(0, code);
        Assert.Equal("demo", opened);
        Assert.Equal([1000, 250], target.Batches);
    }

    private string Refused => Path.Combine(_folder, "x.csv.refused.csv");

    private Task<ImportReport> Run(IAsyncEnumerable<CatalogueRow> rows, Recorded target) =>
        CatalogueImport.Run(rows, target.Sync, new Progress<ImportProgress>(), Refused, TestContext.Current.CancellationToken);

    private static IAsyncEnumerable<CatalogueRow> Rows(int count) =>
        DemoCatalogue.Products(count).Select((product, index) => new CatalogueRow(index + 1, product, null)).ToAsyncEnumerable();

    private static CatalogueRow Item(long line, string reference) =>
        new(line, JsonElement.Parse($$"""{"reference":"{{reference}}","ean":"376"}"""), null);

    private sealed class Recorded : ISyncTarget
    {
        public List<int> Batches { get; } = [];

        public Task<IReadOnlyList<ItemResult>> Sync(IReadOnlyList<JsonElement> items, CancellationToken cancellationToken)
        {
            Batches.Add(items.Count);
            return Task.FromResult<IReadOnlyList<ItemResult>>([.. items.Select(Result)]);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private static ItemResult Result(JsonElement item) => item.GetProperty("reference").GetString() switch
        {
            "refused" => new ItemResult("refused", "error", "Le stock est négatif"),
            var reference => new ItemResult(reference, "created", null),
        };
    }
}
