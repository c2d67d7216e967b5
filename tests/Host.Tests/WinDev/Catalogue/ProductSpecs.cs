using System.Net.Http.Headers;
using Xunit;
using static PixeeEvents.Host.Tests.Testing.Answer;

namespace PixeeEvents.Host.Tests.WinDev.Catalogue;

public sealed class ProductSpecs(SharedServer server)
{
    [Fact]
    public async Task get_shows_the_list_shape_with_every_set_attribute_stocks_and_version()
    {
        var erp = await server.Company();
        await erp.Sync(
            """[{"reference":"ART-001","ean":"3760000000001","name":"Support TV mural fixe","brand":"KIMEX","stock":4,"supplier_code":"KIMEX","warranty_duration":24}]""");
        var answer = (await erp.Product("ART-001")).AssertOk("Produit trouvé");
        Assert.Equal(["code", "count", "data", "message", "success"], Keys(answer.Json));
        Assert.Equal(
            [
                "brand", "ean", "id", "is_active", "name", "price_ht", "price_ttc", "reference", "status", "stock", "stocks", "updated_at",
                "version", "warranty_duration",
            ],
            Keys(answer.Data));
        Assert.Equal("""[{"supplier_code":"KIMEX","stock":4}]""", answer.Data.GetProperty("stocks").GetRawText());
        Assert.Equal((1, "active"), (answer.Data.GetProperty("version").GetInt32(), answer.Data.GetProperty("status").GetString()));
        Assert.StartsWith("\"1-", answer.Headers.ETag?.Tag, StringComparison.Ordinal);
    }

    [Fact]
    public async Task the_reference_is_tried_before_the_ean()
    {
        var erp = await server.Company();
        await erp.Sync(
            """[{"ean":"37600001","name":"by ean"},{"reference":"37600001","name":"by reference"},{"ean":"37600002","name":"only ean"}]""");
        Assert.Equal("by reference", (await erp.Product("37600001")).Data.GetProperty("name").GetString());
        Assert.Equal("only ean", (await erp.Product("37600002")).Data.GetProperty("name").GetString());
        Assert.Equal("by reference", (await erp.Patch("37600001", """{"brand":"b"}""")).Data.GetProperty("name").GetString());
        await erp.Post("products/37600001/deactivate");
        Assert.False((await erp.Product("37600001")).Data.GetProperty("is_active").GetBoolean());
        Assert.Equal("by ean", (await erp.Get("products?ean=37600001")).Column("name"));
    }

    [Theory]
    [InlineData("since")]
    [InlineData("sync")]
    [InlineData("A/B")]
    [InlineData("100 %")]
    [InlineData("a+b c&d?e#f")]
    [InlineData("Réf. « é »")]
    [InlineData("..x")]
    [InlineData("activate")]
    public async Task any_reference_can_be_addressed_encoded(string reference)
    {
        var erp = await server.Company();
        await erp.Sync($$"""[{"reference":"{{reference}}","name":"x"}]""");
        Assert.Equal(reference, (await erp.Product(reference)).AssertOk("Produit trouvé").Data.GetProperty("reference").GetString());
        (await erp.Patch(reference, """{"brand":"b"}""")).AssertOk("Produit mis à jour");
        (await erp.Post($"products/{Uri.EscapeDataString(reference)}/deactivate")).AssertOk("Produit désactivé");
    }

    [Fact]
    public async Task an_unknown_product_is_told_in_the_documented_words()
    {
        var erp = await server.Company();
        const string Message = "Produit introuvable pour la référence : REF-001";
        (await erp.Product("REF-001")).AssertRefused(404, Message);
        (await erp.Patch("REF-001", """{"brand":"x"}""")).AssertRefused(404, Message);
        (await erp.Post("products/REF-001/activate")).AssertRefused(404, Message);
        (await erp.Post("products/REF-001/deactivate")).AssertRefused(404, Message);
        await erp.AssertNothingHappened();
    }

    [Fact]
    public async Task activate_and_deactivate_answer_three_keys_and_leave_one_event_each()
    {
        var erp = await server.Company();
        await erp.Given(1);
        var off = (await erp.Post("products/ART-001/deactivate")).AssertOk("Produit désactivé");
        Assert.Equal(["id", "is_active", "status"], Keys(off.Data));
        Assert.Equal((false, "inactive"), (off.Data.GetProperty("is_active").GetBoolean(), off.Data.GetProperty("status").GetString()));
        Assert.Equal("product_deactivated", await erp.NewTypes());
        var on = (await erp.Post("products/3760000000001/activate")).AssertOk("Produit activé");
        Assert.Equal((true, "active"), (on.Data.GetProperty("is_active").GetBoolean(), on.Data.GetProperty("status").GetString()));
        Assert.Equal("product_activated", await erp.NewTypes());
        (await erp.Post("products/ART-001/activate")).AssertOk("Produit activé");
        Assert.Equal("", await erp.NewTypes());
        var message = (await erp.NewMessages()).Select(m => m.Type);
        Assert.Equal(["product.updated", "product.updated"], message);
    }

    [Fact]
    public async Task if_match_guards_patch_and_switches()
    {
        var erp = await server.Company();
        await erp.Given(1);
        (await Send(HttpMethod.Patch, "products/ART-001", "\"2\"")).AssertRefused(412, "Le produit a été modifié entre-temps");
        (await Send(HttpMethod.Patch, "products/ART-001", "\"abc\"")).AssertRefused(412);
        (await Send(HttpMethod.Post, "products/ART-001/deactivate", "\"7\"")).AssertRefused(412);
        await erp.AssertNothingHappened();
        var patched = (await Send(HttpMethod.Patch, "products/ART-001", "\"1\"")).AssertOk("Produit mis à jour");
        Assert.Equal(2, patched.Data.GetProperty("version").GetInt32());
        (await Send(HttpMethod.Patch, "products/ART-001", "\"1\"")).AssertRefused(412);
        (await Send(HttpMethod.Patch, "products/ART-001", "*")).AssertOk("Produit mis à jour");

        Task<Answer> Send(HttpMethod method, string path, string version)
        {
            var request = new HttpRequestMessage(method, path);
            request.Headers.TryAddWithoutValidation("If-Match", version);
            if (method == HttpMethod.Patch)
            {
                request.Content = new StringContent("""{"brand":"KIMEX"}""", MediaTypeHeaderValue.Parse("application/json"));
            }

            return erp.Send(request);
        }
    }
}
