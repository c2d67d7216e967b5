using System.Net.Http.Headers;
using Xunit;

namespace PixeeEvents.Host.Tests.Winddle.Wire;

public sealed class FormatSpecs(SharedServer server)
{
    [Theory]
    [InlineData("user", null, "json")]
    [InlineData("user", "*/*", "json")]
    [InlineData("user", "application/json", "json")]
    [InlineData("user", "application/xml", "xml")]
    [InlineData("user", "text/xml", "xml")]
    [InlineData("user", "application/json;q=0.5, application/xml", "xml")]
    [InlineData("user", "application/json;q=0, */*", "xml")]
    [InlineData("user", "text/html, application/*;q=0.2", "json")]
    [InlineData("user.xml", null, "xml")]
    [InlineData("user.json", "application/xml", "json")]
    [InlineData("user.XML", "application/json", "xml")]
    public async Task the_suffix_then_accept_choose_the_format_and_json_is_the_default(string path, string? accept, string format)
    {
        var answer = await Get(path, accept);
        answer.AssertStatus(200);
        Assert.Equal($"application/{format}; charset=utf-8", answer.ContentHeaders.ContentType?.ToString());
    }

    [Theory]
    [InlineData("text/html")]
    [InlineData("application/xhtml+xml")]
    [InlineData("application/json;q=0")]
    public async Task a_caller_who_takes_neither_format_gets_406(string accept) => (await Get("user", accept)).Refusal(406);

    [Fact]
    public async Task an_item_stands_under_its_name_beside_what_it_is()
    {
        var json = (await Get("user", null)).Json;
        Assert.Equal(["resource", "user"], json.EnumerateObject().Select(p => p.Name));
        Assert.Equal("""{"type":"users","action":"show"}""", json.GetProperty("resource").GetRawText());
        var xml = (await Get("user.xml", null)).Xml;
        Assert.Equal(["resource", "user"], xml.Elements().Select(e => e.Name.LocalName));
        Assert.Equal(
            "<resource><type>users</type><action>show</action></resource>",
            xml.Element("resource")!.ToString(System.Xml.Linq.SaveOptions.DisableFormatting));
    }

    [Fact]
    public async Task xml_has_dashes_and_the_types_of_rails()
    {
        var user = (await Get("user.xml", null)).Xml.Element("user")!;
        Assert.Equal("integer", user.Element("id")!.Attribute("type")!.Value);
        Assert.Null(user.Element("full-name")!.Attribute("type"));
        Assert.Equal(("boolean", "false"), (user.Element("company-admin")!.Attribute("type")!.Value, user.Element("company-admin")!.Value));
        Assert.Equal("true", user.Element("locale")!.Attribute("nil")!.Value);
        Assert.Equal("array", user.Element("partners")!.Attribute("type")!.Value);
    }

    [Fact]
    public async Task xml_begins_with_its_declaration_and_no_mark_before_it()
    {
        var user = await User();
        var bytes = await user.Http.GetByteArrayAsync(new Uri("user.xml", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.StartsWith(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><hash>", System.Text.Encoding.Latin1.GetString(bytes), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("user/nothing", "application/json", 404)]
    [InlineData("user/nothing", "application/xml", 404)]
    [InlineData("user/nothing.xml", null, 404)]
    public async Task what_does_not_exist_is_refused_in_the_format_of_the_call(string path, string? accept, int status)
    {
        var answer = await Get(path, accept);
        Assert.Equal("base: There is nothing at this address.", answer.Refusal(status));
        Assert.Equal(path.EndsWith("xml", StringComparison.Ordinal) || accept == "application/xml", answer.IsXml);
    }

    [Fact]
    public async Task a_method_that_an_address_does_not_take_is_405() => (await (await User()).Delete("user")).Refusal(405);

    private async Task<WinddleClient> User() => await server.User((await server.Company()).Company);

    private async Task<Reply> Get(string path, string? accept)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (accept is not null)
        {
            request.Headers.Accept.Clear();
            foreach (var range in accept.Split(','))
            {
                request.Headers.Accept.Add(MediaTypeWithQualityHeaderValue.Parse(range.Trim()));
            }
        }

        return await (await User()).Send(request);
    }
}
