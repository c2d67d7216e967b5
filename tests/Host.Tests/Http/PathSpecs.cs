using System.Text.Json;
using Xunit;

namespace PixeeEvents.Host.Tests.Http;

/// <summary>What a path and a query say, whatever program wrote them.</summary>
public sealed class PathSpecs(WinDevServer server) : IClassFixture<WinDevServer>
{
    private const string Root = "/api/v1/windev/";

    [Theory]
    [InlineData("P/Q", "P%2FQ")]
    [InlineData("P/Q", "P%2fQ")]
    [InlineData("P%2FQ", "P%252FQ")]
    [InlineData("P%252FQ", "P%25252FQ")]
    [InlineData("100%", "100%25")]
    [InlineData("100%", "100%")]
    [InlineData("50%zz", "50%zz")]
    [InlineData("Réf-10", "R%E9f-10")]
    [InlineData("Réf-10", "R%C3%A9f-10")]
    [InlineData("€/é", "%80%2F%E9")]
    [InlineData("a b+c", "a%20b+c")]
    [InlineData("/", "%2F")]
    [InlineData("a//b", "a%2F%2Fb")]
    [InlineData("a/../b", "a%2F..%2Fb")]
    public async Task a_path_is_decoded_once(string reference, string written)
    {
        var erp = await server.Company();
        await erp.Sync(JsonSerializer.Serialize(
            new[] { reference, "P/Q", "P%2FQ", "P%252FQ", "100%", "50%zz" }.Distinct().Select(r => new { reference = r, name = "n" })));
        var read = await Call(erp, "GET", "products/" + written);
        Assert.Equal((200, reference), (read.Status, read.Json.GetProperty("data").GetProperty("reference").GetString()));
        var changed = await Call(erp, "PATCH", "products/" + written, """{"brand":"changed"}""");
        Assert.Equal((200, reference), (changed.Status, changed.Json.GetProperty("data").GetProperty("reference").GetString()));
        var marked = (await erp.Get("products")).Data.EnumerateArray().Where(p => p.GetProperty("brand").GetString() == "changed");
        Assert.Equal(reference, Assert.Single(marked).GetProperty("reference").GetString());
        Assert.Equal(200, (await Call(erp, "POST", $"products/{written}/deactivate")).Status);
    }

    [Theory]
    [InlineData("Table/ronde", "Table%2Fronde")]
    [InlineData("Table%2Fronde", "Table%252Fronde")]
    [InlineData("Table%2Fronde", "Table%252Fronde.xml")]
    [InlineData("Table carrée", "Table%20carr%E9e")]
    [InlineData("Table carrée", "Table%20carr%E9e.xml")]
    public async Task a_path_of_winddle_is_decoded_once(string name, string written)
    {
        var user = await server.User((await server.Company()).Company, admin: true);
        foreach (var each in new[] { name, "Table/ronde", "Table%2Fronde" }.Distinct())
        {
            (await user.Post("products", JsonSerializer.Serialize(new { name = each }))).AssertStatus(201);
        }

        var shown = await Call(user, "GET", "/api/v1/products/" + written);
        Assert.Equal(200, shown.Status);
        Assert.Contains(name.Replace("é", "Ã©", StringComparison.Ordinal), shown.Body, StringComparison.Ordinal);
        Assert.Equal(
            201,
            (
                await Call(
                    user, "POST", $"/api/v1/products/{written.Replace(".xml", "", StringComparison.Ordinal)}/variants",
                    """{"name":"Rouge"}""")).Status);
    }

    [Theory]
    [InlineData("search=c%E2ble")]
    [InlineData("search=c%C3%A2ble")]
    [InlineData("search=c%E2ble+noir&active_only=true")]
    [InlineData("search=c%E2ble%20noir")]
    public async Task a_query_is_read_as_utf8_or_else_as_windows_1252(string query)
    {
        var erp = await server.Company();
        await erp.Sync("""[{"reference":"A","name":"Câble noir"},{"reference":"B","name":"Autre"}]""");
        var found = await Call(erp, "GET", "products?" + query);
        Assert.Equal((200, 1), (found.Status, found.Json.GetProperty("count").GetInt32()));
    }

