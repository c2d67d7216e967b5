using Xunit;

namespace PixeeEvents.Host.Tests.Http;

/// <summary>Who has the current answer already is not sent it again.</summary>
public sealed class ConditionalSpecs(WinDevServer server) : IClassFixture<WinDevServer>
{
    [Theory]
    [InlineData("{0}", 304)]
    [InlineData("W/{0}", 304)]
    [InlineData("\"other\", {0}", 304)]
    [InlineData("\"a,b\",W/{0} , \"c\"", 304)]
    [InlineData("*", 304)]
    [InlineData("\"other\"", 200)]
    [InlineData("no tag at all", 200)]
    public async Task a_current_tag_is_answered_with_304(string condition, int status)
    {
        var erp = await server.Company();
        await erp.Given(1);
        foreach (var path in new[] { "/api/v1/windev/products/ART-001", "/api/v1/openapi.json" })
        {
            foreach (var method in new[] { "GET", "HEAD" })
            {
                var tag = (await RawCall.Send(server.Address, "GET", path, Key(erp))).Header("etag");
                Assert.NotNull(tag);
                var answer = await RawCall.Send(
                    server.Address, method, path, Key(erp) + "If-None-Match: " + string.Format(null, condition, tag) + "\r\n");
                Assert.Equal((status, tag), (answer.Status, answer.Header("etag")));
                Assert.Equal(status == 304 || method == "HEAD", answer.Body.Length == 0);
            }
        }
    }

    [Theory]
    [InlineData("""{"brand":"B"}""")]
    [InlineData("""{"stock":5}""")]
    [InlineData("""{"price_ht":5}""")]
    [InlineData("""{"stock":5,"supplier_code":"KIMEX"}""")]
    [InlineData("""{"is_active":false}""")]
    public async Task whatever_changes_what_is_shown_changes_the_tag(string change)
    {
        var erp = await server.Company();
        await erp.Given(1);
        const string path = "/api/v1/windev/products/ART-001";
        var before = (await RawCall.Send(server.Address, "GET", path, Key(erp))).Header("etag")!;
        (await erp.Patch("ART-001", change)).AssertOk("Produit mis à jour");
        var after = await RawCall.Send(server.Address, "GET", path, Key(erp) + $"If-None-Match: {before}\r\n");
        Assert.Equal(200, after.Status);
        Assert.NotEqual(before, after.Header("etag"));
        Assert.Equal(
            304, (await RawCall.Send(server.Address, "GET", path, Key(erp) + $"If-None-Match: {after.Header("etag")}\r\n")).Status);
    }

    [Fact]
    public async Task the_tag_of_a_product_guards_its_change()
    {
        var erp = await server.Company();
        await erp.Given(1);
        var tag = (await erp.Product("ART-001")).Headers.ETag!.Tag;
        foreach (var (brand, status) in new[] { ("B", 200), ("C", 412) })
        {
            var request = new HttpRequestMessage(
                HttpMethod.Patch, "products/ART-001")
            { Content = new StringContent($$"""{"brand":"{{brand}}"}""") };
            request.Content.Headers.ContentType = new("application/json");
            request.Headers.TryAddWithoutValidation("If-Match", tag);
            Assert.Equal(status, (int)(await erp.Send(request)).Status);
        }
    }

    private static string Key(WinDevClient erp) => $"X-API-Key: {erp.RawKey}\r\n";
}
