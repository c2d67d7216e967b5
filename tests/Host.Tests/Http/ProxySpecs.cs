using Xunit;

namespace PixeeEvents.Host.Tests.Http;

/// <summary>Whose word is taken for the address of the server and of the client.</summary>
public sealed class ProxySpecs
{
    private const string List = "/api/v1/products?per_page=1";

    [Theory]
    [InlineData("evil.example", false)]
    [InlineData("evil.example:80", false)]
    [InlineData("localhost:{port}", true)]
    [InlineData("127.0.0.1:{port}", true)]
    public async Task links_begin_with_a_host_of_our_own(string host, bool isOurs)
    {
        await using var server = await WinDevServer.Start();
        var named = host.Replace(
            "{port}", server.Address.Port.ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal);
        Assert.StartsWith(
            $"<http://{(isOurs ? named : server.Address.Authority)}/api/v1/products?", await LinkOf(server, named),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task a_public_address_goes_before_any_host()
    {
        await using var server = await WinDevServer.Start(("PIXEE_PUBLIC_URL", "https://shop.example/pixee/"));
        foreach (var host in new[] { "evil.example", "localhost" })
        {
            Assert.StartsWith("<https://shop.example/pixee/api/v1/products?", await LinkOf(server, host), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task a_foreign_host_is_refused_in_the_dialect_where_hosts_are_named()
    {
        await using var server = await WinDevServer.Start(("Http:AllowedHosts", "shop.example,*.api.example"));
        var user = await server.User((await server.Company()).Company);
        foreach (var host in new[] { "shop.example", "a.api.example:8443" })
        {
            Assert.StartsWith($"<http://{host}/api/v1/products?", await LinkOf(server, host), StringComparison.Ordinal);
        }

        var windev = await RawCall.Send(server.Address, "GET", "/api/v1/windev/status", host: "evil.example");
        Assert.Equal((400, false), (windev.Status, windev.Json.GetProperty("success").GetBoolean()));
        var winddle = await RawCall.Send(server.Address, "GET", "/api/v1/products?token=" + user.RawToken, host: "evil.example");
        Assert.Equal(400, winddle.Status);
        Assert.Contains("evil.example", winddle.Json.GetProperty("errors").GetProperty("base")[0].GetString(), StringComparison.Ordinal);
        var webhooks = await RawCall.Send(server.Address, "GET", "/api/v1/webhooks", host: "evil.example");
        Assert.Equal((400, "BAD_REQUEST"), (webhooks.Status, webhooks.Json.GetProperty("error_code").GetString()));
        Assert.Equal(200, (await RawCall.Send(server.Address, "GET", "/health", host: "10.0.0.7:5080")).Status);
    }

    [Fact]
    public async Task forwarded_host_and_scheme_are_taken_from_trusted_proxies_alone()
    {
        const string forwarded = "X-Forwarded-Proto: https\r\nX-Forwarded-Host: shop.example\r\nX-Forwarded-For: 203.0.113.7\r\n";
        await using var trusting = await WinDevServer.Start(
            ("Http:TrustedProxies", "10.0.0.0/8, 127.0.0.1"), ("Http:AllowedHosts", "shop.example"));
        Assert.StartsWith("<https://shop.example/api/v1/products?", await LinkOf(trusting, "backend", forwarded), StringComparison.Ordinal);
        await using var other = await WinDevServer.Start(("Http:TrustedProxies", "10.0.0.0/8"));
        Assert.StartsWith($"<{other.Address}api/v1/products?", await LinkOf(other, "backend", forwarded), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Http:TrustedProxies", "everyone")]
    [InlineData("Http:AllowedHosts", "https://shop.example")]
    [InlineData("PIXEE_PUBLIC_URL", "shop.example")]
    [InlineData("PIXEE_PUBLIC_URL", "https://user:secret@shop.example")]
    public async Task a_setting_that_cannot_be_meant_stops_the_start_with_its_name(string setting, string value)
    {
        var refused = await Assert.ThrowsAsync<CommandException>(() => WinDevServer.Start((setting, value)));
        Assert.Contains(setting.Replace(":", "__", StringComparison.Ordinal), refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", refused.Message, StringComparison.Ordinal);
    }

    private static async Task<string> LinkOf(WinDevServer server, string host, string headers = "")
    {
        var user = await server.User((await server.Company()).Company, admin: true);
        foreach (var n in new[] { 1, 2 })
        {
            (await user.Post("products", $$"""{"name":"Chaise {{n}}"}""")).AssertStatus(201);
        }

        return (await RawCall.Send(server.Address, "GET", List + "&token=" + user.RawToken, headers, host: host)).Header("link")!;
    }
}
