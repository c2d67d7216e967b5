using Xunit;

namespace PixeeEvents.Host.Tests.Winddle;

public sealed class RateLimitSpecs
{
    [Fact]
    public async Task reads_and_writes_are_counted_apart_for_each_token_and_refused_in_the_format_of_the_call()
    {
        await using var server = await WinDevServer.Start(
            ("RateLimits:Enabled", "true"), ("RateLimits:PerMinute:WINDDLE_WRITE", "2"), ("RateLimits:PerMinute:WINDDLE_READ", "3"));
        var company = (await server.Company()).Company;
        var (user, other) = (await server.User(company), await server.User(company));
        var first = await user.Post("products", """{"name":"Chaise"}""");
        Assert.Equal(("2", "1"), (first.Header("X-RateLimit-Limit"), first.Header("X-RateLimit-Remaining")));
        (await user.Put("products/1", """{"color":"Noir"}""")).AssertStatus(200);
        var refused = await user.Send(HttpMethod.Put, "products/1", "<product><color>Rouge</color></product>");
        Assert.Equal("base: Too many calls; come back later.", refused.Refusal(429));
        Assert.True(refused.IsXml && int.Parse(refused.Header("Retry-After")) > 0);
        Assert.Equal("Noir", (await user.Get("products/1")).Item("product").GetProperty("color").GetString());
        (await other.Post("products", """{"name":"Table"}""")).AssertStatus(201);
    }
}
