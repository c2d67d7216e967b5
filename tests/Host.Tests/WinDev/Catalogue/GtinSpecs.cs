using Xunit;

namespace PixeeEvents.Host.Tests.WinDev.Catalogue;

/// <summary>A GTIN is one number in 8, 12, 13 and 14 digits.</summary>
public sealed class GtinSpecs(WinDevServer server) : IClassFixture<WinDevServer>
{
    public static TheoryData<string> Paddings => ["012345678905", "0012345678905", "00012345678905"];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Paddings))]
    public async Task another_padding_finds_the_product_and_its_first_spelling_is_shown(string padded)
    {
        var erp = await Given("0012345678905");
        Assert.Equal("0012345678905", (await erp.Product(padded)).AssertOk("Produit trouvé").Data.GetProperty("ean").GetString());
        Assert.Equal("0012345678905", (await erp.Get("products?ean=" + padded)).AssertOk("1 produits trouvés").Column("ean"));
        (await erp.Stock($$"""[{"ean":"{{padded}}","stock":7}]""")).AssertOk(Stocks(1, 0, 0));
        (await erp.Prices($$"""[{"ean":"{{padded}}","price_ttc":9.90}]""")).AssertOk("Prix : 1 mis à jour, 0 introuvables, 0 erreurs");
        (await erp.Sync($$"""[{"ean":"{{padded}}","name":"Support"}]""")).AssertOk(Synced(0, 1, 0));
        (await erp.Patch(padded, """{"color":"noir"}""")).AssertOk("Produit mis à jour");
        (await erp.Post($"products/{padded}/deactivate")).AssertOk("Produit désactivé");
        Assert.Equal(
            ["stock_level_set", "price_set", "product_details_changed", "product_details_changed", "product_deactivated"],
            (await erp.NewEvents()).Select(e => e.Type));
    }

    [Theory]
    [MemberData(nameof(Paddings))]
    public async Task pushing_another_padding_of_the_same_number_changes_nothing(string padded)
    {
        var erp = await Given("0012345678905");
        (await erp.Sync($$"""[{"reference":"A","ean":"{{padded}}","name":"Article"}]""")).AssertOk(Synced(0, 1, 0));
        (await erp.Patch("A", $$"""{"ean":"{{padded}}"}""")).AssertOk("Produit mis à jour");
        Assert.Equal("0012345678905", (await erp.Product("A")).Data.GetProperty("ean").GetString());
        Assert.Empty(await erp.NewEvents());
        Assert.Empty(await erp.NewMessages());
    }

    [Fact]
    public async Task a_number_is_one_products_in_every_padding()
    {
        var erp = await Given("12345670");
        await erp.Sync("""[{"reference":"B","name":"b"}]""");
        (await erp.Patch("B", """{"ean":"0000012345670"}""")).AssertRefused(409, "ean : déjà utilisé par un autre produit");
        (await erp.Sync("""[{"reference":"B","ean":"000012345670","name":"b"}]""")).AssertOk(Synced(0, 0, 1));
        (await erp.Sync("""[{"ean":"4006381333931","name":"c"},{"ean":"04006381333931","name":"d"}]""")).AssertOk(Synced(1, 1, 0));
        Assert.Equal("d", (await erp.Product("4006381333931")).Data.GetProperty("name").GetString());
    }

    [Fact]
    public async Task a_freed_number_can_be_given_again_in_another_padding()
    {
        var erp = await Given("12345670");
        (await erp.Patch("A", """{"ean":null}""")).AssertOk("Produit mis à jour");
        (await erp.Sync("""[{"reference":"B","ean":"00000012345670","name":"b"}]""")).AssertOk(Synced(1, 0, 0));
        Assert.Equal("B", (await erp.Product("12345670")).Data.GetProperty("reference").GetString());
    }

    [Fact]
    public async Task digits_that_are_no_gtin_are_told_apart_as_they_are_spelled()
    {
        var erp = await Given("12345678905");
        (await erp.Product("012345678905")).AssertRefused(404);
        (await erp.Stock("""[{"ean":"012345678905","stock":7},{"ean":"12345678905","stock":8}]""")).AssertOk(Stocks(1, 1, 0));
    }

    [Theory]
    [InlineData("\"0000000000000\"")]
    [InlineData("\"00000000\"")]
    [InlineData("0")]
    public async Task zeros_alone_are_no_ean(string zeros)
    {
        var erp = await Given("3760000000001");
        var items =
            $$"""
            [{"reference":"A","ean":{{zeros}},"name":"Article"},{"reference":"B","ean":{{zeros}},"name":"b"},
             {"ean":{{zeros}},"name":"c"}]
            """;
        (await erp.Sync(items)).AssertOk(Synced(1, 1, 1));
        (await erp.Patch("A", $$"""{"ean":{{zeros}}}""")).AssertOk("Produit mis à jour");
        Assert.Equal("3760000000001", (await erp.Product("A")).Data.GetProperty("ean").GetString());
        Assert.Equal(["product_registered"], (await erp.NewEvents()).Select(e => e.Type));
        var stock = await erp.Stock($$"""[{"ean":{{zeros}},"stock":7}]""");
        var refused = stock.AssertOk(Stocks(0, 0, 1)).Item(0);
        Assert.Equal("ean : champ obligatoire", refused.GetProperty("message").GetString());
    }

    [Fact]
    public async Task messages_name_the_spelling_that_the_product_has()
    {
        var erp = await Given("012345678905");
        await erp.Stock("""[{"ean":"00012345678905","stock":7},{"ean":"0012345678905","stock":8}]""");
        await erp.Prices("""[{"ean":"0012345678905","price_ttc":8}]""");
        var messages = await erp.NewMessages();
        Assert.Equal(["""["012345678905"]""", """["012345678905"]"""], messages.Select(m => m.Data.GetProperty("eans").GetRawText()));
    }

    [Fact]
    public async Task two_products_that_hold_one_number_from_before_are_each_found_by_their_own_spelling()
    {
        var erp = await Given("0012345678905");
        await server.Scalar<int>("delete from catalog.product_keys where tenant_id = $1 and kind = 'ean'", erp.Company);
        (await erp.Sync("""[{"reference":"B","ean":"012345678905","name":"b"}]""")).AssertOk(Synced(1, 0, 0));
        await Open();
        var spellings = new Dictionary<string, string> { ["0012345678905"] = "A", ["012345678905"] = "B", ["00012345678905"] = "A" };
        foreach (var (ean, reference) in spellings)
        {
            Assert.Equal(reference, (await erp.Product(ean)).Data.GetProperty("reference").GetString());
            Assert.Equal(reference, (await erp.Patch(ean, $$"""{"color":"{{ean}}"}""")).Data.GetProperty("reference").GetString());
            var synced = await erp.Sync($$"""[{"ean":"{{ean}}","name":"{{ean}}"}]""");
            Assert.Equal(reference, synced.Item(0).GetProperty("reference").GetString());
        }

        await erp.Stock("""[{"ean":"0012345678905","stock":1},{"ean":"012345678905","stock":2}]""");
        Assert.Equal("1 2", (await erp.Get("products?ean=012345678905")).Column("stock"));
        (await erp.Patch("A", """{"ean":null}""")).AssertOk("Produit mis à jour");
        Assert.Equal("B", (await erp.Patch("00012345678905", """{"size":"L"}""")).Data.GetProperty("reference").GetString());
        await Open();
        Assert.Equal("B", (await erp.Patch("0012345678905", """{"size":"M"}""")).Data.GetProperty("reference").GetString());

        async Task Open()
        {
            await server.Scalar<int>("insert into due_rebuilds (name) values ('ProductKeys')");
            await ModuleServices.BringUpToDate(server.ConnectionString, TimeProvider.System, Stop);
        }
    }

    private static string Synced(int created, int updated, int errors) =>
        $"Sync terminé : {created} créés, {updated} mis à jour, {errors} erreurs";

    private static string Stocks(int updated, int notFound, int errors) =>
        $"Stocks : {updated} mis à jour, {notFound} introuvables, {errors} erreurs";

    private async Task<WinDevClient> Given(string ean)
    {
        var erp = await server.Company();
        (await erp.Sync($$"""[{"reference":"A","ean":"{{ean}}","name":"Article"}]""")).AssertOk(Synced(1, 0, 0));
        await erp.NewEvents();
        await erp.NewMessages();
        return erp;
    }
}
