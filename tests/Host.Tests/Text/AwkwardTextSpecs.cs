using System.Text.Json;
using Xunit;

namespace PixeeEvents.Host.Tests.Text;

/// <summary>Text that no program should send, and the edges that many do: nothing breaks, and what is good lands.</summary>
public sealed class AwkwardTextSpecs(SharedServer server)
{
    [Theory]
    [InlineData("\"name\":\"a\\uFFFEb\"", "name : caractère Unicode invalide")]
    [InlineData("\"name\":\"a\uFFFEb\"", "name : caractère Unicode invalide")]
    [InlineData("\"name\":\"a\",\"reference\":\"A\\uFFFEB\"", "reference : caractère Unicode invalide")]
    [InlineData("\"name\":\"a\",\"category\":\"A\\uFFFEB\"", "category : caractère Unicode invalide")]
    [InlineData("\"name\":\"a\",\"supplier_code\":\"A\\uFFFEB\",\"stock\":1", "supplier_code : caractère Unicode invalide")]
    [InlineData("\"name\":\"a\\ud800b\"", "name : caractère Unicode invalide")]
    [InlineData("\"name\":\"a\\u0000b\"", "name : caractères de contrôle interdits")]
    [InlineData("\"name\":\"a\",\"\\ud800\":1", "nom de champ illisible : ce n'est pas de l'Unicode")]
    [InlineData("\"\\udc00x\":1,\"name\":\"a\"", "nom de champ illisible : ce n'est pas de l'Unicode")]
    public async Task an_item_of_sync_is_refused_alone(string fields, string message)
    {
        var erp = await server.Company();
        var answer = (await erp.Sync($$"""[{"ean":"3760000000001",{{fields}}},{"reference":"GOOD","name":"bon"}]"""))
            .AssertOk("Sync terminé : 1 créés, 0 mis à jour, 1 erreurs");
        Assert.Equal(("error", message),
            (answer.Item(0).GetProperty("status").GetString(), answer.Item(0).GetProperty("message").GetString()));
        (await erp.Product("GOOD")).AssertOk("Produit trouvé");
    }

    [Theory]
    [InlineData("stock/update", "\"ean\":\"37600\\uFFFE\",\"stock\":1", "ean : caractère Unicode invalide")]
    [InlineData(
        "stock/update", "\"ean\":\"3760000000001\",\"stock\":1,\"\\ud800\":1", "nom de champ illisible : ce n'est pas de l'Unicode")]
    [InlineData(
        "stock/update", "\"\\uDC00\":1,\"ean\":\"3760000000001\",\"stock\":1", "nom de champ illisible : ce n'est pas de l'Unicode")]
    [InlineData(
        "stock/update", "\"ean\":\"3760000000001\",\"stock\":1,\"supplier_code\":\"a\\uFFFEb\"",
            "supplier_code : caractère Unicode invalide")]
    [InlineData("stock/update", "\"ean\":\"3760000000001\",\"stock\":\"\\ud800\"", "stock : nombre entier attendu")]
    [InlineData(
        "prices/update", "\"ean\":\"3760000000001\",\"price_ht\":1,\"\\ud800\":1", "nom de champ illisible : ce n'est pas de l'Unicode")]
    [InlineData("prices/update", "\"ean\":\"\\udfff\",\"price_ht\":1", "ean : caractère Unicode invalide")]
    [InlineData("prices/update", "\"ean\":\"376\\u00000\",\"price_ht\":1", "ean : caractères de contrôle interdits")]
    public async Task an_item_of_stock_or_prices_is_refused_alone(string path, string fields, string message)
    {
        var erp = await server.Company();
        await erp.Given(1, 2);
        var answer = await erp.Post(path, $$"""[{{{fields}}},{"ean":"3760000000002","stock":7,"price_ht":7}]""");
        Assert.Equal(("error", message),
            (answer.Item(0).GetProperty("status").GetString(), answer.Item(0).GetProperty("message").GetString()));
        Assert.Equal("ok", answer.Item(1).GetProperty("status").GetString());
    }

