using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using PixeeEvents.Catalog.Settings;
using Xunit;

namespace PixeeEvents.Host.Tests.Winddle.Wire;

/// <summary>Values as other programs write them, in JSON, XML and both kinds of forms.</summary>
public sealed class ClientValueSpecs(SharedServer server)
{
    [Theory]
    [InlineData("application/json", """
        {"name":"Chaise","reference":12345,"size":42.0,"formula":38.500000000000007,"target_store_date":20260301,
         "customs":[{"field":"Note","value":0.30000000000000004},{"field":"Bio","value":1},
           {"field":"Le","value":"2026-03-01T23:30:00+01:00"}]}
        """)]
    [InlineData("application/xml", """
        <product><name>Chaise</name><reference type="integer">12345</reference><size type="integer">42</size><formula>38.5</formula>
          <target-store-date>20260301</target-store-date>
          <customs type="array"><custom><field>Note</field><value type="float">0.30000000000000004</value></custom>
            <custom><field>Bio</field><value>Oui</value></custom>
            <custom><field>Le</field><value>20260301</value></custom></customs></product>
        """)]
    [InlineData("application/x-www-form-urlencoded",
        "product[name]=Chaise&product[reference]=12345&product[size]=42&product[formula]=38.5"
        + "&product[target_store_date]=2026-03-01T00:00:00Z"
        + "&product[customs][][field]=Note&product[customs][][value]=0.30000000000000004"
        + "&product[customs][][field]=Bio&product[customs][][value]=VRAI"
        + "&product[customs][][field]=Le&product[customs][][value]=20260301000000")]
    public async Task a_product_is_read_alike_in_every_format(string type, string body)
    {
        var admin = await Company();
        var content = new StringContent(body, Encoding.UTF8, MediaTypeHeaderValue.Parse(type));
        using var request = new HttpRequestMessage(HttpMethod.Post, "products.json") { Content = content };
        var product = (await admin.Send(request)).Item("product", 201);
        Assert.Equal(
            ("12345", "42", "38.5", "2026-03-01"),
            (Text(product, "reference"), Text(product, "size"), Text(product, "formula"), Text(product, "target_store_date")));
        Assert.Equal(
            "0.3 true 2026-03-01", string.Join(' ', product.GetProperty("customs").EnumerateArray().Select(c => Text(c, "value"))));
    }

    [Theory]
    [InlineData("\"oui\"", "non")]
    [InlineData("1", "0")]
    [InlineData("\"TRUE\"", "False")]
    public async Task a_flag_is_read_alike_in_bodies_and_filters(string given, string other)
    {
        var admin = await Company();
        await admin.Post("projects", """{"name":"Hiver"}""");
        Assert.True(await Archived(given));
        Assert.Empty((await admin.Get($"projects?filter[archived]={other}")).Json.GetProperty("projects").EnumerateArray());
        Assert.Single((await admin.Get($"projects?filter[archived]={given.Trim('"')}")).Json.GetProperty("projects").EnumerateArray());
        await admin.Post("products", """{"name":"Chaise"}""");
        await admin.Put("product/1/archive");
        Assert.Empty((await admin.Get($"products?filter[archived]={other}")).Json.GetProperty("products").EnumerateArray());
        Assert.Single((await admin.Get($"products?filter[archived]={given.Trim('"')}")).Json.GetProperty("products").EnumerateArray());
        Assert.False(await Archived($"\"{other}\""));

        async Task<bool> Archived(string flag) =>
            (await admin.Put("projects/Hiver", $$"""{"archived":{{flag}}}""")).Item("project").GetProperty("archived").GetBoolean();
    }

    [Theory]
    [InlineData("2.0", 2)]
    [InlineData("1.9999999999999998", 2)]
    [InlineData("\"1\"", 1)]
    public async Task an_integer_may_have_noise(string given, int position)
    {
        var admin = await Company();
        var field = (await admin.Put("custom_fields/Note", $$"""{"position":{{given}}}""")).Item("custom_field");
        Assert.Equal(position, field.GetProperty("position").GetInt32());
        (await admin.Put("custom_fields/Note", """{"position":1.5}""")).Refusal(422);
    }

    private async Task<WinddleClient> Company()
    {
        var company = (await server.Company()).Company;
        (string, CustomFieldType)[] fields =
            [("Note", CustomFieldType.Number), ("Bio", CustomFieldType.Boolean), ("Le", CustomFieldType.Date)];
        foreach (var (name, type) in fields)
        {
            await server.Catalog.CustomFields.Create(company, new(0, name, type, []), CancellationToken.None);
        }

        return await server.User(company, admin: true);
    }

    private static string? Text(JsonElement item, string name) => item.GetProperty(name).GetString();
}
