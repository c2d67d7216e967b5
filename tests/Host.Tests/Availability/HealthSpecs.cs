using System.Text.Json;
using Npgsql;
using PixeeEvents.Testing;
using Xunit;

namespace PixeeEvents.Host.Tests.Availability;

public sealed class HealthSpecs
{
    private static readonly HttpClient Http = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/health", true)]
    [InlineData("/health/live", false)]
    [InlineData("/health/ready", true)]
    public async Task a_server_that_serves_says_so(string path, bool tellsMore)
    {
        const string more = ""","schema":"current","fan_out_lag":{"seconds":0,"bound":60},"settled_mark_lag":{"seconds":0,"bound":60}""";
        await using var server = await WinDevServer.Start();
        using var answer = await Http.GetAsync(new Uri(server.Address, path), Stop);
        Assert.Equal(
            (200, $$"""{"status":"ok"{{(tellsMore ? more : "")}}}"""),
            ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(Stop)));
        Assert.True(answer.Headers.CacheControl!.NoStore);
        using var head = await Http.SendAsync(new HttpRequestMessage(HttpMethod.Head, new Uri(server.Address, path)), Stop);
        Assert.Equal(200, (int)head.StatusCode);
    }

    [Fact]
    public async Task what_is_late_is_told_and_calls_are_served_all_the_same()
    {
        await using var database = await TestDatabase.Create();
        await using var server = await WinDevServer.Over(database.ConnectionString, new FastClock(50));
        var erp = await server.Company();
        await erp.Given(1);
        await Waiting.Until(
            async () => await server.Scalar<long>("select count(*) from outbox where taken_at is null") == 0 ? null : "taken later");

        // This node does not look for what its messages did not tell.
        await server.Scalar<int>("update outbox set occurred_at = now() - interval '2 minutes', taken_at = null");
        await server.Get<SettledMark>().Read(Stop);
        await using var writer = await server.DataSource.OpenConnectionAsync(Stop);
        await using var transaction = await writer.BeginTransactionAsync(Stop);
        await using (var draw = new NpgsqlCommand("select nextval('mt_events_sequence')", writer))
        {
            await draw.ExecuteScalarAsync(Stop);
        }

        JsonElement ready = default;
        await Waiting.Until(async () =>
        {
            using var answer = await Http.GetAsync(new Uri(server.Address, "/health/ready"), Stop);
            Assert.Equal(200, (int)answer.StatusCode);
            ready = JsonSerializer.Deserialize<JsonElement>(await answer.Content.ReadAsStringAsync(Stop));
            return Lag("fan_out_lag") > 100 && Lag("settled_mark_lag") > 0 ? null : ready.ToString();
        });
        Assert.Equal("late", ready.GetProperty("status").GetString());
        await transaction.RollbackAsync(Stop);
        await server.Scalar<int>("update outbox set taken_at = now()");
        await Waiting.Until(async () =>
        {
            using var answer = await Http.GetAsync(new Uri(server.Address, "/health/ready"), Stop);
            ready = JsonSerializer.Deserialize<JsonElement>(await answer.Content.ReadAsStringAsync(Stop));
            return (Lag("fan_out_lag"), Lag("settled_mark_lag")) == (0, 0) ? null : ready.ToString();
        });
        Assert.Equal("ok", ready.GetProperty("status").GetString());

        double Lag(string name) => ready.GetProperty(name).GetProperty("seconds").GetDouble();
    }

    [Fact]
    public async Task a_database_with_the_schema_of_another_version_makes_it_unready()
    {
        await using var database = await TestDatabase.Create();
        await using var server = await WinDevServer.Over(database.ConnectionString, new FastClock(400));
        await server.Scalar<int>("delete from schema_migrations where name like '%walk_marks%'");
        await Waiting.Until(async () =>
        {
            using var answer = await Http.GetAsync(new Uri(server.Address, "/health/ready"), Stop);
            return await answer.Content.ReadAsStringAsync(Stop) is var said && (int)answer.StatusCode == 503
                && said == """{"status":"unavailable","reason":"The database has the schema of another version."}""" ? null : said;
        });
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
        (await erp.Get("products"))
            .AssertRefused(503, "Plus aucune connexion libre à la base de données, réessayez plus tard", "retry_after_seconds");
    }
}
