using System.Text.Json.Nodes;
using Xunit;

namespace PixeeEvents.Host.Tests.WinDev.Catalogue;

/// <summary>What was read may be sent back, whole or with some words changed.</summary>
public sealed class SendBackSpecs(SharedServer server)
{
    private const string Sum =
        """[{"ean":"3760000000001","stock":5,"supplier_code":"KIMEX"},{"ean":"3760000000001","stock":7,"supplier_code":"B"}]""";

    private const string Everything =
        """
        {"asin":"a","upc":"u","gtin":"g","external_id":"x","url_slug":"u-s","brand":"b","description":"d\n e","short_description":"s",
         "promotional_text":"p","is_active":false,"lifecycle_status":"draft","discontinued":true,"end_of_life_date":"2027-01-31",
         "weight":1.50,"width":2,"height":3,"depth":0.000001,"unit_of_measure":"m","package_length":1,"package_width":2,
         "package_height":3,"package_weight":4,"package_quantity":5,"min_order_quantity":1,"max_order_quantity":2,"order_increment":3,
         "lead_time_days":4,"backorder_allowed":true,"preorder_available":false,"requires_quote":true,"is_b2b_only":false,"hs_code":"1",
         "country_of_origin":"FR","dangerous_goods":true,"dangerous_goods_class":"3","reach_compliant":true,"rohs_compliant":true,
         "ce_marked":true,"weee_category":"4","energy_class":"A","recyclable":true,"eco_friendly":false,"carbon_footprint_kg":1.5,
         "warranty_duration":24,"warranty_type":"t","return_policy_days":14,"return_allowed":true,"color":"c","color_secondary":"c2",
         "size":"L","material":"m","finish":"f","style":"s","pattern":"p","technical_specs":{"vesa":[200,4e2],"é":"1.50 \u20ac"},
         "compatibility":{"tv":"oui","n":1.50},"price_ht":18.50,"price_ttc":22.2,"tax_rate":5.5}
        """;

    [Theory]
    [InlineData("{}", "[]")]
    [InlineData(Everything, "[]")]
    [InlineData("""{"stock":7}""", "[]")]
    [InlineData("""{"stock":0}""", """[{"ean":"3760000000001","stock":5,"supplier_code":"KIMEX"}]""")]
    [InlineData("{}", Sum)]
    [InlineData("""{"ean":null}""", "[]")]
    [InlineData("""{"reference":null,"is_active":false}""", "[]")]
    public async Task a_patch_with_what_get_showed_changes_nothing_and_refuses_nothing(string patch, string stocks)
    {
        var erp = await Company();
        (await erp.Patch("ART-001", patch)).AssertOk("Produit mis à jour");
        await erp.Stock(stocks);
        var key = patch.Contains("\"reference\":null", StringComparison.Ordinal) ? "3760000000001" : "ART-001";
        await Quiet(erp);
        var shown = (await erp.Product(key)).Data.GetRawText();
        Assert.Equal(shown, (await erp.Patch(key, shown)).AssertOk("Produit mis à jour").Data.GetRawText());
        await erp.AssertNothingHappened();
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("""[{"ean":"3760000000001","stock":7}]""")]
    [InlineData(Sum)]
    [InlineData("""[{"ean":"3760000000001","stock":0,"supplier_code":"KIMEX"}]""")]
    public async Task rows_that_were_listed_and_a_product_that_was_shown_are_synced_without_a_change(string stocks)
    {
        var erp = await Company();
        await erp.Stock(stocks);
        await Quiet(erp);
        foreach (var path in new[] { "products", "products/since/0" })
        {
            (await erp.Sync((await erp.Get(path)).Data.GetRawText())).AssertOk("Sync terminé : 0 créés, 1 mis à jour, 0 erreurs");
        }

        (await erp.Sync($"[{(await erp.Product("ART-001")).Data.GetRawText()}]"))
            .AssertOk("Sync terminé : 0 créés, 1 mis à jour, 0 erreurs");
        await erp.AssertNothingHappened();
    }

