using Xunit;
using static PixeeEvents.Host.Tests.Testing.Answer;
using static PixeeEvents.Host.Tests.Testing.WinDevClient;

namespace PixeeEvents.Host.Tests.WinDev.Batches;

public sealed class SyncSpecs(SharedServer server)
{
    [Fact]
    public async Task a_known_product_is_updated_and_a_new_one_created()
    {
        var erp = await server.Company();
        await erp.Sync("""[{"reference":"ART-001","ean":"3760000000001","name":"Support TV"}]""");
        await erp.NewEvents();
        var answer = (await erp.Sync(
            """
            [
                {
                  "reference": "ART-001",
                  "ean": "3760000000001",
                  "name": "Support TV mural fixe",
                  "brand": "KIMEX",
                  "price_ht": 18.50,
                  "price_ttc": 22.20,
                  "stock": 42,
                  "weight": 1.5
                },
                {
                  "reference": "ART-002",
                  "name": "Câble HDMI 2m",
                  "price_ht": 5.00,
                  "stock": 150
                }
              ]
            """)).AssertOk("Sync terminé : 1 créés, 1 mis à jour, 0 erreurs");
        Assert.Equal(["id", "reference", "status"], Keys(answer.Item(0)));
        Assert.Equal(("ART-001 ART-002", "updated created"), (answer.Column("reference"), answer.Column("status")));
        Assert.Equal(
            ["price_set", "price_set", "product_details_changed", "product_registered", "stock_level_set", "stock_level_set"],
            (await erp.NewEvents()).Select(e => e.Type).Order());
        var product = (await erp.Product("ART-001")).Data;
        Assert.Equal(answer.Item(0).GetProperty("id").GetString(), product.GetProperty("id").GetString());
        Assert.Equal(
            ("Support TV mural fixe", "KIMEX", 18.50m, 22.20m, 42, 1.5m),
            (product.GetProperty("name").GetString(), product.GetProperty("brand").GetString(), product.GetProperty("price_ht").GetDecimal(),
                product.GetProperty("price_ttc").GetDecimal(), product.GetProperty("stock").GetInt32(),
                product.GetProperty("weight").GetDecimal()));
    }

    [Fact]
    public async Task a_new_product_is_active_and_registered_before_its_stock_and_price()
    {
        var erp = await server.Company();
        await erp.Sync("""[{"reference":"A","name":"a","stock":1,"price_ht":2},{"reference":"B","name":"b","stock":1}]""");
        Assert.Equal("product_registered stock_level_set price_set product_registered stock_level_set", await erp.NewTypes());
        Assert.True((await erp.Product("A")).Data.GetProperty("is_active").GetBoolean());
    }

    [Fact]
    public async Task the_ean_is_tried_before_the_reference()
    {
        var erp = await server.Company();
        await erp.Sync("""[{"reference":"A","ean":"3760000000001","name":"a"},{"reference":"B","name":"b"}]""");
        var answer = await erp.Sync(
            """[{"reference":"C","ean":"3760000000001","name":"a"},{"reference":"B","ean":"3760000000009","name":"b"}]""");
        Assert.Equal("updated updated", answer.Column("status"));
        Assert.Equal("3760000000009", (await erp.Product("B")).Data.GetProperty("ean").GetString());
        Assert.Equal("3760000000001", (await erp.Product("C")).Data.GetProperty("ean").GetString());
        (await erp.Product("A")).AssertRefused(404);
    }

    [Fact]
    public async Task keys_of_two_products_in_one_item_are_refused()
    {
        var erp = await server.Company();
        await erp.Sync("""[{"reference":"A","ean":"3760000000001","name":"a"},{"reference":"B","name":"b"}]""");
        await erp.NewEvents();
        var answer = (await erp.Sync("""[{"reference":"B","ean":"3760000000001","name":"x"}]"""))
            .AssertOk("Sync terminé : 0 créés, 0 mis à jour, 1 erreurs");
        Assert.Equal("reference : déjà utilisé par un autre produit", answer.Item(0).GetProperty("message").GetString());
        Assert.Empty(await erp.NewEvents());
    }

