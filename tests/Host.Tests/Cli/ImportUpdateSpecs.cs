using PixeeEvents.Host.Cli.Import;
using Xunit;

namespace PixeeEvents.Host.Tests.Cli;

/// <summary>Files of stock and prices, over a real catalogue.</summary>
public sealed class ImportUpdateSpecs(WinDevServer server) : IClassFixture<WinDevServer>, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task a_file_of_stock_updates_what_exists_and_names_what_does_not()
    {
        var erp = await server.Company();
        await erp.Given(1);
        var (report, refused) = await Import(erp, "ean;stock\n3760000000001;12\n3760000000002;5\n");
        Assert.Equal((0, 1, 1, 2), (report.Created, report.Updated, report.Refused, report.ExitCode));
        Assert.Equal(["3,,3760000000002,\"Produit introuvable : 3760000000002 (sans name, aucun produit n'est créé)\""], refused);
        Assert.Equal("12", (await erp.Get("products")).Column("stock"));
        Assert.Equal(["stock_level_set"], (await erp.NewEvents()).Select(e => e.Type));
    }

    [Fact]
    public async Task a_file_of_prices_finds_products_in_any_padding()
    {
        var erp = await server.Company();
        await erp.Given(1, 2);
        var (report, _) = await Import(erp, "EAN;PV TTC\n=\"03760000000001\";18,50 €\n3760000000002;1.234,56\n");
        Assert.Equal((0, 2, 0, 0), (report.Created, report.Updated, report.Refused, report.ExitCode));
        Assert.Equal("18.50 1234.56", (await erp.Get("products")).Column("price_ttc"));
    }

    [Fact]
    public async Task a_row_whose_name_is_empty_updates_its_product_and_keeps_the_name()
    {
        var erp = await server.Company();
        await erp.Given(1);
        var (report, _) = await Import(erp, "reference;name;stock\nART-001;;7\nART-009;Nouveau;8\nTOTAL;;15\n");
        Assert.Equal((1, 1, 1), (report.Created, report.Updated, report.Refused));
        Assert.Equal("Article 1 Nouveau", (await erp.Get("products")).Column("name"));
    }

    [Fact]
    public async Task a_sync_over_http_still_asks_for_the_name()
    {
        var erp = await server.Company();
        await erp.Given(1);
        var answer = (await erp.Sync("""[{"ean":"3760000000001","stock":5}]"""))
            .AssertOk("Sync terminé : 0 créés, 0 mis à jour, 1 erreurs");
        Assert.Equal("name : champ obligatoire", answer.Item(0).GetProperty("message").GetString());
    }

    private async Task<(ImportReport Report, string[] Refused)> Import(WinDevClient erp, string text)
    {
        var file = Path.Combine(_folder, "x.csv");
        await File.WriteAllTextAsync(file, text, Stop);
        await using var target = new SyncTarget(server.Store, erp.Company, null);
        var report = await CatalogueImport.Run(
            new CatalogueFile(file).Read(Stop), target.Sync, new Progress<ImportProgress>(), file + ".refused.csv", Stop);
        return (report, report.RefusedFile is { } refused ? (await File.ReadAllLinesAsync(refused, Stop))[1..] : []);
    }
}
