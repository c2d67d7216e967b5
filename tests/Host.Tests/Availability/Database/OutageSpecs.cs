using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PixeeEvents.Host.Tests.Webhooks;
using Xunit;

namespace PixeeEvents.Host.Tests.Availability.Database;

/// <summary>
/// A server whose database goes and comes back. The server's clock runs fast, so that its background loops live through a long
/// outage in a short one.
/// </summary>
public sealed class OutageSpecs
{
    private const int Times = 30;

    private static readonly HttpClient Http = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task a_server_outlives_its_database_answers_503_meanwhile_and_works_when_it_is_back()
    {
        await using var postgres = await OwnPostgres.Start();
        await using var server = await WinDevServer.Over(
            postgres.ConnectionString, new FastClock(Times), ("Webhooks:Workers", "true"), ("Database:AnswerSeconds", "10"),
            ("Logging:LogLevel:PixeeEvents", "Warning"));
        using var log = new Log();
        server.App.Services.GetRequiredService<ILoggerFactory>().AddProvider(log);
        var erp = await server.Company();
        await erp.Given(1);
        foreach (var outage in (int[])[15, 90])
        {
            await LiveThrough(postgres, server, erp, TimeSpan.FromSeconds(outage), kill: false);
        }

        await LiveThrough(postgres, server, erp, TimeSpan.FromSeconds(15), kill: true);
        Assert.All(log.All, l => Assert.Contains("The database ", l, StringComparison.Ordinal));
        Assert.InRange(log.All.Count, 1, 24);
    }

    private static async Task LiveThrough(OwnPostgres postgres, WinDevServer server, WinDevClient erp, TimeSpan outage, bool kill)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var statuses = new ConcurrentBag<int>();
        var calls = Task.WhenAll(
            Repeat(() => erp.Get("products"), statuses, ended.Token),
            Repeat(() => erp.Patch("ART-001", $$"""{"name":"{{Guid.NewGuid()}}"}"""), statuses, ended.Token));
        await (kill ? postgres.Kill() : postgres.Stop());
        await Waiting.Until(() => Task.FromResult(statuses.Contains(503) ? null : "calls are refused"));
        Assert.Equal((200, "ok", null), await Health(server, "live"));
        Assert.Equal((503, "unavailable", "The database cannot be reached."), await Health(server, "ready"));
        await Task.Delay(outage / Times, Stop);
        await postgres.StartAgain();
        await Waiting.Until(async () => (await erp.Get("products")).Status == System.Net.HttpStatusCode.OK ? null : "reads work again");
        await Waiting.Until(async () => (int)(await erp.Patch("ART-001", """{"name":"neu"}""")).Status == 200 ? null : "writes work again");
        await Waiting.Until(async () => (await Health(server, "ready")).Status == 200 ? null : "the server is ready again");
        await ended.CancelAsync();
        await calls;
        Assert.Equal([200, 503], statuses.Distinct().Order());

        // Every background loop goes on, the one that listens on a connection of its own included.
        Assert.All(
            server.App.Services.GetServices<IHostedService>().OfType<BackgroundService>(), s => Assert.False(s.ExecuteTask!.IsCompleted));
        Assert.False(server.App.Lifetime.ApplicationStopping.IsCancellationRequested);
        await Waiting.Until(
            async () =>
                await server.Scalar<long>("select count(*) from pg_stat_activity where query like 'listen %'") == 1
                    ? null
                    : "somebody listens again");
        await Waiting.Until(
            async () =>
                await server.Scalar<long>("select count(*) from outbox where taken_at is null") == 0 ? null : "messages are taken again");
    }

    private static async Task<(int Status, string? State, string? Reason)> Health(WinDevServer server, string what)
    {
        using var answer = await Http.GetAsync(new Uri(server.Address, "/health/" + what), Stop);
        var json = await answer.Content.ReadFromJsonAsync<JsonElement>(Stop);
        return (
            (int)answer.StatusCode, json.GetProperty("status").GetString(),
            json.TryGetProperty("reason", out var reason) ? reason.GetString() : null);
    }

    private static async Task Repeat(Func<Task<Answer>> call, ConcurrentBag<int> statuses, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            statuses.Add((int)(await call()).Status);
        }
    }

    private sealed class Log : ILoggerProvider
    {
        private readonly Lines<Log> _lines = new();

        public IReadOnlyList<string> All => _lines.All;

        public ILogger CreateLogger(string categoryName) => _lines;

        public void Dispose()
        {
        }
    }
}
