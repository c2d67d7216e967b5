using PixeeEvents.Catalog.Settings;
using PixeeEvents.Host.Tests.Testing;
using Xunit;

namespace PixeeEvents.Host.Tests.Winddle;

/// <summary>What was read may be sent back with other words changed, even where today's rules would not let it be said anew.</summary>
public sealed class SendBackSpecs(WinDevServer server) : IClassFixture<WinDevServer>
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
        Assert.Equal("status: is not included in the list", (await admin.Put("products/1/variants/Rouge", """{"status":"draft"}""")).Refusal(422));
        (await admin.Post("product_statuses", """{"name":"Sample"}""")).AssertStatus(201);
        Assert.Equal("Sample", (await admin.Put("products/1", """{"status":"sample"}""")).Item("product").GetProperty("status").GetString());
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
            await server.Pixee.Accounts.EnableUser(erp.Company, user.User.Email, false, CancellationToken.None);
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
        var (field, _) = await server.Pixee.Catalog.CustomFields.Create(erp.Company, new(0, "Tissu", CustomFieldType.List, ["Laine", "Coton"]), CancellationToken.None);
        await admin.Post("products", """{"name":"Chaise","customs":[{"field":"Tissu","value":"Laine"}]}""");
        (await admin.Put($"custom_fields/{field!.Id}", """{"options":["Coton","Lin"]}""")).AssertStatus(200);
        await SendsBack(erp, admin, format);
        Assert.StartsWith("customs: cannot be taken", (await admin.Put("products/1", """{"customs":[{"field":"Tissu","value":"Soie"}]}""")).Refusal(422), StringComparison.Ordinal);
    }

    private static async Task SendsBack(WinDevClient erp, WinddleClient admin, string format)
    {
        await erp.NewEvents();
        await erp.NewMessages();
        var read = await admin.Get("products/1." + format);
        var sent = format == "xml" ? read.Xml.Element("product")!.ToString() : read.Item("product").GetRawText();
        var answer = (await admin.Send(HttpMethod.Put, "products/1." + format, sent)).AssertStatus(200);
        Assert.Equal(
            format == "xml" ? read.Xml.Element("product")!.ToString() : read.Json.GetProperty("product").GetRawText(),
            format == "xml" ? answer.Xml.Element("product")!.ToString() : answer.Json.GetProperty("product").GetRawText());
        await erp.AssertNothingHappened();
    }

    private async Task<(WinDevClient Erp, WinddleClient Admin)> Company()
    {
        var erp = await server.Company();
        return (erp, await server.User(erp.Company, admin: true));
    }
}
