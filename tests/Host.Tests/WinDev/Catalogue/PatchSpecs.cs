using System.Text.Json;
using Xunit;
using static PixeeEvents.Host.Tests.Testing.Answer;

namespace PixeeEvents.Host.Tests.WinDev.Catalogue;

public sealed class PatchSpecs(SharedServer server)
{
    [Fact]
    public async Task given_fields_change_and_the_others_stay()
    {
        var erp = await server.Company();
        await erp.Sync("""[{"reference":"ART-001","ean":"3760000000001","name":"Support TV mural fixe","price_ttc":22.20}]""");
        await erp.NewEvents();
        await erp.NewMessages();
        var answer = (await erp.Patch(
            "ART-001",
            """
            {
                "price_ht": 19.99,
                "stock": 38,
                "is_active": true,
                "warranty_duration": 24,
                "ce_marked": true
              }
            """)).AssertOk("Produit mis à jour");
        Assert.Equal(
            ("3760000000001", "Support TV mural fixe", true, 19.99m, 22.20m, 38),
            (answer.Data.GetProperty("ean").GetString(), answer.Data.GetProperty("name").GetString(), answer.Data.GetProperty("is_active").GetBoolean(),
                answer.Data.GetProperty("price_ht").GetDecimal(), answer.Data.GetProperty("price_ttc").GetDecimal(),
                answer.Data.GetProperty("stock").GetInt32()));
        Assert.Empty(new[] { "id", "ean", "name", "is_active", "updated_at" }.Except(Keys(answer.Data)));
        var events = await erp.NewEvents();
        Assert.Equal(["product_details_changed", "stock_level_set", "price_set"], events.Select(e => e.Type));
        Assert.Equal(["ce_marked", "warranty_duration"], Keys(events[0].Data.GetProperty("Changes")));
        var updated = Assert.Single(await erp.NewMessages(), m => m.Type == "product.updated");
        Assert.Equal(
            """["ce_marked", "warranty_duration", "stock", "price_ht"]""", updated.Data.GetProperty("updated_fields").GetRawText());
    }

    [Fact]
    public async Task every_documented_field_can_be_written_and_is_shown()
    {
        var erp = await server.Company();
        await erp.Given(1);
        const string Body =
            """
            {"name":"n","ean":"37600009","asin":"a","upc":"u","gtin":"g","external_id":"x","reference":"R","url_slug":"u-s","brand":"b","description":"d",
             "short_description":"s","promotional_text":"p","is_active":false,"lifecycle_status":"draft","discontinued":true,"end_of_life_date":"2027-01-31",
             "weight":1,"width":2,"height":3,"depth":4,"unit_of_measure":"m","package_length":1,"package_width":2,"package_height":3,"package_weight":4,"package_quantity":5,
             "min_order_quantity":1,"max_order_quantity":2,"order_increment":3,"lead_time_days":4,"backorder_allowed":true,"preorder_available":false,"requires_quote":true,
             "is_b2b_only":false,"hs_code":"1","country_of_origin":"FR","dangerous_goods":true,"dangerous_goods_class":"3","reach_compliant":true,"rohs_compliant":true,
             "ce_marked":true,"weee_category":"4","energy_class":"A","recyclable":true,"eco_friendly":false,"carbon_footprint_kg":1.5,"warranty_duration":24,
             "warranty_type":"t","return_policy_days":14,"return_allowed":true,"color":"c","color_secondary":"c2","size":"L","material":"m","finish":"f","style":"s",
             "pattern":"p","technical_specs":{"vesa":[200,400]},"compatibility":{"tv":"oui"},"price_ht":1,"price_ttc":2,"stock":3,"supplier_code":"KIMEX","tax_rate":5.5}
            """;
        var answer = (await erp.Patch("ART-001", Body)).AssertOk("Produit mis à jour");
        Assert.Equal(
            Keys(JsonSerializer.Deserialize<JsonElement>(Body))
                .Except(["supplier_code"]).Concat(["id", "status", "stocks", "updated_at", "version"]).Order(StringComparer.Ordinal),
            Keys(answer.Data));
        Assert.Equal(answer.Data.GetRawText(), (await erp.Product("R")).Data.GetRawText());
        Assert.Equal(
            """{"vesa":[200,400]}""", answer.Data.GetProperty("technical_specs").GetRawText().Replace(" ", "", StringComparison.Ordinal));
        Assert.Equal("""[{"supplier_code":"KIMEX","stock":3}]""", answer.Data.GetProperty("stocks").GetRawText());
        Assert.Equal("product_details_changed product_deactivated stock_level_set price_set", await erp.NewTypes());
    }