    [Theory]
    [InlineData("{\"name\":\"a\\uFFFEb\"}", "name : caractère Unicode invalide")]
    [InlineData("{\"technical_specs\":{\"a\":1e400}}", "technical_specs : nombre trop grand")]
    [InlineData("{\"technical_specs\":{\"a\":[\"\\ud800\"]}}", "technical_specs : caractère Unicode invalide")]
    [InlineData("{\"\\ud800\":1}", "nom de champ illisible : ce n'est pas de l'Unicode")]
    [InlineData("{\"a\\uFFFEb\":1}", "a\uFFFEb : champ inconnu")]
    [InlineData("{\"price_ht\":1e400}", "price_ht : doit être compris entre 0 et 1000000000")]
    public async Task a_patch_is_refused_for_the_true_reason(string body, string message)
    {
        var erp = await server.Company();
        await erp.Given(1);
        (await erp.Patch("ART-001", body)).AssertRefused(422, message);
        await erp.AssertNothingHappened();
    }

    [Theory]
    [InlineData("products?search=a%EF%BF%BEb", 400)]
    [InlineData("products?ean=a%EF%BF%BEb", 400)]
    [InlineData("products/a%EF%BF%BEb", 404)]
    public async Task a_search_and_a_key_that_are_no_unicode_find_nothing(string path, int status) =>
        (await (await server.Company()).Get(path)).AssertRefused(status);

    [Theory]
    [InlineData("products", "{\"name\":\"a\\uFFFEb\"}", 422)]
    [InlineData("products", "{\"name\":\"Chaise\",\"category\":\"a\\uFFFEb\"}", 422)]
    [InlineData("products", "{\"name\":\"Chaise\",\"customs\":[{\"field\":\"a\\uFFFEb\",\"value\":1}]}", 422)]
    [InlineData("products", "{\"a\\uFFFEb\":1,\"name\":\"Chaise\"}", 201)]
    [InlineData("products", "{\"name\":\"Chaise\",\"image\":\"a\\uFFFEb\"}", 422)]
    [InlineData("products", "<product><name>a&#xFFFE;b</name></product>", 400)]
    [InlineData("product_categories", "{\"label\":\"a\\uFFFEb\"}", 422)]
    [InlineData("product_statuses", "{\"name\":\"a\\uFFFEb\"}", 422)]
    [InlineData("projects", "{\"name\":\"a\\uFFFEb\"}", 422)]
    [InlineData("products/1/attachments", "{\"name\":\"a\\uFFFEb\",\"base64_data\":\"SGVsbG8=\"}", 422)]
    [InlineData(
        "products/1/attachments", "{\"name\":\"a\",\"versions_attributes\":[{\"filename\":\"a\\uFFFEb\",\"base64_data\":\"SGVsbG8=\"}]}",
            422)]
    public async Task a_winddle_body_never_breaks_the_server(string path, string body, int status)
    {
        var user = await server.User((await server.Company()).Company, admin: true);
        (await user.Post("products", """{"name":"Chaise"}""")).AssertStatus(201);
        (await user.Post(path, body)).AssertStatus(status);
    }

    [Theory]
    [InlineData("products?filter[name]=a%EF%BF%BEb", 422)]
    [InlineData("products/a%EF%BF%BEb", 404)]
    [InlineData("products?acting_user=a%EF%BF%BEb", 403)]
    public async Task a_winddle_address_never_breaks_the_server(string path, int status)
    {
        var user = await server.User((await server.Company()).Company, companyToken: true);
        (await user.Get(path)).AssertStatus(status);
    }

