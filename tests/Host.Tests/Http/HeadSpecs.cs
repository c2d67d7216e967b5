using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace PixeeEvents.Host.Tests.Http;

/// <summary>HEAD works where GET does.</summary>
public sealed partial class HeadSpecs(WinDevServer server) : IClassFixture<WinDevServer>
{
    private static readonly string[] Moving = ["date", "content-length", "transfer-encoding", "x-ratelimit-remaining", "x-ratelimit-reset"];

    [Fact]
    public async Task every_address_that_takes_get_takes_head_with_the_same_headers_and_no_body()
    {
        var erp = await server.Company();
        await erp.Given(1);
        var user = await server.User(erp.Company, admin: true);
        var paths = server.App.Services.GetServices<EndpointDataSource>().SelectMany(d => d.Endpoints).OfType<RouteEndpoint>()
            .Where(e => e.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods.Contains("GET"))
            .Select(e => string.Join('/', e.RoutePattern.RawText!.Split('/').Select(s => s switch
            {
                "{reference}" => "ART-001",
                "{timestamp}" => "0",
                "{key}" when e.RoutePattern.RawText.StartsWith("/api", StringComparison.Ordinal) => "1",
                _ => s.Contains(":guid", StringComparison.Ordinal) ? Guid.Empty.ToString() : s.StartsWith('{') ? "1" : s,
            }))).ToList();
        Assert.True(paths.Count > 40);
        var found = 0;
        foreach (var path in paths)
        {
            var credentials = $"X-API-Key: {erp.RawKey}\r\nAuthorization: Bearer {user.RawToken}\r\n";
            var (get, head) = (
                await RawCall.Send(server.Address, "GET", path, credentials),
                await RawCall.Send(server.Address, "HEAD", path, credentials));
            Assert.True(get.Status == head.Status, $"{path}: {head.Status} instead of {get.Status}");
            Assert.Equal("", head.Body);
            Assert.Equal(Lasting(get), Lasting(head));
            found += get.Status == 200 ? 1 : 0;
        }

        Assert.True(found > 15);
    }

    [Fact]
    public async Task where_there_is_no_get_there_is_no_head()
    {
        var erp = await server.Company();
        var answer = await RawCall.Send(server.Address, "HEAD", "/api/v1/windev/stock/update", $"X-API-Key: {erp.RawKey}\r\n");
        Assert.Equal((405, "POST"), (answer.Status, answer.Header("allow")));
        var other = await RawCall.Send(server.Address, "DELETE", "/api/v1/windev/products", $"X-API-Key: {erp.RawKey}\r\n");
        Assert.Equal((405, "GET, HEAD"), (other.Status, other.Header("allow")));
    }

    private static string Lasting(RawAnswer answer) =>
        Nonce().Replace(
            string.Join('\n', answer.Headers.Where(h => !Moving.Contains(h.Key)).OrderBy(h => h.Key, StringComparer.Ordinal)), "");

    [GeneratedRegex("'nonce-[0-9A-F]+'", RegexOptions.None, 5000)]
    private static partial Regex Nonce();
}
