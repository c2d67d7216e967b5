using Npgsql;
using PixeeEvents.Host.Tests.Testing;
using PixeeEvents.Testing;
using Xunit;

namespace PixeeEvents.Host.Tests.Availability;

public sealed class HealthSpecs
{
    private static readonly HttpClient Http = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/health")]
    [InlineData("/health/live")]
    [InlineData("/health/ready")]
    public async Task a_server_that_serves_says_so(string path)
    {
        await using var server = await WinDevServer.Start();
        using var answer = await Http.GetAsync(new Uri(server.Address, path), Stop);
        Assert.Equal((200, """{"status":"ok"}"""), ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(Stop)));
        Assert.True(answer.Headers.CacheControl!.NoStore);
        using var head = await Http.SendAsync(new HttpRequestMessage(HttpMethod.Head, new Uri(server.Address, path)), Stop);
        Assert.Equal(200, (int)head.StatusCode);
    }

    [Fact]
    public async Task health_needs_no_connection_that_calls_need()
    {
        await using var database = await TestDatabase.Create();
        var small = new NpgsqlConnectionStringBuilder(database.ConnectionString) { MaxPoolSize = 2, Timeout = 1 }.ConnectionString;
        await using var server = await WinDevServer.Over(small, TimeProvider.System);
        var erp = await server.Company();
        await using var one = await server.DataSource.OpenConnectionAsync(Stop);
        await using var other = await server.DataSource.OpenConnectionAsync(Stop);
        using var answer = await Http.GetAsync(new Uri(server.Address, "/health/ready"), Stop);
        Assert.Equal(200, (int)answer.StatusCode);
        (await erp.Get("products")).AssertRefused(503, "Plus aucune connexion libre à la base de données, réessayez plus tard", "retry_after_seconds");
    }
}
