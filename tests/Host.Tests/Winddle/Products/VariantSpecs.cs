using System.Text.Json;
using Xunit;

namespace PixeeEvents.Host.Tests.Winddle.Products;

public sealed class VariantSpecs(SharedServer server)
{
    [Theory]
    [InlineData("""{"name":"Chaise rouge","reference":"CH-R","color":"Rouge"}""")]
    [InlineData("""{"variant":{"name":"Chaise rouge","reference":"CH-R","color":"Rouge"}}""")]
    [InlineData("<variant><name>Chaise rouge</name><reference>CH-R</reference><color>Rouge</color></variant>")]
    public async Task a_variant_is_an_event_of_its_product_and_shown_with_it(string body)
    {
        var (erp, user) = await Company();
        var product = Assert.Single(await erp.NewEvents());
        (await user.Send(HttpMethod.Post, "products/1/variants", body)).AssertStatus(201);
        var added = Assert.Single(await erp.NewEvents());
        Assert.Equal(("variant_added", product.Stream, 2L), (added.Type, added.Stream, added.Version));
        var variant = (await user.Get("products/1")).Item("product").GetProperty("variants")[0];
        Assert.Equal(("Chaise rouge", "CH-R", "Rouge", 1), (
            variant.GetProperty("name").GetString(), variant.GetProperty("reference").GetString(), variant.GetProperty("color").GetString(),
            variant.GetProperty("product_id").GetInt32()));
        Assert.False(variant.TryGetProperty("category", out _) || variant.TryGetProperty("can_delete", out _));
        Assert.True(variant.TryGetProperty("customs", out _));
        Assert.Equal(
            variant.GetRawText(), (await user.Get("products")).Json.GetProperty("products")[0].GetProperty("variants")[0].GetRawText());
        Assert.Equal(variant.GetRawText(), (await user.Get("product/Chaise/variants/Chaise%20rouge")).Item("variant").GetRawText());
        Assert.Contains("product.updated", (await erp.NewMessages()).Select(m => m.Type));
    }

    [Fact]
    public async Task what_a_variant_does_not_have_of_its_own_is_blank()
    {
        var (_, user) = await Company("""{"name":"Chaise","brand":"B","color":"Blanc"}""");
        var variant = (await user.Post("products/1/variants", """{"name":"Rouge","color":"Rouge"}""")).Item("variant", 201);
        Assert.Equal((JsonValueKind.Null, JsonValueKind.Null, "Rouge"), (
            variant.GetProperty("brand").ValueKind, variant.GetProperty("status").ValueKind, variant.GetProperty("color").GetString()));
    }

    [Fact]
    public async Task a_variant_is_changed_and_removed_by_id_source_id_or_name()
    {
        var (erp, user) = await Company();
        var id = (await user.Post("products/1/variants", """{"name":"Rouge","source_id":"S1"}""")).Item("variant", 201).GetProperty("id")
            .GetInt64();
        await erp.NewEvents();
        (await user.Put($"products/1/variants/{id}", """{"color":"Rouge vif"}""")).AssertStatus(200);
        (await user.Patch("products/1/variants/S1", """{"size":"L"}""")).AssertStatus(200);
        (await user.Patch("products/1/variants/Rouge", """{"size":"L"}""")).AssertStatus(200);
        Assert.Equal("variant_changed variant_changed", await erp.NewTypes());
        Assert.Equal("Rouge vif", (await user.Delete("products/1/variants/S1")).Item("variant").GetProperty("color").GetString());
        Assert.Equal("variant_removed", await erp.NewTypes());
        Assert.Empty((await user.Get("products/1/variants")).Item("variants").EnumerateArray());
        (await user.Delete("products/1/variants/S1")).Refusal(404);
        (await user.Get($"products/1/variants/{id}")).Refusal(404);
    }

    [Fact]
    public async Task the_fields_of_a_variant_have_the_rules_of_the_products()
    {
        var (erp, user) = await Company();
        await erp.NewEvents();
        Assert.Equal("name: can't be blank", (await user.Post("products/1/variants", "{}")).Refusal(422));
        Assert.Equal(
            "color: is too long (maximum is 255 characters)",
            (await user.Post("products/1/variants", $$"""{"name":"Rouge","color":"{{new string('x', 256)}}"}""")).Refusal(422));
        await erp.NewMessages();
        await erp.AssertNothingHappened();
    }

    [Fact]
    public async Task a_variants_reference_is_unique_among_the_variants_of_the_company()
    {
        var (erp, user) = await Company("""{"name":"Chaise","reference":"R1"}""");
        await user.Post("products", """{"name":"Table"}""");
        (await user.Post("products/1/variants", """{"name":"Rouge","reference":"R1"}""")).AssertStatus(201);
        Assert.Equal("reference: has already been taken", (await user.Post("products/2/variants", """{"name":"Rouge","reference":"R1"}"""))
            .Refusal(422));
        (await user.Post("products/2/variants", """{"name":"Rouge","reference":"R2"}""")).AssertStatus(201);
        Assert.Equal(
            "reference: has already been taken", (await user.Put("products/2/variants/Rouge", """{"reference":"R1"}""")).Refusal(422));
        (await user.Delete("products/1")).AssertStatus(200);
        (await user.Put("products/2/variants/Rouge", """{"reference":"R1"}""")).AssertStatus(200);
        (await user.Delete("products/2/variants/Rouge")).AssertStatus(200);
        (await user.Post("products/2/variants", """{"name":"Rouge","reference":"R1"}""")).AssertStatus(201);
        Assert.NotEmpty(await erp.NewEvents());
    }

    [Fact]
    public async Task variants_are_managed_by_whoever_may_manage_the_product()
    {
        var (erp, user) = await Company();
        var other = await server.User(erp.Company);
        (await other.Post("products/1/variants", """{"name":"Rouge"}""")).Refusal(403);
        await user.Post("products/1/variants", """{"name":"Rouge"}""");
        (await other.Put("products/1/variants/Rouge", """{"name":"Bleu"}""")).Refusal(403);
        (await other.Delete("products/1/variants/Rouge")).Refusal(403);
        (await other.Get("products/1/variants/Rouge")).AssertStatus(200);
    }

    [Fact]
    public async Task a_variant_in_use_in_a_line_stays()
    {
        var (erp, user) = await Company();
        var product = Assert.Single(await erp.NewEvents()).Stream;
        var id = (await user.Post("products/1/variants", """{"name":"Rouge"}""")).Item("variant", 201).GetProperty("id").GetInt64();
        await user.Post("products/1/variants", """{"name":"Bleu"}""");
        await server.Line(erp.Company, user.User.Id, "Projet", product, id);
        Assert.Equal("base: The variant is in use by a project line.", (await user.Delete("products/1/variants/Rouge")).Refusal(422));
        (await user.Delete("products/1/variants/Bleu")).AssertStatus(200);
    }

    private async Task<(WinDevClient Erp, WinddleClient User)> Company(string product = """{"name":"Chaise"}""")
    {
        var erp = await server.Company();
        var user = await server.User(erp.Company);
        (await user.Post("products", product)).AssertStatus(201);
        return (erp, user);
    }
}
