using System.Text.Json;
using Xunit;

namespace PixeeEvents.Host.Tests.Winddle.Products;

public sealed class ProductSpecs(SharedServer server)
{
    [Fact]
    public async Task a_product_is_created_with_a_name_alone_and_shown_with_every_documented_key()
    {
        var (_, user) = await Company();
        var product = (await user.Post("products", """{"name":"Chaise"}""")).Item("product", 201);
        string[] keys =
        [
            "id", "name", "source_id", "reference", "material", "brand", "color", "size", "washcare", "description", "dimensions", "theme",
            "collection", "formula",
            "target_store_date", "px40", "px75", "px150", "px500", "archived", "showcased", "status", "created_at", "updated_at",
            "sizesets", "categories", "variants",
            "customs", "projects", "can_delete", "can_manage",
        ];
        Assert.DoesNotContain(keys, k => !product.TryGetProperty(k, out _));
        Assert.False(product.TryGetProperty("category", out _));
        Assert.Equal((1, "Chaise", "draft", false, true), (
            product.GetProperty("id").GetInt32(), product.GetProperty("name").GetString(), product.GetProperty("status").GetString(),
            product.GetProperty("archived").GetBoolean(), product.GetProperty("can_manage").GetBoolean()));
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", product.GetProperty("created_at").GetString());
    }

    [Theory]
    [InlineData("""{"name":"Chaise"}""")]
    [InlineData("""{"product":{"name":"Chaise"}}""")]
    [InlineData("<product><name>Chaise</name></product>")]
    public async Task the_root_key_is_optional_in_json(string body)
    {
        var (erp, user) = await Company();
        (await user.Send(HttpMethod.Post, "products", body)).AssertStatus(201);
        Assert.Equal("product_registered", await erp.NewTypes());
        Assert.Equal("Chaise", (await user.Get("products/1.json")).Item("product").GetProperty("name").GetString());
    }

    [Fact]
    public async Task a_write_is_an_event_of_the_user_in_the_products_stream_and_a_message()
    {
        var (erp, user) = await Company();
        await user.Post("products", """{"name":"Chaise","color":"Blanc"}""");
        var created = Assert.Single(await erp.NewEvents());
        Assert.Equal("product_registered", created.Type);
        Assert.Equal((user.User.Email, user.User.Id.ToString(), "winddle"), (
            created.Headers.GetProperty("user").GetString(), created.Headers.GetProperty("user_id").GetString(),
            created.Headers.GetProperty("face").GetString()));
        Assert.Equal("product.created", Assert.Single(await erp.NewMessages()).Type);
        (await user.Put("products/1", """{"color":"Noir"}""")).AssertStatus(200);
        var changed = Assert.Single(await erp.NewEvents());
        Assert.Equal(("product_details_changed", created.Stream, 2L), (changed.Type, changed.Stream, changed.Version));
        Assert.Equal("color", Assert.Single(changed.Data.GetProperty("Changes").EnumerateObject()).Name);
        var message = Assert.Single(await erp.NewMessages());
        Assert.Equal("product.updated", message.Type);
        Assert.Equal("color", Assert.Single(message.Data.GetProperty("updated_fields").EnumerateArray()).GetString());
        (await user.Put("products/1", """{"color":"Noir"}""")).AssertStatus(200);
        await erp.AssertNothingHappened();
    }

    [Fact]
    public async Task put_and_patch_change_what_they_name_and_nothing_else()
    {
        var (_, user) = await Company();
        await user.Post("products", """{"name":"Chaise","color":"Blanc","brand":"B"}""");
        await user.Put("products/1", """{"color":"Noir"}""");
        var product = (await user.Patch("product/1", """{"brand":null}""")).Item("product");
        Assert.Equal(("Chaise", "Noir", JsonValueKind.Null), (
            product.GetProperty("name").GetString(), product.GetProperty("color").GetString(), product.GetProperty("brand").ValueKind));
    }

