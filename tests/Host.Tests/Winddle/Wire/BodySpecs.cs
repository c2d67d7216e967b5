using System.Net.Http.Headers;
using System.Text;
using Xunit;

namespace PixeeEvents.Host.Tests.Winddle.Wire;

public sealed class BodySpecs(WinDevServer server) : IClassFixture<WinDevServer>
{
    public static TheoryData<string, string> Unreadable => new()
    {
        { "application/json", "{" },
        { "application/json", "[]" },
        { "application/json", "null" },
        { "application/json", "\"x\"" },
        { "application/json", """{"product":[]}""" },
        { "application/json", """{"product":"x"}""" },
        { "application/json", """{"name":"a","name":"b"}""" },
        { "application/json", string.Concat(Enumerable.Repeat("{\"a\":", 40)) + "1" + new string('}', 40) },
        { "application/xml", "<product>" },
        { "application/xml", "<product/><product/>" },
        { "application/xml", "<variant><name>Chaise</name></variant>" },
        { "application/xml", "<product>text</product>" },
        { "application/xml", "<product>text<name>Chaise</name></product>" },
        { "application/xml", "<product><name>Chaise</name><customs type=\"array\">text</customs></product>" },
        { "application/xml", "<product><name type=\"yaml\">--- !ruby/object</name></product>" },
        { "application/xml", "<product><name type=\"symbol\">x</name></product>" },
        { "application/xml", "<!DOCTYPE product [<!ENTITY x \"y\">]><product><name>&x;</name></product>" },
        { "application/xml", "<!DOCTYPE product [<!ENTITY x SYSTEM \"file:///etc/hostname\">]><product><name>&x;</name></product>" },
        { "application/xml", "<!DOCTYPE product SYSTEM \"http://127.0.0.1:1/x.dtd\"><product><name>Chaise</name></product>" },
        { "application/xml", "<product><name>&nbsp;</name></product>" },
        { "application/xml", string.Concat(Enumerable.Repeat("<product>", 40)) + string.Concat(Enumerable.Repeat("</product>", 40)) },
        { "application/x-www-form-urlencoded", "product[name]=x&product[name][y]=z" },
        { "application/x-www-form-urlencoded", "name=Chaise&customs[][field]=x&customs[][field]=y&customs[][value]=z" },
        { "application/x-www-form-urlencoded", "name=Chaise&customs[]=x&customs[][field]=y" },
        { "application/x-www-form-urlencoded", "product[a][b][c][d][e][f][g][h][i]=x" },
    };

