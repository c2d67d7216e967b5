using PixeeEvents.Catalog.Settings;
using Xunit;

namespace PixeeEvents.Host.Tests.Winddle.Wire;

/// <summary>What was read may be sent back with other words changed, even where today's rules would not let it be said anew.</summary>
public sealed class SendBackSpecs(SharedServer server)
{
    [Theory]
    [InlineData("json")]
    [InlineData("xml")]
    public async Task longer_texts_of_windev_are_no_change(string format)
    {
        var (erp, admin) = await Company();
        var (name, description) = (new string('n', 200), new string('d', 2000));
        await erp.Sync($$"""[{"reference":"R1","name":"{{name}}","description":"{{description}}\nligne"}]""");
        await SendsBack(erp, admin, format);
        Assert.Equal(
            "name: is too long (maximum is 100 characters); description: is too long (maximum is 255 characters)",
            (await admin.Put("products/1", $$"""{"name":"{{name}}x","description":"{{description}}"}""")).Refusal(422));
        (await admin.Put("products/1", $$"""{"name":"{{name}}","color":"Noir"}""")).AssertStatus(200);
        Assert.Equal("product_details_changed", await erp.NewTypes());
    }

    [Theory]
    [InlineData("json")]
    [InlineData("xml")]
    public async Task a_default_status_stays_in_a_company_that_has_its_own_by_now(string format)
    {
        var (erp, admin) = await Company();
        await admin.Post("products", """{"name":"Chaise","status":"sample"}""");
        await admin.Post("products/1/variants", """{"name":"Rouge","status":"sample"}""");
        (await admin.Post("product_statuses", """{"name":"Idée"}""")).AssertStatus(201);
        await SendsBack(erp, admin, format);
        (await admin.Put("products/1/variants/Rouge", """{"status":"Sample"}""")).AssertStatus(200);
        Assert.Equal("", await erp.NewTypes());
        Assert.Equal("status: is not included in the list", (await admin.Put("products/1", """{"status":"draft"}""")).Refusal(422));
        Assert.Equal(
            "status: is not included in the list", (await admin.Put("products/1/variants/Rouge", """{"status":"draft"}""")).Refusal(422));
        (await admin.Post("product_statuses", """{"name":"Sample"}""")).AssertStatus(201);
        Assert.Equal(
            "Sample", (await admin.Put("products/1", """{"status":"sample"}""")).Item("product").GetProperty("status").GetString());
    }

    [Fact]
    public async Task the_status_that_a_product_without_one_shows_is_no_change()
    {
        var (erp, admin) = await Company();
        await erp.Given(1);
        await SendsBack(erp, admin, "json");
        (await admin.Put("products/1", """{"status":"validated"}""")).AssertStatus(200);
        Assert.Equal("product_details_changed", await erp.NewTypes());
    }

    [Theory]
    [InlineData("json")]
    [InlineData("xml")]
    public async Task an_owner_who_is_disabled_stays(string format)
    {
        var (erp, admin) = await Company();
        var (owner, other) = (await server.User(erp.Company), await server.User(erp.Company));
        await owner.Post("products", """{"name":"Chaise"}""");
        foreach (var user in new[] { owner, other })
        {
            await server.Accounts.EnableUser(erp.Company, user.User.Email, false, CancellationToken.None);
        }

        await SendsBack(erp, admin, format);
        Assert.Equal("owner: does not exist", (await admin.Put("products/1", $$"""{"owner":{{other.User.Id}}}""")).Refusal(422));
    }