    [Fact]
    public async Task a_stock_that_was_changed_in_what_was_read_becomes_the_generic_figure()
    {
        var erp = await Company();
        await erp.Stock("""[{"ean":"3760000000001","stock":5,"supplier_code":"KIMEX"}]""");
        var shown = JsonNode.Parse((await erp.Product("ART-001")).Data.GetRawText())!;
        shown["stock"] = 6;
        Assert.Equal(6, (await erp.Patch("ART-001", shown.ToJsonString())).Data.GetProperty("stock").GetInt32());
        var row = JsonNode.Parse((await erp.Get("products")).Data.GetRawText())!;
        row[0]!["stock"] = 0;
        await erp.Sync(row.ToJsonString());
        Assert.Equal(
            """[{"supplier_code":null,"stock":0},{"supplier_code":"KIMEX","stock":5}]""",
            (await erp.Product("ART-001")).Data.GetProperty("stocks").GetRawText());
    }

    [Fact]
    public async Task a_sum_that_is_no_longer_true_stays_a_sum()
    {
        var erp = await Company();
        await erp.Stock("""[{"ean":"3760000000001","stock":5,"supplier_code":"KIMEX"}]""");
        var shown = JsonNode.Parse((await erp.Product("ART-001")).Data.GetRawText())!;
        await erp.Stock("""[{"ean":"3760000000001","stock":8,"supplier_code":"KIMEX"}]""");
        await Quiet(erp);
        shown["brand"] = "KIMEX";
        Assert.Equal(8, (await erp.Patch("ART-001", shown.ToJsonString())).Data.GetProperty("stock").GetInt32());
        Assert.Equal("product_details_changed", await erp.NewTypes());
        await erp.Stock("""[{"ean":"3760000000001","stock":3}]""");
        Assert.Equal(3, (await erp.Patch("ART-001", shown.ToJsonString())).Data.GetProperty("stock").GetInt32());
    }

    [Fact]
    public async Task a_stock_of_a_programs_own_is_a_figure_whatever_other_keys_it_sends()
    {
        var erp = await Company();
        await erp.Sync("""[{"id":7,"updated_at":"2026-01-01","stocks":[],"reference":"ART-001","name":"Article 1","stock":0}]""");
        await erp.Sync("""[{"id":"\ud800","stocks":[{"\ud800":1}],"reference":"B","name":"b","stock":0}]""");
        Assert.Equal("stock_level_set product_registered stock_level_set", await erp.NewTypes());
    }

    [Theory]
    [InlineData("""{"status":"inactive"}""", "product_deactivated")]
    [InlineData("""{"status":"inactive","is_active":true}""", "")]
    [InlineData("""{"is_active":false,"status":"active"}""", "product_deactivated")]
    [InlineData("""{"status":null,"brand":null}""", "")]
    public async Task a_status_alone_switches_and_beside_is_active_says_nothing(string patch, string events)
    {
        var erp = await Company();
        (await erp.Patch("ART-001", patch)).AssertOk("Produit mis à jour");
        Assert.Equal(events, await erp.NewTypes());
    }

    [Fact]
    public async Task a_json_object_is_as_long_when_it_comes_back()
    {
        var erp = await Company();
        var text = string.Concat(Enumerable.Repeat("\U0001F4A1é\n", 4000));
        var written = text.Replace("\n", "\\n", StringComparison.Ordinal);
        (await erp.Patch("ART-001", $$$"""{"technical_specs":{"a":"{{{written}}}"}}""")).AssertOk("Produit mis à jour");
        await Quiet(erp);
        var shown = (await erp.Product("ART-001")).Data;
        Assert.Equal(text, shown.GetProperty("technical_specs").GetProperty("a").GetString());
        (await erp.Patch("ART-001", shown.GetRawText())).AssertOk("Produit mis à jour");
        await erp.AssertNothingHappened();
    }

    private static async Task Quiet(WinDevClient erp)
    {
        await erp.NewEvents();
        await erp.NewMessages();
    }

    private async Task<WinDevClient> Company()
    {
        var erp = await server.Company();
        await server.Inventory.PutSupplier(erp.Company, "B", "B", null, CancellationToken.None);
        await erp.Given(1);
        return erp;
    }
}
