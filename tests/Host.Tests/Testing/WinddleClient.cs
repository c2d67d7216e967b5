using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Xml.Linq;
using PixeeEvents.Accounts;
using PixeeEvents.Host.Tests.OpenApi;
using Xunit;

namespace PixeeEvents.Host.Tests.Testing;

/// <summary>What came back, read whole.</summary>
internal sealed record Reply(HttpStatusCode Status, string Text, HttpResponseHeaders Headers, HttpContentHeaders ContentHeaders)
{
    public JsonElement Json => JsonSerializer.Deserialize<JsonElement>(Text);

    public XElement Xml => XDocument.Parse(Text).Root!;

    public bool IsXml => ContentHeaders.ContentType?.MediaType == "application/xml";

    public string Header(string name) => string.Join(',', Headers.GetValues(name));

    /// <summary>The item of a wrapped JSON answer.</summary>
    public JsonElement Item(string name, int status = 200)
    {
        AssertStatus(status);
        return Json.GetProperty(name);
    }

    public Reply AssertStatus(int status)
    {
        Assert.True(status == (int)Status, $"{(int)Status} instead of {status}: {Text}");
        return this;
    }

    /// <summary>An error in its own format and nothing else; its messages as <c>field: message; …</c>.</summary>
    public string Refusal(int status)
    {
        AssertStatus(status);
        if (IsXml)
        {
            Assert.Equal("errors", Xml.Name.LocalName);
            Assert.NotEmpty(Xml.Elements());
            return string.Join("; ", Xml.Elements("error").Select(e => $"{e.Attribute("field")!.Value}: {e.Value}"));
        }

        Assert.Equal("application/json; charset=utf-8", ContentHeaders.ContentType?.ToString());
        Assert.Equal("errors", Assert.Single(Json.EnumerateObject()).Name);
        return string.Join(
            "; ",
            Json.GetProperty("errors")
                .EnumerateObject().SelectMany(f => f.Value.EnumerateArray().Select(m => $"{f.Name}: {m.GetString()}")));
    }
}

/// <summary>A Winddle program that speaks for a user of a company.</summary>
internal sealed class WinddleClient(WinDevServer server, User user, string rawToken)
{
    public User User => user;

    public string Company => user.Tenant;

    public string RawToken => rawToken;

    public HttpClient Http { get; } = Create(server, rawToken);

    public Task<Reply> Get(string path) => Send(HttpMethod.Get, path);

    public Task<Reply> Post(string path, string? json = null) => Send(HttpMethod.Post, path, json);

    public Task<Reply> Put(string path, string? json = null) => Send(HttpMethod.Put, path, json);

    public Task<Reply> Patch(string path, string? json = null) => Send(HttpMethod.Patch, path, json);

    public Task<Reply> Delete(string path) => Send(HttpMethod.Delete, path);

    /// <summary>A body in XML when it begins like it, else in JSON; the answer in the same.</summary>
    public Task<Reply> Send(HttpMethod method, string path, string? body = null)
    {
        var request = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, body.StartsWith('<') ? "application/xml" : "application/json");
        }

        return Send(request);
    }

    public async Task<Reply> Send(HttpRequestMessage request)
    {
        using var response = await Http.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        await Shapes.Check(server, response, text);
        request.Dispose();
        return new Reply(response.StatusCode, text, response.Headers, response.Content.Headers);
    }

    private static HttpClient Create(WinDevServer server, string rawToken)
    {
        var http = server.Http("/api/v1/");
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", rawToken);
        return http;
    }
}