    [Fact]
    public async Task what_was_read_may_be_sent_back()
    {
        var (erp, user) = await Company();
        await user.Post("products", """{"name":"Chaise","color":"Blanc","target_store_date":"2026-03-01"}""");
        await erp.NewEvents();
        (await user.Put("products/1", (await user.Get("products/1")).Text)).AssertStatus(200);
        (await user.Send(HttpMethod.Put, "products/1", "<?xml version=\"1.0\"?>" + (await user.Get("products/1.xml"))
            .Xml.Element("product"))).AssertStatus(200);
        await erp.NewMessages();
        Assert.Equal("", await erp.NewTypes());
    }

    [Theory]
    [InlineData("""{}""", "name: can't be blank")]
    [InlineData("""{"name":"x"}""", "name: is too short (minimum is 2 characters)")]
    [InlineData("""{"name":"xx"}""", null)]
    [InlineData("""{"name":"$101"}""", "name: is too long (maximum is 100 characters)")]
    [InlineData("""{"name":"$100"}""", null)]
    [InlineData("""{"name":"xx","source_id":"$256"}""", "source_id: is too long (maximum is 255 characters)")]
    [InlineData("""{"name":"xx","reference":"$256"}""", "reference: is too long (maximum is 255 characters)")]
    [InlineData("""{"name":"xx","material":"$256"}""", "material: is too long (maximum is 255 characters)")]
    [InlineData("""{"name":"xx","brand":"$256"}""", "brand: is too long (maximum is 255 characters)")]
    [InlineData("""{"name":"xx","color":"$256"}""", "color: is too long (maximum is 255 characters)")]
    [InlineData("""{"name":"xx","size":"$256"}""", "size: is too long (maximum is 255 characters)")]
    [InlineData("""{"name":"xx","washcare":"$256"}""", "washcare: is too long (maximum is 255 characters)")]
    [InlineData("""{"name":"xx","description":"$256"}""", "description: is too long (maximum is 255 characters)")]
    [InlineData("""{"name":"xx","dimensions":"$256"}""", "dimensions: is too long (maximum is 255 characters)")]
    [InlineData("""{"name":"xx","theme":"$256"}""", "theme: is too long (maximum is 255 characters)")]
    [InlineData("""{"name":"xx","collection":"$256"}""", "collection: is too long (maximum is 255 characters)")]
    [InlineData("""{"name":"xx","formula":"$256"}""", "formula: is too long (maximum is 255 characters)")]
    [InlineData("""{"name":"xx","formula":"$255","theme":"$255","description":"$255","source_id":"$255","reference":"$255"}""", null)]
    [InlineData("""{"name":"xx","target_store_date":"2026-02-30"}""", "target_store_date: is not a date (YYYY-MM-DD)")]
    [InlineData("""{"name":"xx","target_store_date":"01/02/2026"}""", "target_store_date: is not a date (YYYY-MM-DD)")]
    [InlineData("""{"name":"xx","target_store_date":"2026-02-28"}""", null)]
    [InlineData("""{"name":"xx","status":"nothing"}""", "status: is not included in the list")]
    [InlineData("""{"name":"xx","status":"Validated"}""", null)]
    [InlineData("""{"name":"xx","season":"nothing"}""", "season: does not exist")]
    [InlineData("""{"name":"xx","category":"nothing"}""", "category: does not exist")]
    [InlineData("""{"name":"xx","category":0,"season":null}""", null)]
    [InlineData("""{"name":"xx","customs":[{"field":"nothing","value":"x"}]}""", "customs: names a field that does not exist: nothing")]
    [InlineData("""{"name":["x"],"color":{"a":1}}""", "name: is invalid; color: is invalid")]
    [InlineData("""{"name":"xx","image":"data:image/png;base64,iVBORw0KGgo="}""", "image: is taken as a file of a multipart form")]
    [InlineData("""{"name":"xx","image":null}""", null)]
    [InlineData("""{"name":"","brand":"$256"}""", "name: can't be blank; brand: is too long (maximum is 255 characters)")]
    public async Task every_field_has_its_rule_and_all_that_is_wrong_is_said_at_once(string body, string? refusal)
    {
        foreach (var length in new[] { 100, 101, 255, 256 })
        {
            body = body.Replace("$" + length, new string('x', length), StringComparison.Ordinal);
        }

        var (erp, user) = await Company();
        var answer = await user.Post("products", body);
        if (refusal is null)
        {
            answer.AssertStatus(201);
            return;
        }

        Assert.Equal(refusal, answer.Refusal(422));
        await erp.AssertNothingHappened();
    }

