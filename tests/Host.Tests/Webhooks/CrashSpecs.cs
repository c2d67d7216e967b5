using System.Globalization;
using System.Net.Http.Json;
using System.Security.Cryptography;
using PixeeEvents.Host.Tests.Testing;
using PixeeEvents.Webhooks.Tests;
using Xunit;

namespace PixeeEvents.Host.Tests.Webhooks;

/// <summary>Servers killed at random points, while they take calls and send webhooks; <c>PIXEE_CRASHES</c> says how many times.</summary>
public sealed class CrashSpecs
{
    private const int Products = 200;

    private static readonly (string, string)[] Settings =
        [("Webhooks__AllowHttp", "true"), ("Webhooks__AllowedNetworks", "127.0.0.0/8"), ("Webhooks__LeaseSeconds", "2"), ("Webhooks__Workers", "true")];

    [Fact]
    public async Task statements_12_and_13_killed_at_random_points_nothing_is_lost_nothing_invented_and_only_what_was_in_flight_repeats()
    {
        var crashes = int.Parse(Environment.GetEnvironmentVariable("PIXEE_CRASHES") ?? "200", CultureInfo.InvariantCulture);
        await using var server = await WinDevServer.Start(
            ("Webhooks:Workers", "true"), ("Webhooks:AllowHttp", "true"), ("Webhooks:AllowedNetworks", "127.0.0.0/8"), ("Webhooks:LeaseSeconds", "2"));
        var erp = await server.Company();
        await erp.Given([.. Enumerable.Range(1, Products)]);
        await using var receiver = await Receiver.Start((context, request) => Answers.Late(TimeSpan.FromMilliseconds(request.Body.Length % 20), TimeProvider.System, Answers.Status(200))(context, request));
        var webhooks = new WebhookClient(server, erp);
        await webhooks.Created($$"""{"url":"{{receiver.Url}}","events":["*"]}""");
        await webhooks.Created($$"""{"url":"{{receiver.Url}}?items","events":["stock.updated"],"granularity":"item","order":"strict"}""");
        await server.Scalar<int>("update outbox set taken_at = now()");
        await server.App.StopAsync(TestContext.Current.CancellationToken);

        var kills = 0;
        var random = new Random(20261123);
        await Task.WhenAll(Enumerable.Range(0, 2).Select(async n =>
        {
            while (Interlocked.Increment(ref kills) <= crashes)
            {
                using var victim = await Victim.Start(server.ConnectionString, Settings);
                using var stop = new CancellationTokenSource();
                var answered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                var traffic = Enumerable.Range(0, 3).Select(c => Traffic(victim.Address, erp.RawKey, random.Next(), answered, stop.Token)).ToList();
                await answered.Task.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
                await Task.Delay(random.Next(0, 300), TestContext.Current.CancellationToken);
                await victim.Kill();
                await stop.CancelAsync();
                await Task.WhenAll(traffic);
            }
        }));

        await using var last = new Survivor(await Victim.Start(server.ConnectionString, Settings));
        await Waiting.Until(
            async () => await server.Scalar<long>(
                "select (select count(*) from outbox where taken_at is null) + (select count(*) from webhooks.deliveries where state = 'waiting')") is var left and > 0 ? $"{left} left" : null);

        // Nothing is lost, and nothing is invented: what arrived is what was committed.
        var committed = (await server.Scalar<Guid[]>("select array_agg(id order by id) from outbox where occurred_at > (select min(created_at) from webhooks.subscriptions)"))!;
        Assert.True(committed.Length > crashes, $"{committed.Length} changes");
        var byCall = receiver.Requests.Where(r => r.Path == "/hook").ToLookup(r => r.Headers["webhook-id"]);
        Assert.Equal(committed.Select(id => $"evt_{id:N}").Order(StringComparer.Ordinal), byCall.Select(r => r.Key).Order(StringComparer.Ordinal));
        Assert.Equal(0, await server.Scalar<long>("select count(*) from webhooks.deliveries where state <> 'delivered'"));
        Assert.Equal(
            await server.Scalar<long>("select count(*) from mt_events where type = 'stock_level_set' and timestamp > (select min(created_at) from webhooks.subscriptions)"),
            await server.Scalar<long>("select coalesce(sum(d.version - d.previous_version), 0)::bigint from webhooks.deliveries d join webhooks.subscriptions s on s.id = d.subscription_id where s.granularity = 'item'"));

        // What repeats was in flight when its node died: the same bytes, and never after its success was written down.
        var repeated = receiver.Requests.GroupBy(r => (r.Path, Id: r.Headers["webhook-id"])).Where(g => g.Count() > 1).ToList();
        Assert.All(repeated, g => Assert.Single(g.Select(r => Convert.ToHexString(SHA256.HashData(r.Body))).Distinct()));
        var settled = await Settled(server);
        Assert.All(receiver.Requests, r => Assert.True(r.At < settled[(r.Path.EndsWith("items", StringComparison.Ordinal), r.Headers["webhook-id"])]));
        Assert.Equal(
            receiver.Requests.Count, await server.Scalar<long>("select count(*) from webhooks.attempts where status = 200") + repeated.Sum(g => g.Count() - 1));
    }

    /// <summary>Changes of stock and names, one call after the other, until the server is gone.</summary>
    private static async Task Traffic(Uri address, string key, int seed, TaskCompletionSource answered, CancellationToken stop)
    {
        var random = new Random(seed);
        using var http = new HttpClient { BaseAddress = new Uri(address, "/api/v1/windev/"), Timeout = TimeSpan.FromSeconds(5) };
        http.DefaultRequestHeaders.Add("X-API-Key", key);
        while (!stop.IsCancellationRequested)
        {
            try
            {
                using var answer = random.Next(3) > 0
                    ? await http.PostAsJsonAsync(
                        "stock/update", Enumerable.Range(0, random.Next(1, 4)).Select(_ => new { ean = WinDevClient.Ean(random.Next(1, Products + 1)), stock = random.Next(1_000_000) }), stop)
                    : await http.PatchAsJsonAsync($"products/{WinDevClient.Ean(random.Next(1, Products + 1))}", new { name = $"Article {random.Next()}" }, stop);
                answered.TrySetResult();
            }
            catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
            {
                await Task.Yield();
                return;
            }
        }
    }

    private static async Task<Dictionary<(bool PerItem, string Event), DateTimeOffset>> Settled(WinDevServer server)
    {
        await using var command = server.DataSource.CreateCommand(
            "select s.granularity = 'item', 'evt_' || replace(d.event_id::text, '-', ''), d.settled_at from webhooks.deliveries d join webhooks.subscriptions s on s.id = d.subscription_id");
        await using var reader = await command.ExecuteReaderAsync();
        var settled = new Dictionary<(bool, string), DateTimeOffset>();
        while (await reader.ReadAsync())
        {
            settled.Add((reader.GetBoolean(0), reader.GetString(1)), reader.GetFieldValue<DateTimeOffset>(2));
        }

        return settled;
    }

    private sealed class Survivor(Victim victim) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await victim.Kill();
            victim.Dispose();
        }
    }
}
