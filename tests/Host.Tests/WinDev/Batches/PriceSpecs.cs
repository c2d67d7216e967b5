using System.Text.Json;
using Xunit;

namespace PixeeEvents.Host.Tests.WinDev.Batches;

public sealed class PriceSpecs(SharedServer server)
{
    [Fact]
    public async Task found_products_get_their_prices()
    {
        var erp = await server.Company();
        await erp.Given(1, 2);
        var answer = (await erp.Prices(
            """
            [
                { "ean": "3760000000001", "price_ht": 18.50, "price_ttc": 22.20 },
                { "ean": "3760000000002", "price_ttc": 9.99 }
              ]
            """)).AssertOk("Prix : 2 mis à jour, 0 introuvables, 0 erreurs");
        Assert.Equal(
            """[{"ean":"3760000000001","updated":true,"status":"ok"},{"ean":"3760000000002","updated":true,"status":"ok"}]""",
            answer.Data.GetRawText());
        var events = await erp.NewEvents();
        Assert.Equal(["price_set", "price_set"], events.Select(e => e.Type));
        Assert.Equal(
            [("18.50", "22.20"), ("", "9.99")],
            events.OrderBy(e => e.Data.GetProperty("SellingPrice").GetDecimal() != 22.20m)
                .Select(e => (e.Data.GetProperty("Cost").ToString(), e.Data.GetProperty("SellingPrice").ToString())));
    }

    [Fact]
    public async Task price_ht_is_cost_price_ttc_selling_price_and_neither_derives_from_the_other()
    {
        var erp = await server.Company();
        await erp.Sync("""[{"reference":"A","ean":"3760000000001","name":"a","tax_rate":20,"price_ht":10}]""");
        Assert.Equal("", (await erp.Product("A")).Data.GetProperty("price_ttc").ToString());
        await erp.Prices("""[{"ean":"3760000000001","price_ttc":"15.00"}]""");
        var product = (await erp.Product("A")).Data;
        Assert.Equal(
            ("10", "15.00", "20"),
            (
                product.GetProperty("price_ht").ToString(), product.GetProperty("price_ttc").ToString(),
                product.GetProperty("tax_rate").ToString()));
    }

    [Theory]
    [InlineData("""{"ean":"3760000000001"}""", "price_ht ou price_ttc : l'un des deux est obligatoire")]
    [InlineData("""{"ean":"3760000000001","price_ht":null,"price_ttc":""}""", "price_ht ou price_ttc : l'un des deux est obligatoire")]
    [InlineData("""{"ean":"3760000000001","price_ht":-1}""", "price_ht : doit être compris entre 0 et 1000000000")]
    [InlineData("""{"ean":"3760000000001","price_ttc":"1,5"}""", "price_ttc : nombre attendu")]
    [InlineData("""{"ean":"3760000000001","price_ttc":0.0000001}""", "price_ttc : 6 décimales maximum")]
    [InlineData("""{"ean":"3760000000001","price_ttc":1e400}""", "price_ttc : doit être compris entre 0 et 1000000000")]
    [InlineData("""{"price_ht":1}""", "ean : champ obligatoire")]
    [InlineData("""[]""", "L'élément doit être un objet JSON")]
    public async Task a_refused_item_does_not_hinder_the_batch(string bad, string message)
    {
        var erp = await server.Company();
        await erp.Given(1, 2);
        var answer = (await erp.Prices($$"""[{{bad}},{"ean":"3760000000002","price_ht":2},{"ean":"3769999999999","price_ht":2}]"""))
            .AssertOk("Prix : 1 mis à jour, 1 introuvables, 1 erreurs");
        Assert.Equal(
            (message, "error"), (answer.Item(0).GetProperty("message").GetString(), answer.Item(0).GetProperty("status").GetString()));
        Assert.Equal("price_set", await erp.NewTypes());
    }

    [Fact]
    public async Task money_is_exact()
    {
        var erp = await server.Company();
        await erp.Given(1);
        await erp.Prices("""[{"ean":"3760000000001","price_ht":0.1,"price_ttc":123456789.012345}]""");
        var text = (await erp.Product("ART-001")).Text;
        Assert.Contains("\"price_ht\":0.1,\"price_ttc\":123456789.012345,", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task one_item_above_5000_refuses_the_whole_batch()
    {
        var erp = await server.Company();
        await erp.Given(1);
        var items = Enumerable.Range(1, 5001).Select(n => new { ean = WinDevClient.Ean(n), price_ht = n });
        (await erp.Prices(JsonSerializer.Serialize(items))).AssertRefused(422, "Trop d'éléments : 5000 maximum par appel");
        await erp.AssertNothingHappened();
    }
}