    [Theory]
    [InlineData("""{"reference":"X"}""", "name : champ obligatoire")]
    [InlineData("""{"reference":"X","name":null}""", "name : champ obligatoire")]
    [InlineData("""{"name":"x"}""", "reference ou ean : l'un des deux est obligatoire")]
    [InlineData("""{"name":"x","reference":" ","ean":""}""", "reference ou ean : l'un des deux est obligatoire")]
    [InlineData("""{"reference":"X","name":"x","ean":"1234567"}""", "ean : 8 à 14 chiffres attendus")]
    [InlineData("""{"reference":"X","name":"x","ean":"123456789012345"}""", "ean : 8 à 14 chiffres attendus")]
    [InlineData("""{"reference":"X","name":"x","stock":-1}""", "stock : doit être compris entre 0 et 1000000000")]
    [InlineData("""{"reference":"X","name":"x","stock":1.5}""", "stock : nombre entier attendu")]
    [InlineData("""{"reference":"X","name":"x","price_ht":"abc"}""", "price_ht : nombre attendu")]
    [InlineData("""{"reference":"X","name":"x","price_ttc":-0.01}""", "price_ttc : doit être compris entre 0 et 1000000000")]
    [InlineData("""{"reference":"X","name":"x","tax_rate":100.01}""", "tax_rate : doit être compris entre 0 et 100")]
    [InlineData("""{"reference":"X","name":"x","package_quantity":0}""", "package_quantity : doit être compris entre 1 et 1000000000")]
    [InlineData("""{"reference":"X","name":"x","min_order_quantity":0}""", "min_order_quantity : doit être compris entre 1 et 1000000000")]
    [InlineData("""{"reference":"X","name":"x","lead_time_days":-1}""", "lead_time_days : doit être compris entre 0 et 1000000000")]
    [InlineData("""{"reference":"X","name":"x","country_of_origin":"ZZ"}""", "country_of_origin : code pays ISO 3166-1 alpha-2 attendu")]
    [InlineData("""{"reference":"X","name":"x","dangerous_goods":"peut-être"}""", "dangerous_goods : booléen attendu")]
    [InlineData("""{"reference":"X","name":7.5}""", "name : texte attendu")]
    [InlineData("""{"reference":"X","name":"a\u0000b"}""", "name : caractères de contrôle interdits")]
    [InlineData("""{"reference":"X","name":"a\u0007b"}""", "name : caractères de contrôle interdits")]
    [InlineData("""{"reference":"X","name":"\ud800"}""", "name : caractère Unicode invalide")]
    [InlineData("""{"reference":"X","name":"x","stock":1,"supplier_code":"NOBODY"}""", "supplier_code : fournisseur inconnu (NOBODY)")]
    [InlineData("""[]""", "L'élément doit être un objet JSON")]
    [InlineData("""null""", "L'élément doit être un objet JSON")]
    public async Task a_refused_item_names_field_and_rule_and_does_not_hinder_the_batch(string bad, string message)
    {
        var erp = await server.Company();
        var answer = (await erp.Sync($$"""[{"reference":"A","name":"a"},{{bad}},{"reference":"B","name":"b"}]"""))
            .AssertOk("Sync terminé : 2 créés, 0 mis à jour, 1 erreurs");
        Assert.Equal("created error created", answer.Column("status"));
        var item = answer.Item(1);
        Assert.Equal(
            (message, false, ""),
            (item.GetProperty("message").GetString(), item.GetProperty("updated").GetBoolean(), item.GetProperty("id").ToString()));
        Assert.Equal("product_registered product_registered", await erp.NewTypes());
    }

    [Fact]
    public async Task a_name_too_long_is_refused_in_its_item()
    {
        var erp = await server.Company();
        var answer = await erp.Sync($$"""[{"reference":"X","name":"{{new string('é', 256)}}"}]""");
        Assert.Equal("name : 255 caractères maximum", answer.Item(0).GetProperty("message").GetString());
    }

    [Fact]
    public async Task a_refused_item_is_named_by_its_reference_or_its_ean()
    {
        var erp = await server.Company();
        var answer = await erp.Sync("""[{"reference":"X"},{"ean":"3760000000001"}]""");
        Assert.Equal(["id", "message", "reference", "status", "updated"], Keys(answer.Item(0)));
        Assert.Equal(["ean", "id", "message", "status", "updated"], Keys(answer.Item(1)));
    }

    [Theory]
    [InlineData("""{"reference":"A","ean":"12345678","name":"x"}""", "12345678")]
    [InlineData("""{"reference":"A","ean":12345678901234,"name":"x"}""", "12345678901234")]
    [InlineData("""{"reference":"A","ean":" 3760000000001 ","name":"x"}""", "3760000000001")]
    public async Task an_ean_has_8_to_14_digits_and_no_enforced_check_digit(string item, string ean)
    {
        var erp = await server.Company();
        (await erp.Sync($"[{item}]")).AssertOk("Sync terminé : 1 créés, 0 mis à jour, 0 erreurs");
        Assert.Equal(ean, (await erp.Product("A")).Data.GetProperty("ean").GetString());
    }

    [Fact]
    public async Task numbers_may_come_as_text_and_unknown_fields_are_ignored()
    {
        var erp = await server.Company();
        await erp.Sync(
            """[{"reference":"A","name":"x","stock":"42","price_ht":" 18.50 ","weight":"1.5","is_active":false,"asin":"B00","whatever":{"a":[1]}}]""");
        var product = (await erp.Product("A")).Data;
        Assert.Equal(
            (42, 18.50m, 1.5m, true),
            (
                product.GetProperty("stock").GetInt32(), product.GetProperty("price_ht").GetDecimal(),
                product.GetProperty("weight").GetDecimal(), product.GetProperty("is_active").GetBoolean()));
        Assert.False(product.TryGetProperty("asin", out _));
    }

