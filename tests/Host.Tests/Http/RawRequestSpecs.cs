using System.Text.Json;
using Xunit;

namespace PixeeEvents.Host.Tests.Http;

/// <summary>Requests that the server refuses before it knows what they ask for, and bodies that are no HTTP.</summary>
public sealed class RawRequestSpecs(WinDevServer server) : IClassFixture<WinDevServer>
{
    public static TheoryData<string, int> Bodies { get; } = new()
    {
        { "fffffffffffffffff\r\n[]\r\n0\r\n\r\n", 400 },
        { "zz\r\n[]\r\n0\r\n\r\n", 400 },
        { "2\r\n[]]\r\n0\r\n\r\n", 400 },
    };

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task chunks_that_are_none_are_refused(string chunks, int status)
    {
        var erp = await server.Company();
        var user = await server.User(erp.Company, admin: true);
        foreach (
            var (method, path) in new[] { ("POST", "/api/v1/windev/products/sync"), ("PATCH", "/api/v1/windev/products/A"), ("POST", "/api/v1/webhooks"), ("POST", "/api/v1/products") })
        {
            var answer = await RawCall.Send(
                server.Address,
                $"{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX-API-Key: {erp.RawKey}\r\nAuthorization: Bearer {user.RawToken}\r\n"
                + $"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}");
            Assert.Equal(status, answer.Status);
            AssertDialect(path, answer);
        }

        await erp.AssertNothingHappened();
    }

    [Theory]
    [InlineData("GET {0} HTTP/1.1\r\n\r\n", 400)]
    [InlineData("GET {0} HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400)]
    [InlineData("GET {0} HTTP/1.1\r\nHost: localhost\r\nno header\r\n\r\n", 400)]
    [InlineData("POST {0} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999999999\r\n\r\n", 400)]
    [InlineData("POST {0} HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n", 400)]
    [InlineData("POST {0} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip\r\n\r\n", 400)]
    [InlineData("GET {0}/%00 HTTP/1.1\r\nHost: localhost\r\n\r\n", 400)]
    [InlineData("GET {0}/a%00b?search=1 HTTP/1.1\r\nHost: localhost\r\n\r\n", 400)]
    [InlineData("GET {0} HTTP/1.1\r\nHost: localhost\r\nX: {1}\r\n\r\n", 431)]
    public async Task what_the_server_refuses_before_routing_wears_the_dialect_of_its_face(string request, int status)
    {
        foreach (var path in new[] { "/api/v1/windev/products", "/api/v1/webhooks", "/api/v1/products" })
        {
            var answer = await RawCall.Send(
                server.Address,
                request.Replace("{0}", path, StringComparison.Ordinal).Replace("{1}", new string('x', 40_000), StringComparison.Ordinal));
            Assert.Equal((status, "close"), (answer.Status, answer.Header("connection")));
            Assert.Equal(answer.Body.Length.ToString(System.Globalization.CultureInfo.InvariantCulture), answer.Header("content-length"));
            AssertDialect(path, answer);
        }
    }

    [Theory]
    [InlineData("GET /api/v1/windev/products?search=c\u00e2ble HTTP/1.1\r\nHost: localhost\r\n\r\n", 400)]
    [InlineData("no request\r\n\r\n", 400)]
    [InlineData("GET /api/v1/windev/products HTTP/3.7\r\nHost: localhost\r\n\r\n", 505)]
    public async Task what_has_no_address_is_refused_with_a_reason(string request, int status)
    {
        var answer = await RawCall.Send(server.Address, request);
        Assert.Equal(status, answer.Status);
        Assert.NotEmpty(answer.Json.GetProperty("detail").GetString()!);
        Assert.NotEmpty(answer.Json.GetProperty("error_code").GetString()!);
    }

    [Fact]
    public async Task what_was_answered_before_on_the_connection_is_left_alone()
    {
        const string path = "/api/v1/windev/status";
        var both = await RawCall.Send(
            server.Address, $"HEAD {path} HTTP/1.1\r\nHost: localhost\r\n\r\nGET {path}/%00 HTTP/1.1\r\nHost: localhost\r\n\r\n");
        Assert.Equal(200, both.Status);
        Assert.StartsWith("HTTP/1.1 400 Bad Request\r\n", both.Body, StringComparison.Ordinal);
        Assert.Equal(1, both.Body.Split("HTTP/1.1").Length - 1);
    }

    private static void AssertDialect(string path, RawAnswer answer)
    {
        if (path.StartsWith("/api/v1/windev", StringComparison.Ordinal))
        {
            Assert.Equal(
                (false, answer.Status), (answer.Json.GetProperty("success").GetBoolean(), answer.Json.GetProperty("code").GetInt32()));
        }
        else if (path.StartsWith("/api/v1/webhooks", StringComparison.Ordinal))
        {
            Assert.NotEmpty(answer.Json.GetProperty("error_code").GetString()!);
        }
        else
        {
            Assert.Equal(JsonValueKind.Array, answer.Json.GetProperty("errors").GetProperty("base").ValueKind);
        }
    }
}
