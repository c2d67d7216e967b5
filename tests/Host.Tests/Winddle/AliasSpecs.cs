using Xunit;

namespace PixeeEvents.Host.Tests.Winddle;

/// <summary>What stands for a method or a path is taken as it, and refused as it.</summary>
public sealed class AliasSpecs(SharedServer server)
{
    [Theory]
    [InlineData("POST", "products/1", "DELETE, GET, HEAD, PATCH, PUT")]
    [InlineData("POST", "product/1.json", "DELETE, GET, HEAD, PATCH, PUT")]
    [InlineData("POST", "product/1/variants/2/", "DELETE, GET, HEAD, PATCH, PUT")]
    [InlineData("GET", "product/1/archive", "PATCH, PUT")]
    [InlineData("GET", "../v1product/1/showcase", "PATCH, PUT")]
    [InlineData("DELETE", "showcase/1/unshowcase", "PATCH, PUT")]
    [InlineData("DELETE", "../v1showcase/1/unshowcase.xml", "PATCH, PUT")]
    [InlineData("PATCH", "products", "GET, HEAD, POST")]
    [InlineData("PATCH", "user", "GET, HEAD")]
    public async Task whoever_calls_by_another_method_is_told_all_that_the_address_takes(string method, string path, string allowed)
    {
        var answer = await (await User()).Send(new HttpMethod(method), path);
        answer.Refusal(405);
        Assert.Equal(allowed, string.Join(", ", answer.ContentHeaders.Allow.Order(StringComparer.Ordinal)));
    }

    [Theory]
    [InlineData("product")]
    [InlineData("product/")]
    [InlineData("showcase/1")]
    [InlineData("showcase/1/showcase")]
    [InlineData("../v1product/1")]
    [InlineData("../v1product/1/archive")]
    [InlineData("../v1showcase/1/unshowcase/2")]
    public async Task what_stands_for_nothing_is_404(string path) =>
        Assert.Equal("base: There is nothing at this address.", (await (await User()).Get(path)).Refusal(404));

    [Fact]
    public async Task a_key_that_is_spelled_like_a_path_stays_a_key()
    {
        var user = await User();
        (await user.Post("products", """{"name":"showcase/1"}""")).AssertStatus(201);
        Assert.True((await user.Put("../V1Product/showcase%2F1/Showcase", "{}")).Item("product").GetProperty("showcased").GetBoolean());
        Assert.False(
            (await user.Send(HttpMethod.Patch, "showcase/showcase%2F1/unshowcase")).Item("product").GetProperty("showcased").GetBoolean());
    }

    private async Task<WinddleClient> User() => await server.User((await server.Company()).Company);
}
