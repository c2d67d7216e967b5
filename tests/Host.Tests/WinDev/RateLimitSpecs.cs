using Xunit;

namespace PixeeEvents.Host.Tests.WinDev;

public sealed class RateLimitSpecs
{
    [Fact]
    public async Task a_key_that_calls_too_often_is_told_when_to_come_back()
    {
        await using var server = await WinDevServer.Start(
            ("RateLimits:Enabled", "true"), ("RateLimits:PerMinute:READ_STANDARD", "3"), ("RateLimits:PerMinute:WRITE_STANDARD", "2"),
            ("RateLimits:PerMinute:BULK_UPDATE", "1"));
        var erp = await server.Company();
        for (var left = 2; left >= 0; left--)
        {
            Assert.Equal(("3", $"{left}"), Headers((await erp.Get("products")).AssertOk("0 produits trouvés")));
        }

        var refused = (await erp.Get("suppliers"))
            .AssertRefused(429, "Limite de requêtes dépassée, réessayez plus tard", "detail", "retry_after_seconds");
        Assert.Equal("Rate limit exceeded", refused.Json.GetProperty("detail").GetString());
        var seconds = refused.Json.GetProperty("retry_after_seconds").GetInt32();
        Assert.InRange(seconds, 1, 60);
        Assert.Equal($"{seconds}", Assert.Single(refused.Headers.GetValues("Retry-After")));
        Assert.Equal(("3", "0"), Headers(refused));
        Assert.InRange(
            long.Parse(Assert.Single(refused.Headers.GetValues("X-RateLimit-Reset"))) - DateTimeOffset.UtcNow.ToUnixTimeSeconds(), -1, 61);

        // Other tiers, other keys and the status have counts of their own.
        Assert.Equal(("2", "1"), Headers((await erp.Post("products/X/activate")).AssertRefused(404)));
        Assert.Equal(("1", "0"), Headers(await erp.Sync("[]")));
        (await erp.Stock("[]")).AssertRefused(429, null, "detail", "retry_after_seconds");
        (await (await server.Client(erp.Company)).Get("products")).AssertOk("0 produits trouvés");
        Assert.False((await erp.Get("status")).Headers.Contains("X-RateLimit-Limit"));
    }

    [Fact]
    public async Task a_refused_call_does_nothing()
    {
        await using var server = await WinDevServer.Start(("RateLimits:Enabled", "true"), ("RateLimits:PerMinute:BULK_UPDATE", "1"));
        var erp = await server.Company();
        await erp.Given(1);
        (await erp.Stock("""[{"ean":"3760000000001","stock":1}]""")).AssertRefused(429, null, "detail", "retry_after_seconds");
        await erp.AssertNothingHappened();
    }

    [Fact]
    public async Task status_is_counted_by_address()
    {
        await using var server = await WinDevServer.Start(("RateLimits:Enabled", "true"), ("RateLimits:PerMinute:READ_PUBLIC", "1"));
        using var http = new HttpClient { BaseAddress = server.Address };
        Assert.Equal(200, (int)(await http.GetAsync("/api/v1/windev/status", TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal(429, (int)(await http.GetAsync("/api/v1/windev/status", TestContext.Current.CancellationToken)).StatusCode);
    }

    [Fact]
    public async Task limits_can_be_switched_off()
    {
        await using var server = await WinDevServer.Start(("RateLimits:Enabled", "false"), ("RateLimits:PerMinute:READ_STANDARD", "1"));
        var erp = await server.Company();
        for (var i = 0; i < 3; i++)
        {
            Assert.False((await erp.Get("products")).AssertOk("0 produits trouvés").Headers.Contains("X-RateLimit-Limit"));
        }
    }

    private static (string, string) Headers(Answer answer) => (
        Assert.Single(answer.Headers.GetValues("X-RateLimit-Limit")), Assert.Single(answer.Headers.GetValues("X-RateLimit-Remaining")));
}