    [Fact]
    public async Task the_longest_description_is_a_setting()
    {
        await using var generous = await WinDevServer.Start(("Winddle:MaxDescription", "1000"));
        var user = await generous.User((await generous.Company()).Company);
        (await user.Post("products", $$"""{"name":"xx","description":"{{new string('x', 1000)}}"}""")).AssertStatus(201);
        (await user.Post("products", $$"""{"name":"xx","description":"{{new string('x', 1001)}}"}""")).Refusal(422);
    }

    [Fact]
    public async Task a_reference_is_unique_in_the_company_whichever_face_gave_it()
    {
        var (erp, user) = await Company();
        await erp.Given(1);
        Assert.Equal(
            "reference: has already been taken", (await user.Post("products", """{"name":"Chaise","reference":"ART-001"}""")).Refusal(422));
        await user.Post("products", """{"name":"Chaise","reference":"CH-1"}""");
        Assert.Equal("reference: has already been taken", (await user.Put("products/2", """{"reference":"ART-001"}""")).Refusal(422));
        (await user.Put("products/2", """{"reference":"CH-1","color":"Noir"}""")).AssertStatus(200);
        (await user.Put("products/2", """{"reference":"CH-2"}""")).AssertStatus(200);
        (await user.Post("products", """{"name":"Chaise","reference":"CH-1"}""")).AssertStatus(201);
        (await (await server.User((await server.Company()).Company)).Post("products", """{"name":"Chaise","reference":"ART-001"}"""))
            .AssertStatus(201);
    }

    [Fact]
    public async Task a_product_is_found_by_id_then_by_source_id_then_by_name()
    {
        var (_, user) = await Company();
        await user.Post("products", """{"name":"Un"}""");
        await user.Post("products", """{"name":"Deux","source_id":"1"}""");
        await user.Post("products", """{"name":"Trois","source_id":"S/3"}""");
        await user.Post("products", """{"name":"S/3"}""");
        await user.Post("products", """{"name":"Un"}""");
        Assert.Equal("1 3 2 1", $"{await Id("1")} {await Id("S%2F3")} {await Id("Deux")} {await Id("Un")}");
        await user.Put("products/1/archive");
        Assert.Equal(5, await Id("Un"));
        await user.Put("products/5/archive");
        Assert.Equal(1, await Id("Un"));
        (await user.Get("products/99")).Refusal(404);
        (await user.Get("products/Rien")).Refusal(404);

        async Task<int> Id(string key) => (await user.Get("products/" + key)).Item("product").GetProperty("id").GetInt32();
    }

    [Fact]
    public async Task the_owner_is_the_current_user_unless_an_admin_names_another()
    {
        var (erp, user) = await Company();
        var admin = await server.User(erp.Company, admin: true);
        Assert.Equal(user.User.Id, Owner(await user.Post("products", $$"""{"name":"Un","owner":{{admin.User.Id}}}""")));
        Assert.Equal(admin.User.Id, Owner(await admin.Post("products", """{"name":"Deux"}""")));
        Assert.Equal(user.User.Id, Owner(await admin.Post("products", $$"""{"name":"Trois","owner":{{user.User.Id}}}""")));
        Assert.Equal(user.User.Id, Owner(await admin.Put("products/2", $$"""{"owner":"{{user.User.Email.ToUpperInvariant()}}"}""")));
        Assert.Equal(user.User.Id, Owner(await user.Put("products/2", $$"""{"owner":{{admin.User.Id}}}""")));
        Assert.Equal("owner: does not exist", (await admin.Put("products/2", """{"owner":"nobody@example.com"}""")).Refusal(422));
        var stranger = await server.User((await server.Company()).Company);
        Assert.Equal("owner: does not exist", (await admin.Put("products/2", $$"""{"owner":{{stranger.User.Id}}}""")).Refusal(422));

        static long Owner(Reply answer) => answer.Json.GetProperty("product").GetProperty("owner").GetProperty("id").GetInt64();
    }