    [Theory]
    [MemberData(nameof(Unreadable))]
    public async Task a_body_that_cannot_be_read_is_400_in_its_own_format_and_changes_nothing(string type, string body)
    {
        var (erp, user) = await Company();
        var answer = await Send(user, type, body);
        Assert.StartsWith("base: The body cannot be read: ", answer.Refusal(400)
            .Replace("base: Base", "base: ", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Equal(type == "application/xml", answer.IsXml);
        await erp.AssertNothingHappened();
    }

    [Theory]
    [InlineData("text/plain", "name=Chaise")]
    [InlineData("application/yaml", "name: Chaise")]
    [InlineData("application/xhtml+xml", "<product><name>Chaise</name></product>")]
    public async Task a_body_of_another_type_is_415(string type, string body) =>
        (await Send((await Company()).User, type, body)).Refusal(415);

    [Fact]
    public async Task a_body_packed_in_an_unknown_way_is_415_and_one_packed_with_gzip_is_read()
    {
        var (_, user) = await Company();
        using var packed = new MemoryStream();
        await using (var gzip =
            new System.IO.Compression.GZipStream(packed, System.IO.Compression.CompressionLevel.Fastest, leaveOpen: true))
        {
            await gzip.WriteAsync("""{"name":"Chaise"}"""u8.ToArray(), TestContext.Current.CancellationToken);
        }

        Assert.Equal(201, (int)(await Send("gzip")).Status);
        (await Send("snappy")).Refusal(415);

        async Task<Reply> Send(string encoding)
        {
            var content = new ByteArrayContent(packed.ToArray());
            content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            content.Headers.ContentEncoding.Add(encoding);
            return await user.Send(new HttpRequestMessage(HttpMethod.Post, "products") { Content = content });
        }
    }

    [Theory]
    [InlineData("multipart/form-data; boundary=x", "", "--x\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nChaise")]
    [InlineData("application/json", "gzip", "{}")]
    [InlineData("application/json", "deflate", "{}")]
    [InlineData("application/xml", "br", "<product><name>Chaise</name></product>")]
    public async Task a_body_that_is_cut_or_badly_packed_is_400(string type, string encoding, string body)
    {
        var (erp, user) = await Company();
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        content.Headers.ContentEncoding.Add(encoding.Length == 0 ? "identity" : encoding);
        (await user.Send(new HttpRequestMessage(HttpMethod.Post, "products") { Content = content })).Refusal(400);
        await erp.AssertNothingHappened();
    }

    [Theory]
    [InlineData("application/json", "{\"x\":[0", ",0", "]}")]
    [InlineData("application/xml", "<product>", "<x/>", "</product>")]
    public async Task a_body_of_more_than_a_hundred_thousand_values_is_400(string type, string before, string value, string after)
    {
        var (_, user) = await Company();
        (await Send(user, type, before + string.Concat(Enumerable.Repeat(value, 100_000)) + after)).Refusal(400);
        (await Send(user, type, before + string.Concat(Enumerable.Repeat(value, 99_000)) + after)).Refusal(422);
    }

    [Fact]
    public async Task a_text_in_very_many_pieces_is_put_together_before_the_caller_goes_away()
    {
        var (_, user) = await Company();
        (await user.Post("products", """{"name":"Chaise"}""")).AssertStatus(201);
        var body = "<attachment><name>" + string.Concat(Enumerable.Repeat("a<!---->", 700_000)) + "</name></attachment>";
        Assert.Equal(
            "name: Name is too long (maximum is 255 characters)",
            (await user.Send(HttpMethod.Post, "products/1/attachments", body)).Refusal(422));
    }

    [Theory]
    [InlineData("application/json", "{\"name\":\"", "\"}")]
    [InlineData("application/xml", "<product><name>", "</name></product>")]
    public async Task a_body_beyond_the_limit_is_413(string type, string before, string after)
    {
        var (erp, user) = await Company();
        (await Send(user, type, before + new string('x', 1024 * 1024) + after)).Refusal(413);
        (await Send(user, type, before + new string('x', 1024 * 1024 - 100) + after)).Refusal(422);
        await erp.AssertNothingHappened();
    }

    [Theory]
    [InlineData("application/json", """{"name":"Chaise","customs":[]}""")]
    [InlineData("text/json; charset=utf-8", """{"name":"Chaise"}""")]
    [InlineData("application/vnd.api+json", """{"name":"Chaise"}""")]
    [InlineData("", """{"name":"Chaise"}""")]
    [InlineData(
        "application/xml",
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<product>\n  <name>Chaise</name>\n"
        + "  <target-store-date type=\"date\">2026-03-01</target-store-date>\n</product>\n")]
    [InlineData("text/xml",
        "<product><name><![CDATA[Chaise]]></name><target_store_date>2026-03-01</target_store_date><color nil=\"true\"/><brand/></product>")]
    [InlineData("application/xml",
        "<!-- x --><product type=\"object\"><name type=\"string\">Cha<!-- y -->ise</name><customs type=\"array\"/></product>")]
    [InlineData("application/x-www-form-urlencoded", "name=Chaise&customs[][field]=x")]
    [InlineData("application/x-www-form-urlencoded", "product%5Bname%5D=Chaise&product[color]=")]
    public async Task a_product_comes_in_json_xml_or_a_form(string type, string body)
    {
        var (_, user) = await Company();
        var answer = await Send(user, type, body);
        Assert.Equal(type.Contains("xml", StringComparison.Ordinal), answer.IsXml);
        Assert.Equal("Chaise", (await user.Get("products/1")).Item("product").GetProperty("name").GetString());
    }

    [Theory]
    [InlineData("customs[][field]=A&customs[][value]=1&customs[][field]=B&customs[][value]=2")]
    [InlineData("product[customs][0][field]=A&product[customs][0][value]=1&product[customs][1][field]=B&product[customs][1][value]=2")]
    [InlineData("product[customs][7][field]=A&product[customs][7][value]=1&product[customs][9][field]=B&product[customs][9][value]=2")]
    public async Task the_elements_of_a_list_in_a_form_are_numbered_or_come_in_order(string customs)
    {
        var (erp, user) = await Company();
        foreach (var name in new[] { "A", "B" })
        {
            await server.Catalog.CustomFields.Create(
                erp.Company, new(0, name, Catalog.Settings.CustomFieldType.Text, []), CancellationToken.None);
        }

        (await Send(user, "application/x-www-form-urlencoded",
            (customs.StartsWith('p') ? "product[name]=Chaise&" : "name=Chaise&") + customs)).AssertStatus(201);
        Assert.Equal(["1", "2"], (await user.Get("products/1")).Item("product").GetProperty("customs").EnumerateArray()
            .Select(c => c.GetProperty("value").GetString()));
    }

    [Fact]
    public async Task a_multipart_form_may_hold_the_fields_of_a_product()
    {
        var (_, user) = await Company();
        using var form =
            new MultipartFormDataContent { { new StringContent("Chaise"), "product[name]" },
                { new StringContent("Été"), "product[theme]" } };
        (await user.Send(new HttpRequestMessage(HttpMethod.Post, "products") { Content = form })).AssertStatus(201);
        Assert.Equal("Été", (await user.Get("products/Chaise")).Item("product").GetProperty("theme").GetString());
    }

    [Fact]
    public async Task latin_1_xml_that_says_so_is_read()
    {
        var (_, user) = await Company();
        var content = new ByteArrayContent(
            Encoding.Latin1.GetBytes("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><product><name>Été</name></product>"));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/xml");
        (await user.Send(new HttpRequestMessage(HttpMethod.Post, "products") { Content = content })).AssertStatus(201);
        Assert.Equal("Été", (await user.Get("products/1")).Item("product").GetProperty("name").GetString());
    }

    [Theory]
    [InlineData("{\"name\":\"a\\ud800b\"}", 422)]
    [InlineData("{\"a\\ud800b\":\"x\",\"name\":\"Chaise\"}", 400)]
    [InlineData("{\"name\":\"a\\u0000b\"}", 422)]
    [InlineData("{\"name\":\"a\\tb\"}", 422)]
    [InlineData("{\"name\":\"Chaise\",\"category\":{\"id\":\"a\\u0000b\"}}", 422)]
    [InlineData("{\"name\":\"Chaise\",\"season\":{\"id\":\"a\\ud800b\"}}", 422)]
    [InlineData("{\"name\":\"Chaise\",\"customs\":[{\"field\":\"a\\ud800b\",\"value\":1}]}", 422)]
    [InlineData("{\"name\":true}", 201)]
    [InlineData("{\"name\":12}", 201)]
    [InlineData("{\"name\":\"x\\uffffy\"}", 201)]
    public async Task what_is_no_text_is_refused_and_what_xml_cannot_carry_is_replaced_there(string body, int status)
    {
        var (_, user) = await Company();
        (await Send(user, "application/json", body)).AssertStatus(status);
        (await user.Get("products.xml")).AssertStatus(200);
        Assert.NotNull((await user.Get("products.xml")).Xml);
    }

    private static async Task<Reply> Send(WinddleClient user, string type, string body)
    {
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        content.Headers.ContentType = type.Length == 0 ? null : MediaTypeHeaderValue.Parse(type);
        return await user.Send(new HttpRequestMessage(HttpMethod.Post, "products") { Content = content });
    }

    private async Task<(WinDevClient Erp, WinddleClient User)> Company()
    {
        var erp = await server.Company();
        return (erp, await server.User(erp.Company));
    }
}
