using System.Text.Json;
using System.Xml.Linq;
using Xunit;

namespace PixeeEvents.Host.Tests.Winddle.Settings;

public sealed class SettingListSpecs(SharedServer server)
{
    [Theory]
    [InlineData("custom_fields", "custom_field", """{"name":"Fabric","type":"list","options":["Wool","Cotton"]}""",
        "id name type options position")]
    [InlineData("product_statuses", "product_status", """{"name":"Sketch"}""", "id name position")]
    [InlineData("seasons", "season", """{"name":"Summer 2027","code":"SS27"}""", "id name code position")]
    [InlineData("sizesets", "sizeset", """{"name":"Letters","sizes":["S","M"]}""", "id name sizes category_id position")]
    public async Task a_row_is_created_shown_listed_changed_and_deleted_in_json(string path, string name, string body, string keys)
    {
        var admin = await Admin();
        foreach (var (sent, position) in new[] { (body, 1),
            ($$"""{"{{name}}":{{body.Replace("\"name\":\"", "\"name\":\"2 ").Replace("SS27", "FW27")}}}""", 2) })
        {
            var created = (await admin.Post(path, sent)).Item(name, 201);
            Assert.Equal(keys.Split(' '), created.EnumerateObject().Select(p => p.Name));
            Assert.Equal(position, created.GetProperty("position").GetInt32());
            var shown = await admin.Get($"{path}/{created.GetProperty("id")}");
            Assert.Equal($$"""{"type":"{{path}}","action":"show"}""", shown.Json.GetProperty("resource").GetRawText());
            Assert.True(JsonElement.DeepEquals(created, shown.Item(name)));
            Assert.True(
                JsonElement.DeepEquals(
                    created,
                    (await admin.Get($"{path}/{Uri.EscapeDataString(created.GetProperty("name").GetString()!.ToUpperInvariant())}"))
                    .Item(name)));
        }

        var list = (await admin.Get(path)).AssertStatus(200).Json.GetProperty(path);
        Assert.Equal([1, 2], list.EnumerateArray().Select(r => r.GetProperty("position").GetInt32()));
        var id = list[1].GetProperty("id").GetInt64();
        var changed = (await admin.Patch($"{path}/{id}", """{"name":"Renamed","position":1}""")).Item(name);
        Assert.Equal(("Renamed", 1), (changed.GetProperty("name").GetString(), changed.GetProperty("position").GetInt32()));
        foreach (var kept in keys.Split(' ').Except(["name", "position"]))
        {
            Assert.True(JsonElement.DeepEquals(list[1].GetProperty(kept), changed.GetProperty(kept)), kept);
        }

        Assert.Equal(id, (await admin.Delete($"{path}/{id}")).Item(name).GetProperty("id").GetInt64());
        (await admin.Get($"{path}/{id}")).Refusal(404);
        Assert.Equal(1, Assert.Single((await admin.Get(path)).Json.GetProperty(path).EnumerateArray()).GetProperty("position").GetInt32());
    }

    [Theory]
    [InlineData("custom_fields",
        "<custom-field><name>Fabric</name><type>list</type><options><option>Wool</option><option>Cotton</option></options></custom-field>")]
    [InlineData("custom_fields",
        "<custom_field><name>Fabric</name><type>list</type><options type=\"array\"><option>Wool</option></options></custom_field>")]
    [InlineData("product_statuses", "<product-status><name>Sketch</name></product-status>")]
    [InlineData("seasons", "<season><name>Summer 2027</name><code>SS27</code></season>")]
    [InlineData("sizesets", "<sizeset><name>Letters</name><sizes><size>S</size></sizes><category-id nil=\"true\"/></sizeset>")]
    public async Task a_row_goes_in_and_out_in_xml(string path, string body)
    {
        var admin = await Admin();
        var sent = XElement.Parse(body);
        var created = (await admin.Send(HttpMethod.Post, path, body)).AssertStatus(201).Xml.Elements().Last();
        Assert.Equal(sent.Name.LocalName.Replace('_', '-'), created.Name.LocalName);
        foreach (var field in sent.Elements())
        {
            Assert.Equal(field.Value, created.Element(field.Name)!.Value);
        }

        Assert.Equal("integer", created.Element("id")!.Attribute("type")!.Value);
        var listed = (await admin.Get(path + ".xml")).AssertStatus(200).Xml;
        Assert.Equal("index", listed.Element("resource")!.Element("action")!.Value);
        Assert.Equal(created.ToString(), Assert.Single(listed.Element(path.Replace('_', '-'))!.Elements()).ToString());
    }