    [Fact]
    public async Task category_season_and_status_are_set_by_id_or_name_and_reset_by_zero_or_null()
    {
        var (erp, user) = await Company();
        var catalog = server.Catalog;
        var (root, _) = await catalog.Categories.Create(erp.Company, new("Mobilier", "SRC"), CancellationToken.None);
        var (leaf, _) = await catalog.Categories.Create(erp.Company, new("Chaises", Parent: root!.Number), CancellationToken.None);
        var (season, _) = await catalog.Seasons.Create(erp.Company, new(0, "Été 2026", "E26"), CancellationToken.None);
        var product = (await user.Post("products", """{"name":"Un","category":"chaises","season":"e26","status":"Sample"}"""))
            .Item("product", 201);
        Assert.Equal(
            (leaf!.Number, "Chaises"),
            (product.GetProperty("category").GetProperty("id").GetInt64(),
                product.GetProperty("category").GetProperty("label").GetString()));
        Assert.Equal(
            ["Mobilier", "Chaises"], product.GetProperty("categories").EnumerateArray().Select(c => c.GetProperty("label").GetString()));
        Assert.Equal("SRC", product.GetProperty("categories")[0].GetProperty("source_id").GetString());
        Assert.Equal(
            ("E26", "sample"), (product.GetProperty("season").GetProperty("code").GetString(), product.GetProperty("status").GetString()));
        product = (await user.Put("products/1", $$"""{"category":{{root.Number}},"season":"Été 2026","status":3}""")).Item("product");
        Assert.Equal(("Mobilier", season!.Id, "validated"), (
            product.GetProperty("category").GetProperty("label").GetString(), product.GetProperty("season").GetProperty("id").GetInt64(),
            product.GetProperty("status").GetString()));
        product = (await user.Put("products/1", """{"category":0,"season":0}""")).Item("product");
        Assert.False(product.TryGetProperty("category", out _) || product.TryGetProperty("season", out _));
        Assert.Empty(product.GetProperty("categories").EnumerateArray());
        await user.Put("products/1", """{"category":"Chaises"}""");
        Assert.False((await user.Put("products/1", """{"category":null}""")).Item("product").TryGetProperty("category", out _));
        await catalog.Categories.Create(erp.Company, new("Chaises"), CancellationToken.None);
        Assert.Equal("category: names several; give an id", (await user.Put("products/1", """{"category":"Chaises"}""")).Refusal(422));
    }

    [Fact]
    public async Task a_company_with_statuses_of_its_own_has_those_alone_and_a_new_product_takes_the_first()
    {
        var (erp, user) = await Company();
        var (first, _) = await server.Catalog.Statuses.Create(erp.Company, new(0, "Idée"), CancellationToken.None);
        await server.Catalog.Statuses.Create(erp.Company, new(0, "Prêt"), CancellationToken.None);
        Assert.Equal("Idée", Status(await user.Post("products", """{"name":"Un"}""")));
        Assert.Equal("Prêt", Status(await user.Put("products/1", """{"status":"prêt"}""")));
        Assert.Equal("Idée", Status(await user.Put("products/1", $$"""{"status":{{first!.Id}}}""")));
        Assert.Equal("status: is not included in the list", (await user.Put("products/1", """{"status":"draft"}""")).Refusal(422));

        static string? Status(Reply answer) => answer.Json.GetProperty("product").GetProperty("status").GetString();
    }

