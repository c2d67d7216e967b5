using Xunit;

namespace PixeeEvents.Host.Tests.Http;

/// <summary>Whoever tries one key after another is slowed by address, and nobody else is.</summary>
public sealed class BrakeSpecs
{
    private const string Products = "/api/v1/windev/products";

    [Fact]
    public async Task wrong_keys_are_braked_in_the_dialect_of_each_face()
    {
        await using var server = await Start(3);
        for (var n = 0; n < 3; n++)
        {
            Assert.Equal(401, (await Key(server, Products, Wrong(n))).Status);
        }

        var windev = await Key(server, Products, Wrong(9));
        Assert.Equal((429, false, "Rate limit exceeded"), (
            windev.Status, windev.Json.GetProperty("success").GetBoolean(), windev.Json.GetProperty("detail").GetString()));
        AssertRetryAfter(windev);
        Assert.Equal(windev.Header("retry-after"), windev.Json.GetProperty("retry_after_seconds").ToString());
        var webhooks = await Key(server, "/api/v1/webhooks", Wrong(9));
        Assert.Equal((429, "RATE_LIMIT_EXCEEDED"), (webhooks.Status, webhooks.Json.GetProperty("error_code").GetString()));
        AssertRetryAfter(webhooks);
        var winddle = await Token(server, "/api/v1/products", Wrong(9));
        Assert.Equal((429, 1), (winddle.Status, winddle.Json.GetProperty("errors").GetProperty("base").GetArrayLength()));
        AssertRetryAfter(winddle);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task wrong_tokens_are_braked_in_the_header_and_in_the_query(bool inQuery)
    {
        await using var server = await Start(2);
        for (var n = 0; n < 4; n++)
        {
            var answer = inQuery
                ? await RawCall.Send(server.Address, "GET", "/api/v1/user?token=" + Wrong(n))
                : await Token(server, "/api/v1/user", Wrong(n));
            Assert.Equal(n < 2 ? 401 : 429, answer.Status);
        }
    }

    [Fact]
    public async Task a_right_key_of_another_address_is_never_slowed()
    {
        await using var server = await Start(2);
        var erp = await server.Company();
        var user = await server.User(erp.Company);
        for (var n = 0; n < 20; n++)
        {
            await Key(server, Products, Wrong(n), "203.0.113.7");
        }

        Assert.Equal(429, (await Key(server, Products, erp.RawKey, "203.0.113.7")).Status);
        Assert.Equal(200, (await Key(server, Products, erp.RawKey, "203.0.113.8")).Status);
        Assert.Equal(
            200,
            (await RawCall.Send(server.Address, "GET", $"/api/v1/user?token={user.RawToken}", "X-Forwarded-For: 203.0.113.8\r\n")).Status);
    }

    [Fact]
    public async Task a_key_and_a_token_that_were_right_before_pass_from_the_braked_address_too()
    {
        await using var server = await Start(2);
        var erp = await server.Company();
        var user = await server.User(erp.Company);
        Assert.Equal(
            (200, 200), ((await Key(server, Products, erp.RawKey)).Status, (await Token(server, "/api/v1/user", user.RawToken)).Status));
        for (var n = 0; n < 20; n++)
        {
            await Key(server, Products, Wrong(n));
        }

        Assert.Equal(429, (await Key(server, Products, Wrong(99))).Status);
        Assert.Equal(
            (200, 200), ((await Key(server, Products, erp.RawKey)).Status, (await Token(server, "/api/v1/user", user.RawToken)).Status));
        await server.Accounts.RevokeKey(erp.KeyId, CancellationToken.None);
        Assert.Equal(401, (await Key(server, Products, erp.RawKey)).Status);
        Assert.Equal(429, (await Key(server, Products, erp.RawKey)).Status);
    }

    [Fact]
    public async Task addresses_of_one_ipv6_network_are_one()
    {
        await using var server = await Start(2);
        for (var n = 1; n <= 4; n++)
        {
            Assert.Equal(n <= 2 ? 401 : 429, (await Key(server, Products, Wrong(n), $"2001:db8:1:2::{n}")).Status);
        }

        Assert.Equal(401, (await Key(server, Products, Wrong(5), "2001:db8:1:3::1")).Status);
    }

    [Fact]
    public async Task a_forwarded_address_counts_from_trusted_proxies_alone()
    {
        await using var server = await WinDevServer.Start(("RateLimits:Enabled", "true"), ("RateLimits:FailedAuthentications", "2"));
        for (var n = 0; n < 4; n++)
        {
            Assert.Equal(n < 2 ? 401 : 429, (await Key(server, Products, Wrong(n), $"203.0.113.{n}")).Status);
        }
    }

    [Fact]
    public async Task wrong_keys_do_not_push_right_ones_out_of_memory()
    {
        await using var server = await WinDevServer.Start();
        var erp = await server.Company();
        await server.Accounts.Authenticate(erp.RawKey, CancellationToken.None);
        await Parallel.ForAsync(0, 10_100, async (n, stop) => Assert.Null(await server.Accounts.Authenticate(Wrong(n), stop)));
        Assert.True(server.Accounts.WasRight(erp.RawKey));
        Assert.False(server.Accounts.WasRight(Wrong(1)));
    }

    private static Task<WinDevServer> Start(int failures) => WinDevServer.Start(
        ("RateLimits:Enabled", "true"),
        ("RateLimits:FailedAuthentications", failures.ToString(System.Globalization.CultureInfo.InvariantCulture)),
        ("Http:TrustedProxies", "127.0.0.1"));

    private static string Wrong(int n) => $"pm_live_{n:00000}" + new string('A', 38);

    private static Task<RawAnswer> Key(WinDevServer server, string path, string key, string from = "198.51.100.1") =>
        RawCall.Send(server.Address, "GET", path, $"X-API-Key: {key}\r\nX-Forwarded-For: {from}\r\n");

    private static Task<RawAnswer> Token(WinDevServer server, string path, string token) =>
        RawCall.Send(server.Address, "GET", path, $"Authorization: Bearer {token}\r\nX-Forwarded-For: 198.51.100.1\r\n");

    private static void AssertRetryAfter(RawAnswer answer) =>
        Assert.InRange(int.Parse(answer.Header("retry-after")!, System.Globalization.CultureInfo.InvariantCulture), 1, 120);
}
