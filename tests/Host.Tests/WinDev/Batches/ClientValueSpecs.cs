using Xunit;

namespace PixeeEvents.Host.Tests.WinDev.Batches;

/// <summary>Values as back-offices write them, in every call that takes them.</summary>
public sealed class ClientValueSpecs(SharedServer server)
{
    [Fact]
    public async Task binary_noise_is_rounded_in_every_call()
    {
        var erp = await server.Company();
        await erp.Sync(
            """
            [{"reference":"A","ean":"3760000000001","name":"a","price_ht":0.30000000000000004,"price_ttc":22.199999999999999,
              "tax_rate":5.4999999999999991,"stock":12.000000000000002,"weight":1.1500000000000001,"package_quantity":1.9999999999999998}]
            """);
        Assert.Equal("0.3 22.2 5.5 12 1.15 2", await Shown(erp));
        await erp.Patch(
            "A",
            """{"price_ht":0.7999999999999999,"tax_rate":19.600000000000001,"stock":"6.999999999999999","weight":2.3000000000000003}""");
        Assert.Equal("0.8 22.2 19.6 7 2.3 2", await Shown(erp));
        await erp.Stock("""[{"ean":"3760000000001","stock":7.999999999999999}]""");
        await erp.Prices("""[{"ean":"3760000000001","price_ht":18.505,"price_ttc":29.999999999999996}]""");
        Assert.Equal("18.505 30 19.6 8 2.3 2", await Shown(erp));
        Assert.Equal(
            "stock : nombre entier attendu",
            (await erp.Stock("""[{"ean":"3760000000001","stock":12.5}]""")).Item(0).GetProperty("message").GetString());
        await erp.NewEvents();
        await erp.NewMessages();
        await erp.Sync(
            """[{"reference":"A","name":"a","price_ttc":30.000000000000004,"stock":8.000000000000002,"weight":2.2999999999999998}]""");
        await erp.AssertNothingHappened();
    }

    [Fact]
    public async Task texts_take_integers_flags_take_words_and_days_take_timestamps_in_every_call()
    {
        var erp = await server.Company();
        await server.Inventory.PutSupplier(erp.Company, "42", "Quarante-deux", null, CancellationToken.None);
        (await erp.Sync(
            """
            [{"reference":12345,"ean":3760000000001,"name":"a","size":42,"hs_code":85291080,"category":7,"stock":1,"supplier_code":42,
              "dangerous_goods":"oui"}]
            """))
            .AssertOk("Sync terminé : 1 créés, 0 mis à jour, 0 erreurs");
        (await erp.Stock("""[{"ean":3760000000001,"stock":2,"supplier_code":42}]"""))
            .AssertOk("Stocks : 1 mis à jour, 0 introuvables, 0 erreurs");
        var product = (await erp.Patch(
            "12345",
            """{"brand":3,"ce_marked":1,"discontinued":"0","recyclable":"Non","end_of_life_date":20270131,"is_active":"non"}""")).Data;
        Assert.Equal(
            ("12345", "3760000000001", "42", "85291080", "7", "3", "2027-01-31"),
            (Text("reference"), Text("ean"), Text("size"), Text("hs_code"), Text("category"), Text("brand"), Text("end_of_life_date")));
        Assert.Equal(
            (true, true, false, false, false),
            (Flag("dangerous_goods"), Flag("ce_marked"), Flag("discontinued"), Flag("recyclable"), Flag("is_active")));
        Assert.Equal("""[{"supplier_code":"42","stock":2}]""", product.GetProperty("stocks").GetRawText());
        product = (await erp.Patch("12345", """{"end_of_life_date":"2027-03-01T23:00:00Z"}""")).Data;
        Assert.Equal("2027-03-01", Text("end_of_life_date"));
        (await erp.Get("products?active_only=oui")).AssertOk("0 produits trouvés");
        (await erp.Get("products?active_only=non")).AssertOk("1 produits trouvés");

        string? Text(string name) => product.GetProperty(name).GetString();

        bool Flag(string name) => product.GetProperty(name).GetBoolean();
    }

    [Fact]
    public async Task an_empty_text_clears_what_is_optional_and_says_nothing_of_a_stock()
    {
        var erp = await server.Company();
        await erp.Sync(
            """
            [{"reference":"A","ean":"3760000000001","name":"a","brand":"b","weight":1,"country_of_origin":"FR","dangerous_goods":true,
              "price_ht":1,"price_ttc":2,"tax_rate":20,"stock":3}]
            """);
        await erp.NewEvents();
        (await erp.Sync(
            """
            [{"reference":"A","ean":"","name":"a","brand":"","weight":" ","country_of_origin":"",
              "dangerous_goods":"","price_ht":"","price_ttc":"  ",
              "tax_rate":"","stock":"","supplier_code":""}]
            """)).AssertOk("Sync terminé : 0 créés, 1 mis à jour, 0 erreurs");
        Assert.Equal("product_details_changed price_set", await erp.NewTypes());
        var product = (await erp.Product("A")).Data;
        Assert.Equal(
            ("3760000000001", "", "", "", 3),
            (product.GetProperty("ean").GetString(), product.GetProperty("brand").ToString(), product.GetProperty("price_ht").ToString(),
                product.GetProperty("price_ttc").ToString(), product.GetProperty("stock").GetInt32()));
        Assert.DoesNotContain(product.EnumerateObject(), p => p.Name is "weight" or "country_of_origin" or "dangerous_goods" or "tax_rate");
    }

    [Fact]
    public async Task an_empty_text_is_never_an_error_in_a_patch()
    {
        var erp = await server.Company();
        await erp.Sync("""[{"reference":"A","ean":"3760000000001","name":"a","price_ht":1,"stock":3}]""");
        await erp.Patch("A", """{"end_of_life_date":"2027-01-31","technical_specs":{"a":1},"ce_marked":true}""");
        await erp.NewEvents();
        (await erp.Patch(
            "A",
            """{"price_ht":"","end_of_life_date":"","technical_specs":" ","ce_marked":"","stock":"","is_active":" ","supplier_code":""}"""))
            .AssertOk("Produit mis à jour");
        Assert.Equal("product_details_changed price_set", await erp.NewTypes());
        var product = (await erp.Product("A")).Data;
        Assert.Equal((3, true), (product.GetProperty("stock").GetInt32(), product.GetProperty("is_active").GetBoolean()));
        Assert.DoesNotContain(product.EnumerateObject(), p => p.Name is "end_of_life_date" or "technical_specs" or "ce_marked");
    }

    private static async Task<string> Shown(WinDevClient erp)
    {
        var product = (await erp.Product("A")).Data;
        return string.Join(
            ' ',
            new[] { "price_ht", "price_ttc", "tax_rate", "stock", "weight", "package_quantity" }
                .Select(n => product.GetProperty(n).GetRawText()));
    }
}
