using System.Net.Http.Headers;
using System.Text;
using Xunit;

namespace PixeeEvents.Host.Tests.Winddle.Wire;

public sealed class GarbageSpecs(WinDevServer server) : IClassFixture<WinDevServer>
{
    private static readonly string[] Json =
    [
        "{", "}", "[", "]", ",", ":", "\"", "\"name\"", "\"Chaise\"", "\"product\"", "\"customs\"", "\"field\"", "\"value\"", "null",
        "true", "-1e999", "0.5", "\"\\ud800\"",
        "\"\\u0000\"", "\"category\"", "\"owner\"", "\"2026-99-99\"", "\"target_store_date\"", "\"reference\"", "99999999999999999999",
        "{}", "[]", " ", "é", "\\",
    ];

    private static readonly string[] Xml =
    [
        "<product>", "</product>", "<name>", "</name>", "Chaise", "<customs type=\"array\">", "</customs>", "<custom>", "</custom>",
        "<field>", "</field>", "&amp;", "&#0;",
        "&x;", "<![CDATA[", "]]>", "<!--", "-->", "<?x ?>", "<category nil=\"true\"/>", "<owner>", "</owner>", " ", "<a:b/>", "<",
        "type=\"integer\"", "\u0001", "<status>draft</status>",
    ];

    private static readonly string[] Query =
        ["filter", "[", "]", "brand", "=", "&", "archived", "all", "status", "{", "}", "%00", "%ff", "%ud800", "category", "page",
            "per_page", "1", "-", "updated_since", "2026", ":", "\"", "id", "owner"];

    [Theory]
    [InlineData("application/json")]
    [InlineData("application/xml")]
    [InlineData("application/x-www-form-urlencoded")]
    public async Task no_body_breaks_the_server_and_one_that_is_refused_leaves_nothing(string type)
    {
        var erp = await server.Company();
        var user = await server.User(erp.Company, admin: true);
        var random = new Random(type.Length);
        var stored = 0;
        for (var n = 0; n < 400; n++)
        {
            var body = Some(random, type == "application/json" ? Json : type == "application/xml" ? Xml : Query);
            body = n % 2 == 0 ? body : type == "application/json" ? "{\"name\":" + body + "}" : type == "application/xml"
                ? $"<product>{body}</product>" : "product[name]=Chaise&" + body;
            var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
            var answer = await user.Send(new HttpRequestMessage(HttpMethod.Post, "products") { Content = content });
            Assert.True((int)answer.Status is 201 or 400 or 422, $"{(int)answer.Status} for {body}: {answer.Text}");
            stored += (int)answer.Status == 201 ? 1 : 0;
        }

        Assert.Equal(stored, (await erp.NewEvents()).Count);
        (await user.Get("products.xml?per_page=200")).AssertStatus(200);
    }

    [Fact]
    public async Task no_query_and_no_path_breaks_the_server()
    {
        var user = await server.User((await server.Company()).Company, admin: true);
        await user.Post("products", """{"name":"Chaise"}""");
        var random = new Random(1);
        for (var n = 0; n < 400; n++)
        {
            var answer = await user.Get("products" + (n % 3 == 0 ? "/" : "?filter") + Some(random, Query));
            Assert.True((int)answer.Status is 200 or 400 or 404 or 422, $"{(int)answer.Status}: {answer.Text}");
        }
    }

    private static string Some(Random random, string[] parts) =>
        string.Concat(Enumerable.Range(0, random.Next(1, 9)).Select(_ => parts[random.Next(parts.Length)]));
}