    [Theory]
    [InlineData("json")]
    [InlineData("xml")]
    public async Task a_custom_value_stays_when_its_option_is_gone(string format)
    {
        var (erp, admin) = await Company();
        var (field, _) = await server.Catalog.CustomFields.Create(
            erp.Company, new(0, "Tissu", CustomFieldType.List, ["Laine", "Coton"]), CancellationToken.None);
        await admin.Post("products", """{"name":"Chaise","customs":[{"field":"Tissu","value":"Laine"}]}""");
        (await admin.Put($"custom_fields/{field!.Id}", """{"options":["Coton","Lin"]}""")).AssertStatus(200);
        await SendsBack(erp, admin, format);
        Assert.StartsWith("customs: cannot be taken", (await admin.Put("products/1", """{"customs":[{"field":"Tissu","value":"Soie"}]}"""))
            .Refusal(422), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("json")]
    [InlineData("xml")]
    public async Task a_product_and_a_variant_with_everything_come_back_unchanged(string format)
    {
        var (erp, admin) = await Company();
        await Settings(admin);
        (await admin.Post("products", Everything("Chaise", "R1"))).AssertStatus(201);
        (await admin.Post("products/1/variants", Everything("Rouge", "R2"))).AssertStatus(201);
        await admin.Put("product/1/archive");
        await SendsBack(erp, admin, format);
        await SendsBack(erp, admin, format, "products/1/variants/Rouge", "variant");
    }

    [Theory]
    [InlineData("json")]
    [InlineData("xml")]
    public async Task projects_lines_and_settings_come_back_unchanged(string format)
    {
        var (erp, admin) = await Company();
        var member = await server.User(erp.Company);
        await Settings(admin);
        (await admin.Post("products", Everything("Chaise", "R1"))).AssertStatus(201);
        (await admin.Post("products/1/variants", """{"name":"Rouge"}""")).AssertStatus(201);
        (await admin.Post("projects", $$"""
            {"name":"Hiver","source_id":"H","reference":"HR","season":"PE","members":["{{member.User.Email}}"],"warehouse":"Lyon",
             "incoterm":"cif","terms_validated_at":"2026-03-01T10:00:00.000Z"}
            """)).AssertStatus(201);
        (await admin.Post("projects/Hiver/line_items", """
            {"product":"Chaise","variants":["Rouge"],"source_id":"L","start_at":"2026-03-01","deliver_at":"2026-06-30",
             "manufacturer":"Ateliers","incoterms":"dap","freight_type":"sea","packing_conditions":"mix","locked":true}
            """)).AssertStatus(201);
        await server.Accounts.EnableUser(erp.Company, member.User.Email, false, CancellationToken.None);
        await SendsBack(erp, admin, format, "projects/Hiver", "project");
        await SendsBack(erp, admin, format, "projects/Hiver/line_items/L", "line_item");
        await SendsBack(erp, admin, format, "product_categories/Sièges", "product_category");
        await SendsBack(erp, admin, format, "custom_fields/Tissu", "custom_field");
        await SendsBack(erp, admin, format, "custom_fields/Note", "custom_field");
        await SendsBack(erp, admin, format, "product_statuses/Idée", "product_status");
        await SendsBack(erp, admin, format, "seasons/PE", "season");
        await SendsBack(erp, admin, format, "sizesets/Enfant", "sizeset");
    }

    private static string Everything(string name, string reference) =>
        $$"""
        {"name":"{{name}}","reference":"{{reference}}","source_id":"S-{{name}}","material":"bois","brand":"K","color":"Noir","size":"38.5",
         "washcare":"30°","dimensions":"1x2","theme":"t","collection":"c","formula":"f",
         "description":"d\ne\t1 < 2 & \"3\"","target_store_date":"2026-03-01",
         "category":"Chaises","season":"PE","status":"Idée",
         "customs":[{"field":"Tissu","value":"Laine"},{"field":"Note","value":"4.50"},
                    {"field":"Le","value":"2026-03-01"},{"field":"Bio","value":"true"}]}
        """;

    private static async Task Settings(WinddleClient admin)
    {
        var category = (await admin.Post("product_categories", """{"label":"Sièges","source_id":"SI"}""")).Item("product_category", 201);
        var seats = category.GetProperty("id").GetInt64();
        foreach (var (path, body) in new[]
        {
            ("product_categories", $$"""{"label":"Chaises","parent_id":{{seats}}}"""),
            ("seasons", """{"name":"Printemps","code":"PE"}"""), ("product_statuses", """{"name":"Idée"}"""),
            ("sizesets", $$"""{"name":"Enfant","sizes":["6","8"],"category_id":{{seats}} }"""),
            ("custom_fields", """{"name":"Tissu","type":"list","options":["Laine","Coton"]}"""),
            ("custom_fields", """{"name":"Note","type":"number"}"""), ("custom_fields", """{"name":"Le","type":"date"}"""),
            ("custom_fields", """{"name":"Bio","type":"boolean"}"""), ("custom_fields", """{"name":"Rien","type":"text"}"""),
        })
        {
            (await admin.Post(path, body)).AssertStatus(201);
        }
    }

    private static async Task SendsBack(
        WinDevClient erp, WinddleClient admin, string format, string path = "products/1", string name = "product")
    {
        await erp.NewEvents();
        await erp.NewMessages();
        var read = await admin.Get($"{path}.{format}");
        Assert.Equal(Shown(read), Shown((await admin.Send(HttpMethod.Put, $"{path}.{format}", Shown(read))).AssertStatus(200)));
        Assert.Equal(Shown(read), Shown(await admin.Get($"{path}.{format}")));
        await erp.AssertNothingHappened();

        string Shown(Reply reply) =>
            format == "xml" ? reply.Xml.Element(name.Replace('_', '-'))!.ToString() : reply.Item(name).GetRawText();
    }

    private async Task<(WinDevClient Erp, WinddleClient Admin)> Company()
    {
        var erp = await server.Company();
        return (erp, await server.User(erp.Company, admin: true));
    }
}
