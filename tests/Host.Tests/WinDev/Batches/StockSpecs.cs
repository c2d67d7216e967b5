using System.Text.Json;
using Xunit;
using static PixeeEvents.Host.Tests.Testing.Answer;

namespace PixeeEvents.Host.Tests.WinDev.Batches;

public sealed class StockSpecs(SharedServer server)
{
    [Fact]
    public async Task found_products_are_updated_and_the_others_named()
    {
        var erp = await server.Company();
        await erp.Given(1, 3);
        var answer = (await erp.Stock(
            """
            [
                { "ean": "3760000000001", "stock": 42, "supplier_code": "KIMEX" },
                { "ean": "3760000000002", "stock": 0 },
                { "ean": "3760000000003", "stock": 15, "supplier_code": "KIMEX" }
              ]
            """)).AssertOk("Stocks : 2 mis à jour, 1 introuvables, 0 erreurs");
        Assert.Equal(
            """[{"ean":"3760000000001","updated":true,"status":"ok"},{"ean":"3760000000002","updated":false,"status":"not_found"},{"ean":"3760000000003","updated":true,"status":"ok"}]""",
            answer.Data.GetRawText());
        var events = await erp.NewEvents();
        Assert.Equal(["stock_level_set", "stock_level_set"], events.Select(e => e.Type));
        Assert.Equal(
            [(15L, "KIMEX"), (42L, "KIMEX")],
            events.Select(e => (e.Data.GetProperty("Level").GetInt64(), e.Data.GetProperty("SupplierCode").GetString()!)).Order());
    }

    [Fact]
    public async Task the_generic_figure_is_shown_when_present_and_the_sum_of_suppliers_otherwise()
    {
        var erp = await server.Company();
        await server.Inventory.PutSupplier(erp.Company, "B", "B", null, CancellationToken.None);
        await erp.Given(1);
        await erp.Stock(
            """[{"ean":"3760000000001","stock":5,"supplier_code":"KIMEX"},{"ean":"3760000000001","stock":7,"supplier_code":"B"}]""");
        Assert.Equal(12, (await erp.Product("ART-001")).Data.GetProperty("stock").GetInt32());
        await erp.Stock("""[{"ean":"3760000000001","stock":0}]""");
        Assert.Equal(0, (await erp.Product("ART-001")).Data.GetProperty("stock").GetInt32());
        await erp.Stock("""[{"ean":"3760000000001","stock":9,"supplier_code":"B"}]""");
        var product = (await erp.Product("ART-001")).Data;
        Assert.Equal(0, product.GetProperty("stock").GetInt32());
        Assert.Equal(
            """[{"supplier_code":null,"stock":0},{"supplier_code":"B","stock":9},{"supplier_code":"KIMEX","stock":5}]""",
            product.GetProperty("stocks").GetRawText());
    }

    [Theory]
    [InlineData("""{"ean":"3760000000001","stock":-1}""", "stock : doit être compris entre 0 et 1000000000")]
    [InlineData("""{"ean":"3760000000001","stock":1.5}""", "stock : nombre entier attendu")]
    [InlineData("""{"ean":"3760000000001","stock":"abc"}""", "stock : nombre entier attendu")]
    [InlineData("""{"ean":"3760000000001","stock":null}""", "stock : champ obligatoire")]
    [InlineData("""{"ean":"3760000000001"}""", "stock : champ obligatoire")]
    [InlineData("""{"stock":1}""", "ean : champ obligatoire")]
    [InlineData("""{"reference":"ART-001","stock":1}""", "ean : champ obligatoire")]
    [InlineData("""{"ean":"ART-001","stock":1}""", "ean : 8 à 14 chiffres attendus")]
    [InlineData("""{"ean":"3760000000001","stock":1,"supplier_code":"NOBODY"}""", "supplier_code : fournisseur inconnu (NOBODY)")]
    [InlineData("""{"ean":"3760000000001","stock":1,"supplier_code":"kimex"}""", "supplier_code : fournisseur inconnu (kimex)")]
    [InlineData("""{"ean":"3760000000001","stock":1,"supplier_code":"K\u0000"}""", "supplier_code : caractères de contrôle interdits")]
    [InlineData("""{"\ud800":1,"ean":"376000000000\u0031","stock":-1}""", "stock : doit être compris entre 0 et 1000000000")]
    [InlineData("""42""", "L'élément doit être un objet JSON")]
    public async Task a_refused_item_does_not_hinder_the_batch(string bad, string message)
    {
        var erp = await server.Company();
        await erp.Given(1, 2);
        var answer = (await erp.Stock($$"""[{{bad}},{"ean":"3760000000002","stock":2}]"""))
            .AssertOk("Stocks : 1 mis à jour, 0 introuvables, 1 erreurs");
        Assert.Equal(["ean", "message", "status", "updated"], Keys(answer.Item(0)));
        Assert.Equal(
            (message, "error", false),
            (
                answer.Item(0).GetProperty("message").GetString(), answer.Item(0).GetProperty("status").GetString(),
                answer.Item(0).GetProperty("updated").GetBoolean()));
        Assert.Equal("stock_level_set", await erp.NewTypes());
    }

    [Fact]
    public async Task numbers_may_come_as_text()
    {
        var erp = await server.Company();
        await erp.Given(1);
        (await erp.Stock("""[{"ean":3760000000001,"stock":" 42 "}]""")).AssertOk("Stocks : 1 mis à jour, 0 introuvables, 0 erreurs");
        Assert.Equal(42, (await erp.Product("ART-001")).Data.GetProperty("stock").GetInt32());
    }

    [Fact]
    public async Task the_same_ean_twice_is_taken_in_order_and_the_last_wins()
    {
        var erp = await server.Company();
        await erp.Given(1);
        (await erp.Stock("""[{"ean":"3760000000001","stock":1},{"ean":"3760000000001","stock":2}]"""))
            .AssertOk("Stocks : 2 mis à jour, 0 introuvables, 0 erreurs");
        Assert.Equal([(1L, 1L), (2L, 2L)], (await erp.NewEvents()).Select(e => (e.Version, e.Data.GetProperty("Level").GetInt64())));
        Assert.Equal(2, (await erp.Product("ART-001")).Data.GetProperty("stock").GetInt32());
    }

    [Fact]
    public async Task five_thousand_items_fit_and_one_more_is_refused_whole()
    {
        var erp = await server.Company();
        await erp.Given(1);
        string Items(int count) =>
            JsonSerializer.Serialize(Enumerable.Range(1, count).Select(n => new { ean = WinDevClient.Ean(n), stock = n }));
        (await erp.Stock(Items(5001))).AssertRefused(422, "Trop d'éléments : 5000 maximum par appel");
        await erp.AssertNothingHappened();
        (await erp.Stock(Items(5000))).AssertOk("Stocks : 1 mis à jour, 4999 introuvables, 0 erreurs");
    }
}