    [Fact]
    public async Task a_filter_of_winddle_is_read_as_utf8_or_else_as_windows_1252_and_its_pages_keep_it()
    {
        var user = await server.User((await server.Company()).Company, admin: true);
        foreach (var n in new[] { 1, 2, 3 })
        {
            (await user.Post("products", $$"""{"name":"Chaise {{n}}","brand":"Été"}""")).AssertStatus(201);
        }

        (await user.Post("products", """{"name":"Table","brand":"Hiver"}""")).AssertStatus(201);
        var found = await Call(user, "GET", "/api/v1/products?filter[brand]=%C9t%E9&per_page=2");
        Assert.Equal((200, "3"), (found.Status, found.Header("x-total-count")));
        Assert.Contains("filter%5Bbrand%5D=%C3%89t%C3%A9", found.Header("link"), StringComparison.Ordinal);
        Assert.Equal(400, (await Call(user, "GET", "/api/v1/products?filter[brand]=%00%E9")).Status);
    }

    [Fact]
    public async Task the_webhook_api_reads_its_paths_and_queries_alike()
    {
        var erp = await server.Company();
        var answer = await RawCall.Send(
            server.Address, "GET", "/api/v1/webhooks/event-types/t%E9st%2F1/v1", $"X-API-Key: {erp.RawKey}\r\n");
        Assert.Equal((404, "NOT_FOUND"), (answer.Status, answer.Json.GetProperty("error_code").GetString()));
    }

    [Theory]
    [InlineData("%2E")]
    [InlineData("%2E%2E")]
    [InlineData("..")]
    [InlineData("%zz")]
    [InlineData("%")]
    [InlineData("%E9%")]
    [InlineData("%C0%80")]
    [InlineData("%00")]
    [InlineData("a%00b")]
    public async Task no_path_leaves_the_dialect_of_its_face(string written)
    {
        var erp = await server.Company();
        var user = await server.User(erp.Company, admin: true);
        var windev = await Call(erp, "GET", "products/" + written + "/activate");
        Assert.InRange(windev.Status, 400, 405);
        Assert.Equal((false, windev.Status), (windev.Json.GetProperty("success").GetBoolean(), windev.Json.GetProperty("code").GetInt32()));
        var winddle = await Call(user, "GET", $"/api/v1/products/x{written}");
        Assert.InRange(winddle.Status, 400, 404);
        Assert.Equal(JsonValueKind.Object, winddle.Json.GetProperty("errors").ValueKind);
        var webhooks = await RawCall.Send(server.Address, "GET", "/api/v1/webhooks/x" + written, $"X-API-Key: {erp.RawKey}\r\n");
        Assert.InRange(webhooks.Status, 400, 404);
        Assert.NotNull(webhooks.Json.GetProperty("error_code").GetString());
    }

    [Fact]
    public async Task a_target_that_names_the_server_too_is_read_alike()
    {
        var erp = await server.Company();
        await erp.Sync("""[{"reference":"P%2FQ","name":"n"},{"reference":"P/Q","name":"n"}]""");
        var root = $"http://localhost{Root}products/";
        var headers = $"X-API-Key: {erp.RawKey}\r\n";
        var read = await RawCall.Send(server.Address, "GET", root + "P%252FQ", headers);
        Assert.Equal((200, "P%2FQ"), (read.Status, read.Json.GetProperty("data").GetProperty("reference").GetString()));
        var refused = await RawCall.Send(server.Address, "GET", root + "%00", headers);
        Assert.Equal((400, false), (refused.Status, refused.Json.GetProperty("success").GetBoolean()));
    }

    private Task<RawAnswer> Call(WinDevClient erp, string method, string path, string body = "") =>
        RawCall.Send(server.Address, method, Root + path, $"X-API-Key: {erp.RawKey}\r\nContent-Length: {body.Length}\r\n", body);

    private Task<RawAnswer> Call(WinddleClient user, string method, string path, string body = "") => RawCall.Send(
        server.Address, method, path,
        $"Authorization: Bearer {user.RawToken}\r\n{(body.Length > 0 ? "Content-Type: application/json\r\n" : "")}Content-Length: {body.Length}\r\n", body);
}