    [Fact]
    public async Task customs_name_each_field_of_the_company_and_one_without_a_value_keeps_what_it_had()
    {
        var (erp, user) = await Company();
        var (origin, _) = await server.Catalog.CustomFields.Create(
            erp.Company, new(0, "Origine", Catalog.Settings.CustomFieldType.Text, []), CancellationToken.None);
        await server.Catalog.CustomFields.Create(
            erp.Company, new(0, "Poids", Catalog.Settings.CustomFieldType.Number, []), CancellationToken.None);
        var created = await user.Post("products", """{"name":"Un","customs":[{"field":"origine","value":"France"}]}""");
        Assert.Equal("Origine=France@ Poids=", Customs(created));
        Assert.Equal(
            "Origine=France@ Poids=12.5@",
            Customs(await user.Put("products/1", $$"""{"customs":[{"field":{{origin!.Id}}},{"field":"Poids","value":12.50}]}""")));
        Assert.Equal("Origine=Italie@ Poids=12.5@", Customs(await user.Send(
            HttpMethod.Put, "products/1.json",
            "<product><customs type=\"array\"><custom><field>Origine</field><value>Italie</value></custom></customs></product>")));
        Assert.Equal("Origine= Poids=12.5@", Customs(await user.Put("products/1", """{"customs":[{"field":"Origine","value":null}]}""")));
        Assert.StartsWith("customs: cannot be taken", (await user.Put("products/1", """{"customs":[{"field":"Poids","value":"lourd"}]}"""))
            .Refusal(422), StringComparison.Ordinal);

        static string Customs(Reply answer) =>
            string.Join(' ', answer.Json.GetProperty("product").GetProperty("customs").EnumerateArray().Select(c =>
                $"{c.GetProperty("name")}={c.GetProperty("value")}"
                + (c.GetProperty("updated_at").ValueKind == JsonValueKind.Null ? "" : "@")));
    }

    [Fact]
    public async Task a_product_is_destroyed_by_an_admin_or_its_owner_and_by_nobody_else()
    {
        var (erp, user) = await Company();
        var (admin, other) = (await server.User(erp.Company, admin: true), await server.User(erp.Company));
        await user.Post("products", """{"name":"Un","reference":"R1"}""");
        await user.Post("products", """{"name":"Deux"}""");
        (await other.Delete("products/1")).Refusal(403);
        Assert.Equal("Un", (await user.Delete("products/1")).Item("product").GetProperty("name").GetString());
        (await admin.Delete("products/Deux")).AssertStatus(200);
        Assert.Equal("product_registered product_registered product_destroyed product_destroyed", await erp.NewTypes());
        Assert.Equal(
            ["product.created", "product.created", "product.deleted", "product.deleted"], (await erp.NewMessages()).Select(m => m.Type));
        (await user.Get("products/1")).Refusal(404);
        (await user.Delete("products/1")).Refusal(404);
        Assert.Equal(
            3, (await user.Post("products", """{"name":"Trois","reference":"R1"}""")).Item("product", 201).GetProperty("id").GetInt32());
    }

    [Fact]
    public async Task a_product_in_use_in_a_line_archived_or_not_cannot_be_destroyed_and_shows_it()
    {
        var (erp, user) = await Company();
        await user.Post("products", """{"name":"Un"}""");
        var id = Assert.Single(await erp.NewEvents()).Stream;
        var line = await server.Line(erp.Company, user.User.Id, "Projet", id);
        Assert.False((await user.Get("products/1")).Item("product").GetProperty("can_delete").GetBoolean());
        Assert.Equal("base: The product is in use by a project line.", (await user.Delete("products/1")).Refusal(422));
        await server.ChangeLine(erp.Company, id, line, l => l with { Archived = true });
        Assert.Equal("base: The product is in use by a project line.", (await user.Delete("products/1")).Refusal(422));
        Assert.Equal("Projet", (await user.Get("products/1")).Item("product").GetProperty("projects")[0].GetProperty("name").GetString());
        await erp.NewMessages();
        Assert.Equal("", await erp.NewTypes());
    }

    private async Task<(WinDevClient Erp, WinddleClient User)> Company()
    {
        var erp = await server.Company();
        return (erp, await server.User(erp.Company));
    }
}
