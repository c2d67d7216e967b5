using Xunit;

namespace PixeeEvents.Host.Tests.Http;

/// <summary>What every answer says of itself: its type is not to be guessed, and it is kept by nobody.</summary>
public sealed class AnswerHeaderSpecs(WinDevServer server) : IClassFixture<WinDevServer>
{
    [Theory]
    [InlineData("GET", "/api/v1/windev/status", 200)]
    [InlineData("GET", "/api/v1/windev/products", 200)]
    [InlineData("GET", "/api/v1/windev/products/none", 404)]
    [InlineData("POST", "/api/v1/windev/products/sync", 422)]
    [InlineData("PUT", "/api/v1/windev/products", 405)]
    [InlineData("GET", "/api/v1/webhooks", 200)]
    [InlineData("GET", "/api/v1/webhooks/none", 404)]
    [InlineData("GET", "/api/v1/webhooks/jwks.json", 200)]
    [InlineData("GET", "/api/v1/products?token={0}", 200)]
    [InlineData("GET", "/api/v1/products.xml?token={0}", 200)]
    [InlineData("GET", "/api/v1/products/1?token={0}", 404)]
    [InlineData("GET", "/api/v1/products", 401)]
    [InlineData("GET", "/nothing", 404)]
    [InlineData("GET", "/api/v1/windev/products/%00", 400)]
    public async Task an_answer_is_not_kept_and_its_type_not_guessed(string method, string path, int status)
    {
        var erp = await server.Company();
        var user = await server.User(erp.Company, admin: true);
        var answer = await RawCall.Send(
            server.Address, method, string.Format(null, path, user.RawToken), $"X-API-Key: {erp.RawKey}\r\nContent-Length: 0\r\n");
        Assert.Equal(
            (status, "nosniff", "no-store"), (answer.Status, answer.Header("x-content-type-options"), answer.Header("cache-control")));
    }

    [Fact]
    public async Task a_failure_of_ours_says_so_too()
    {
        await using var broken = await WinDevServer.Start();
        var erp = await broken.Company();
        (await erp.Get("products")).AssertOk("0 produits trouvés");
        await broken.Scalar<string>("drop table windev.page_blocks cascade");
        var answer = await RawCall.Send(broken.Address, "GET", "/api/v1/windev/products", $"X-API-Key: {erp.RawKey}\r\n");
        Assert.Equal(
            (500, "nosniff", "no-store"), (answer.Status, answer.Header("x-content-type-options"), answer.Header("cache-control")));
    }
}