    [Theory]
    [InlineData("\u00A0", "\u3000")]
    [InlineData("\u2009", "\u202F\u205F")]
    [InlineData("\u200B", "\u200C\u200D")]
    [InlineData("\u2060", "\uFEFF")]
    [InlineData("\u202A", "\u202C")]
    [InlineData("\t", "\r\n")]
    public async Task the_edges_of_keys_and_values_are_cut_on_every_way(string before, string after)
    {
        var erp = await server.Company();
        var user = await server.User(erp.Company, admin: true);
        string Padded(string text) => JsonSerializer.Serialize(before + text + after);
        (await erp.Sync($$"""[{"reference":"ART-É","ean":"3760000000001","name":"a"}]"""))
            .AssertOk("Sync terminé : 1 créés, 0 mis à jour, 0 erreurs");
        (
            await erp.Sync(
                $$"""[{"reference":{{Padded("ART-E\u0301")}},"name":{{Padded("Câble")}},"stock":1,"supplier_code":{{Padded("KIMEX")}}}]"""))
            .AssertOk("Sync terminé : 0 créés, 1 mis à jour, 0 erreurs");
        (await erp.Stock($$"""[{"ean":{{Padded("3760000000001")}},"stock":{{Padded("5")}}}]"""))
            .AssertOk("Stocks : 1 mis à jour, 0 introuvables, 0 erreurs");
        (await erp.Prices($$"""[{"ean":{{Padded("3760000000001")}},"price_ht":1}]"""))
            .AssertOk("Prix : 1 mis à jour, 0 introuvables, 0 erreurs");
        if (!char.IsControl(before[0]))
        {
            Assert.Equal(
                "Câble", (await erp.Product(before + "ART-É" + after)).AssertOk("Produit trouvé").Data.GetProperty("name").GetString());
            var edges = (Uri.EscapeDataString(before), Uri.EscapeDataString(after));
            (await erp.Get($"products?search={edges.Item1}c%C3%A2ble{edges.Item2}")).AssertOk("1 produits trouvés");
            (await erp.Get($"products?ean={edges.Item1}3760000000001{edges.Item2}")).AssertOk("1 produits trouvés");
            (await user.Get($"products/{edges.Item1}C%C3%A2ble{edges.Item2}")).AssertStatus(200);
            Assert.Single(
                (await user.Get($"products?filter[name]={edges.Item1}C%C3%A2ble{edges.Item2}"))
                    .Json.GetProperty("products").EnumerateArray());
        }

        (await user.Patch("products/1", $$"""{"brand":{{Padded("Ércé")}},"name":{{Padded("Chaise")}}}""")).AssertStatus(200);
        var shown = (await user.Get("products/1")).Item("product");
        Assert.Equal(("Ércé", "Chaise"), (shown.GetProperty("brand").GetString(), shown.GetProperty("name").GetString()));
        (await user.Patch("products/1", $"<product><theme>{before}Été{after}</theme></product>")).AssertStatus(200);
        Assert.Equal("Été", (await user.Get("products/1")).Item("product").GetProperty("theme").GetString());
    }

    [Theory]
    [InlineData("POST", "products/sync", "[{\"reference\":\"é\",\n  \"name\": x}]", "JSON invalide : ligne 2, colonne 11")]
    [InlineData("POST", "stock/update", "[{\"note\":\"é\",\"ean\":}]", "JSON invalide : ligne 1, colonne 20")]
    [InlineData("POST", "prices/update", "[{}] x", "JSON invalide : ligne 1, colonne 6")]
    [InlineData("PATCH", "products/ART-001", "{\n\n'a':1}", "JSON invalide : ligne 3, colonne 1")]
    public async Task json_that_breaks_off_says_where(string method, string path, string body, string message)
    {
        var erp = await server.Company();
        await erp.Given(1);
        (await erp.Send(new HttpMethod(method), path, body)).AssertRefused(422, message);
        await erp.AssertNothingHappened();
    }

    [Fact]
    public async Task json_that_breaks_off_says_where_on_the_other_faces()
    {
        var erp = await server.Company();
        var user = await server.User(erp.Company);
        Assert.EndsWith("Line 2, column 9.", (await user.Post("products", "{\"name\":\"é\",\n\"brand\":}")).Refusal(400),
            StringComparison.Ordinal);
        var answer = await erp.Post("../webhooks", "{\"name\":\"é\",\n\"url\":}");
        Assert.Equal(400, (int)answer.Status);
        Assert.EndsWith("Line 2, column 7.", answer.Json.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }
}