    [Fact]
    public async Task text_is_trimmed_and_composed_and_found_again_as_it_was_sent()
    {
        var erp = await server.Company();
        await erp.Sync("""[{"reference":" Ca\u0302ble ","name":"  Ca\u0302ble  "}]""");
        Assert.Equal("Câble", (await erp.Product("Câble")).Data.GetProperty("name").GetString());
        Assert.Equal("Câble", (await erp.Product(" Ca\u0302ble ")).Data.GetProperty("reference").GetString());
        (await erp.Sync("""[{"reference":"Câble","name":"Câble"}]""")).AssertOk("Sync terminé : 0 créés, 1 mis à jour, 0 erreurs");
        Assert.Equal("product_registered", await erp.NewTypes());
    }

    [Fact]
    public async Task null_and_a_missing_key_leave_what_is_known()
    {
        var erp = await server.Company();
        await erp.Sync("""[{"reference":"A","ean":"3760000000001","name":"x","brand":"KIMEX","price_ht":5,"stock":3}]""");
        await erp.NewEvents();
        await erp.Sync(
            """[{"reference":"A","ean":null,"name":"x","brand":null,"price_ht":null,"stock":null},{"reference":"","ean":"3760000000001","name":"x"}]""");
        Assert.Empty(await erp.NewEvents());
    }

    [Fact]
    public async Task an_item_sees_what_the_items_before_it_did()
    {
        var erp = await server.Company();
        var answer = await erp.Sync(
            """[{"reference":"A","name":"1","stock":1},{"reference":"A","name":"2","stock":2},{"reference":"A","ean":"3760000000001","name":"2"},{"ean":"3760000000001","name":"3"}]""");
        Assert.Equal("created updated updated updated", answer.Column("status"));
        Assert.Single(answer.Data.EnumerateArray().Select(d => d.GetProperty("id").GetString()).Distinct());
        var product = (await erp.Product("A")).Data;
        Assert.Equal(
            ("3", 2, 4),
            (product.GetProperty("name").GetString(), product.GetProperty("stock").GetInt32(), product.GetProperty("version").GetInt32()));
    }

    [Fact]
    public async Task stock_with_a_supplier_code_is_that_suppliers_figure()
    {
        var erp = await server.Company();
        await erp.Sync("""[{"reference":"A","name":"a","stock":7,"supplier_code":"KIMEX"}]""");
        Assert.Equal(
            "KIMEX", Assert.Single(await erp.NewEvents(), e => e.Type == "stock_level_set").Data.GetProperty("SupplierCode").GetString());
    }

    [Fact]
    public async Task an_empty_batch_is_a_batch()
    {
        var erp = await server.Company();
        (await erp.Sync("[]")).AssertOk("Sync terminé : 0 créés, 0 mis à jour, 0 erreurs");
        await erp.AssertNothingHappened();
    }

    [Fact]
    public async Task a_thousand_products_fit_in_a_call()
    {
        var erp = await server.Company();
        await erp.Given([.. Enumerable.Range(1, 1000)]);
        Assert.Equal(Ean(1000), (await erp.Product("ART-1000")).Data.GetProperty("ean").GetString());
    }

    [Fact]
    public async Task every_documented_field_is_kept()
    {
        var erp = await server.Company();
        await erp.Sync(
            """
            [{"reference":"A","ean":"3760000000001","name":"n","brand":"b","short_description":"s","description":"d","price_ht":1.5,"price_ttc":2,"stock":3,
              "weight":1.25,"width":2.5,"height":3.5,"depth":4.5,"unit_of_measure":"pièce","package_weight":900,"package_quantity":2,"upc":"u","gtin":"g",
              "external_id":"x","min_order_quantity":2,"lead_time_days":5,"hs_code":"8529","country_of_origin":"FR","dangerous_goods":false,"color":"noir",
              "size":"L","material":"acier","tax_rate":20,"warranty_duration":24,"category":"Supports"}]
            """);
        Assert.Equal(
            [
                "brand", "category", "color", "country_of_origin", "dangerous_goods", "depth", "description", "ean", "external_id", "gtin",
                "height", "hs_code", "id",
                "is_active", "lead_time_days", "material", "min_order_quantity", "name", "package_quantity", "package_weight", "price_ht",
                "price_ttc", "reference",
                "short_description", "size", "status", "stock", "stocks", "tax_rate", "unit_of_measure", "upc", "updated_at", "version",
                "warranty_duration", "weight", "width",
            ],
            Keys((await erp.Product("A")).Data));
    }
}