    [Theory]
    [InlineData("""{"pric_ht":1}""", 422, "pric_ht : champ inconnu")]
    [InlineData("""{"brand":"x","created_at":"2026-01-01"}""", 422, "created_at : champ inconnu")]
    [InlineData("""{"status":"draft"}""", 422, "status : active ou inactive attendu")]
    [InlineData("""{"stock":-1}""", 422, "stock : doit être compris entre 0 et 1000000000")]
    [InlineData("""{"stock":null}""", 422, "stock : champ obligatoire")]
    [InlineData("""{"is_active":null}""", 422, "is_active : champ obligatoire")]
    [InlineData("""{"is_active":"peut-être"}""", 422, "is_active : booléen attendu")]
    [InlineData("""{"name":null}""", 422, "name : champ obligatoire")]
    [InlineData("""{"name":" "}""", 422, "name : champ obligatoire")]
    [InlineData("""{"ean":null,"reference":null}""", 422, "reference ou ean : l'un des deux est obligatoire")]
    [InlineData("""{"tax_rate":101}""", 422, "tax_rate : doit être compris entre 0 et 100")]
    [InlineData("""{"end_of_life_date":"31/01/2027"}""", 422, "end_of_life_date : date AAAA-MM-JJ attendue")]
    [InlineData("""{"technical_specs":"x"}""", 422, "technical_specs : objet JSON attendu")]
    [InlineData("""{"brand":"x","stock":1,"supplier_code":"NOBODY"}""", 422, "supplier_code : fournisseur inconnu (NOBODY)")]
    [InlineData("""{"ean":"3760000000002"}""", 409, "ean : déjà utilisé par un autre produit")]
    [InlineData("""{"reference":"ART-002"}""", 409, "reference : déjà utilisé par un autre produit")]
    [InlineData("""{"\ud800":1}""", 422, null)]
    [InlineData("""[]""", 422, "Un objet JSON est attendu à la racine")]
    [InlineData("""null""", 422, "Un objet JSON est attendu à la racine")]
    [InlineData("""{"brand":"x"}}""", 422, "JSON invalide : ligne 1, colonne 14")]
    public async Task a_bad_patch_is_refused_whole(string body, int status, string? message)
    {
        var erp = await server.Company();
        await erp.Given(1, 2);
        (await erp.Patch("ART-001", body)).AssertRefused(status, message);
        await erp.AssertNothingHappened();
    }

    [Fact]
    public async Task null_clears_a_clearable_field()
    {
        var erp = await server.Company();
        await erp.Sync(
            """[{"reference":"A","ean":"3760000000001","name":"a","brand":"b","color":"noir","price_ht":1,"price_ttc":2,"tax_rate":20}]""");
        await erp.NewEvents();
        var answer = await erp.Patch("A", """{"brand":null,"color":null,"price_ht":null,"tax_rate":null,"ean":null}""");
        Assert.Contains(
            "\"ean\":null,\"reference\":\"A\",\"name\":\"a\",\"brand\":null,\"price_ht\":null,\"price_ttc\":2,\"stock\":0,", answer.Text,
            StringComparison.Ordinal);
        Assert.False(answer.Data.TryGetProperty("color", out _) || answer.Data.TryGetProperty("tax_rate", out _));
        Assert.Equal("product_details_changed price_set", await erp.NewTypes());
        (await erp.Stock("""[{"ean":"3760000000001","stock":1}]""")).AssertOk("Stocks : 0 mis à jour, 1 introuvables, 0 erreurs");
    }

    [Fact]
    public async Task a_freed_key_can_be_given_to_another_product()
    {
        var erp = await server.Company();
        await erp.Given(1, 2);
        (await erp.Patch("ART-001", """{"ean":"3760000000009"}""")).AssertOk("Produit mis à jour");
        (await erp.Patch("ART-002", """{"ean":"3760000000001"}""")).AssertOk("Produit mis à jour");
        Assert.Equal("ART-002", (await erp.Product("3760000000001")).Data.GetProperty("reference").GetString());
    }

    [Fact]
    public async Task an_empty_patch_changes_nothing()
    {
        var erp = await server.Company();
        await erp.Given(1);
        (await erp.Patch("ART-001", "{}")).AssertOk("Produit mis à jour");
        await erp.AssertNothingHappened();
    }

    [Fact]
    public async Task is_active_moves_the_status()
    {
        var erp = await server.Company();
        await erp.Given(1);
        Assert.Equal("inactive", (await erp.Patch("ART-001", """{"is_active":false}""")).Data.GetProperty("status").GetString());
        Assert.Equal("product_deactivated", await erp.NewTypes());
        Assert.Equal("active", (await erp.Patch("ART-001", """{"is_active":"true"}""")).Data.GetProperty("status").GetString());
    }

    [Fact]
    public async Task documents_and_numbers_pushed_again_change_nothing()
    {
        var erp = await server.Company();
        await erp.Given(1);
        const string Body = """{"technical_specs":{"b":1.50,"a":{"y":[1e2,"é"],"x":null}},"weight":"1.50","price_ht":2.0}""";
        await erp.Patch("ART-001", Body);
        await erp.NewEvents();
        await erp.NewMessages();
        await erp.Patch("ART-001", Body);
        await erp.Patch("ART-001", """{"technical_specs":{"a":{"x":null,"y":[100,"é"]},"b":1.5},"weight":1.5,"price_ht":"2"}""");
        await erp.AssertNothingHappened();
    }

    [Fact]
    public async Task a_document_that_names_a_key_twice_keeps_the_last_and_can_be_pushed_again()
    {
        var erp = await server.Company();
        await erp.Given(1);
        await erp.Patch("ART-001", """{"technical_specs":{"a":1,"a":2}}""");
        await erp.NewEvents();
        await erp.NewMessages();
        Assert.Equal(
            2,
            (await erp.Patch("ART-001", """{"technical_specs":{"a":1,"a":2}}"""))
                .Data.GetProperty("technical_specs").GetProperty("a").GetInt32());
        await erp.AssertNothingHappened();
    }
}