    [Theory]
    [InlineData("custom_fields", "{}", "name: can't be blank")]
    [InlineData("custom_fields", """{"name":"Fabric","type":"colour"}""", "type: must be one of text, number, date, boolean, list")]
    [InlineData("custom_fields", """{"name":"Fabric","type":"list"}""", "options: holds 1 to 500 options")]
    [InlineData("custom_fields", """{"name":"Fabric","options":["a"]}""", "options: belong to a field of type list")]
    [InlineData("custom_fields", """{"name":"Fabric","position":0}""", "position: is invalid")]
    [InlineData("custom_fields", """{"name":"12345678901234567890123456789012345678901234567890123456789012345"}""",
        "name: has 1 to 64 characters")]
    [InlineData("sizesets", """{"name":"Letters"}""", "sizes: holds 1 to 100 sizes")]
    [InlineData("sizesets", """{"name":"Letters","sizes":["M","m"]}""", "sizes: holds a size twice")]
    [InlineData("sizesets", """{"name":"Letters","sizes":["M"],"category_id":999999999}""", "category_id: does not exist")]
    [InlineData("sizesets", """{"name":["x"],"sizes":"M"}""", "name: is invalid; sizes: is not a list")]
    [InlineData("seasons", """{"name":" "}""", "name: can't be blank")]
    public async Task what_makes_no_sense_is_422_by_field(string path, string body, string message) =>
        Assert.Equal(message, (await (await Admin()).Post(path, body)).Refusal(422));

    [Theory]
    [InlineData("custom_fields", """{"name":"Fabric"}""")]
    [InlineData("product_statuses", """{"name":"Fabric"}""")]
    [InlineData("seasons", """{"name":"Fabric"}""")]
    [InlineData("sizesets", """{"name":"Fabric","sizes":["M"]}""")]
    public async Task a_name_is_taken_once(string path, string body)
    {
        var admin = await Admin();
        (await admin.Post(path, body)).AssertStatus(201);
        Assert.Equal("name: has already been taken", (await admin.Post(path, body.Replace("Fabric", "FABRIC"))).Refusal(422));
        Assert.Equal(
            "name: Name has already been taken",
            (await admin.Send(HttpMethod.Post, path,
                $"<{Singular(path)}><name>fabric</name><sizes><size>M</size></sizes></{Singular(path)}>")).Refusal(422));
    }

    [Fact]
    public async Task the_default_statuses_are_listed_and_stay_as_they_are()
    {
        var admin = await Admin();
        var list = (await admin.Get("product_statuses")).Json.GetProperty("product_statuses");
        Assert.Equal("draft sample validated", string.Join(' ', list.EnumerateArray().Select(s => s.GetProperty("name").GetString())));
        Assert.Equal("sample", (await admin.Get("product_statuses/2")).Item("product_status").GetProperty("name").GetString());
        Assert.StartsWith(
            "base: The default", (await admin.Patch("product_statuses/draft", """{"name":"x"}""")).Refusal(422), StringComparison.Ordinal);
        Assert.StartsWith("base: The default", (await admin.Delete("product_statuses/1")).Refusal(422), StringComparison.Ordinal);
        (await admin.Post("product_statuses", """{"name":"Sketch"}""")).AssertStatus(201);
        (await admin.Get("product_statuses/draft")).Refusal(404);
    }

    [Fact]
    public async Task the_type_of_a_custom_field_is_settled()
    {
        var admin = await Admin();
        (await admin.Post("custom_fields", """{"name":"Fabric"}""")).AssertStatus(201);
        Assert.StartsWith("type: cannot be changed", (await admin.Put("custom_fields/Fabric", """{"type":"number"}"""))
            .Refusal(422), StringComparison.Ordinal);
        (await admin.Put("custom_fields/Fabric", """{"type":"text"}""")).AssertStatus(200);
    }

    [Fact]
    public async Task a_season_has_its_name_for_a_code_and_is_found_by_either()
    {
        var admin = await Admin();
        Assert.Equal("Summer", (await admin.Post("seasons", """{"name":"Summer"}""")).Item("season", 201).GetProperty("code").GetString());
        (await admin.Patch("seasons/summer", """{"code":"SS27"}""")).AssertStatus(200);
        Assert.Equal("Summer", (await admin.Get("seasons/ss27")).Item("season").GetProperty("name").GetString());
        Assert.Equal("code: can't be blank", (await admin.Patch("seasons/ss27", """{"code":""}""")).Refusal(422));
    }

    [Fact]
    public async Task a_season_in_use_is_not_deleted()
    {
        var admin = await Admin();
        (await admin.Post("seasons", """{"name":"Summer"}""")).AssertStatus(201);
        (await admin.Post("projects", """{"name":"Beach","season":"Summer"}""")).AssertStatus(201);
        Assert.Equal("base: The season 'Summer' is in use.", (await admin.Delete("seasons/Summer")).Refusal(422));
    }

    private static string Singular(string path) => path == "product_statuses" ? "product-status" : path.TrimEnd('s').Replace('_', '-');

    private async Task<WinddleClient> Admin() => await server.User((await server.Company()).Company, admin: true);
}
