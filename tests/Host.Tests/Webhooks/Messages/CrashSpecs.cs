using System.Globalization;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using PixeeEvents.Webhooks.Tests.Testing;
using Xunit;

namespace PixeeEvents.Host.Tests.Webhooks.Messages;

/// <summary>Servers killed at random points, while they take calls and send webhooks; <c>PIXEE_CRASHES</c> says how many times.</summary>
public sealed class CrashSpecs
{
    private const int Products = 200;

    private static readonly (string, string)[] Settings =
        [("Webhooks__AllowHttp", "true"), ("Webhooks__AllowedNetworks", "127.0.0.0/8"), ("Webhooks__LeaseSeconds", "2"), ("Webhooks__Workers", "true")];

    private readonly Random _random = new(20261123);
    private readonly Lock _gate = new();
    private readonly Dictionary<string, (long Version, long Stock)> _known = [];

    [Fact]
    public async Task statements_12_13_21_and_22_killed_at_random_points_nothing_is_lost_nothing_invented_only_what_was_in_flight_repeats_and_order_holds()
    {
        var crashes = int.Parse(Environment.GetEnvironmentVariable("PIXEE_CRASHES") ?? "200", CultureInfo.InvariantCulture);
        await using var server = await WinDevServer.Start(
            Settings.Select(s => (s.Item1.Replace("__", ":", StringComparison.Ordinal), s.Item2)).ToArray());
        var erp = await server.Company();
        await erp.Given([.. Enumerable.Range(1, Products)]);
        await using var receiver = await Receiver.Start(Answer);
        var webhooks = new WebhookClient(server, erp);
        await webhooks.Created($$"""{"url":"{{receiver.Url}}","events":["*"]}""");
        await webhooks.Created(
            $$"""{"url":"{{receiver.Url}}?items","events":["stock.updated"],"granularity":"item","order":"strict","retry_delays":[{{string.Join(',', Enumerable.Repeat(1, 20))}}]}""");
        await server.Scalar<int>("update outbox set taken_at = now()");
        await server.App.StopAsync(TestContext.Current.CancellationToken);

        await Task.WhenAll(Enumerable.Range(0, 2).Select(lane => Kill(server, erp.RawKey, (crashes + lane) / 2)));
        await using var last = new Survivor(await Victim.Start(server.ConnectionString, Settings));
        await Waiting.Until(
            async () => await server.Scalar<long>(
                "select (select count(*) from outbox where taken_at is null) + (select count(*) from webhooks.deliveries where state = 'waiting')") is var left and > 0 ? $"{left} left" : null);

        var committed = (
            await server.Scalar<Guid[]>(
                "select array_agg(id) from outbox where occurred_at > (select min(created_at) from webhooks.subscriptions)"))!.Select(id => $"evt_{id:N}").ToHashSet();
        var changes = await server.Scalar<long>(
            "select count(*) from mt_events where type = 'stock_level_set' and timestamp > (select min(created_at) from webhooks.subscriptions)");
        var arrived = receiver.Requests.Where(r => r.Path == "/hook").Select(r => r.Headers["webhook-id"]).ToHashSet();
        var deliveries = await Deliveries(server);
        var requests = receiver.Requests.ToLookup(r => (r.Path.EndsWith("items", StringComparison.Ordinal), r.Headers["webhook-id"]));
        var repeats = requests.Sum(r => r.Count() - deliveries[r.Key].Answered);
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{crashes} kills, {committed.Count} calls committed with {changes} changes of stock, {deliveries.Count} deliveries, {receiver.Requests.Count} requests, "
            + $"{repeats} repeated after a kill, {committed.Except(arrived).Count()} lost, {arrived.Except(committed).Count()} phantom");

        // Nothing is lost, and nothing is invented: what arrived is what was committed.
        Assert.True(committed.Count > crashes, $"{committed.Count} calls");
        Assert.Equal(committed.Order(StringComparer.Ordinal), arrived.Order(StringComparer.Ordinal));
        Assert.All(deliveries.Values, d => Assert.Equal("delivered", d.State));
        Assert.Equal(deliveries.Keys.Order(), requests.Select(r => r.Key).Order());
        Assert.Equal(
            changes,
            await server.Scalar<long>(
                "select coalesce(sum(d.version - d.previous_version), 0)::bigint from webhooks.deliveries d join webhooks.subscriptions s on s.id = d.subscription_id where s.granularity = 'item'"));

        // What repeats was in flight when its node died: the same bytes, and never after its success was written down.
        Assert.All(requests, r => Assert.Single(r.Select(one => Convert.ToHexString(SHA256.HashData(one.Body))).Distinct()));
        Assert.All(requests, r => Assert.InRange(r.Count() - deliveries[r.Key].Answered, 0, deliveries[r.Key].Interruptions));
        Assert.All(requests, r => Assert.All(r, one => Assert.True(one.At < deliveries[r.Key].SettledAt)));

        // Each product's events came in the order of their versions, and who drops what is known has what the database has.
        var versions = new Dictionary<Guid, long>();
        foreach (var request in receiver.Requests.Where(r => r.Path != "/hook").DistinctBy(r => r.Headers["webhook-id"]))
        {
            var data = JsonDocument.Parse(request.Body).RootElement.GetProperty("data");
            var (entity, previous) = (data.GetProperty("id").GetGuid(), data.GetProperty("previous_version").GetInt64());
            Assert.Equal(versions.GetValueOrDefault(entity, previous), previous);
            versions[entity] = data.GetProperty("version").GetInt64();
        }

        using var http = Client(last.Address, erp.RawKey);
        var shown = (await http.GetFromJsonAsync<JsonElement>("products?limit=500", TestContext.Current.CancellationToken))
            .GetProperty("data").EnumerateArray()
            .ToDictionary(p => p.GetProperty("ean").GetString()!, p => p.GetProperty("stock").GetInt64());
        Assert.All(_known, k => Assert.Equal((k.Key, shown[k.Key]), (k.Key, k.Value.Stock)));
    }

    private static HttpClient Client(Uri address, string key)
    {
        var http = new HttpClient { BaseAddress = new Uri(address, "/api/v1/windev/"), Timeout = TimeSpan.FromSeconds(5) };
        http.DefaultRequestHeaders.Add("X-API-Key", key);
        return http;
    }

    /// <summary>Starts a server and kills it under traffic, again and again.</summary>
    private async Task Kill(WinDevServer server, string key, int times)
    {
        for (var kill = 0; kill < times; kill++)
        {
            using var victim = await Victim.Start(server.ConnectionString, Settings);
            using var stop = new CancellationTokenSource();
            var answered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var traffic = Enumerable.Range(0, 3)
                .Select(_ => Traffic(victim.Address, key, Next(int.MaxValue), answered, stop.Token)).ToList();
            await answered.Task.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
            await Task.Delay(Next(300), TestContext.Current.CancellationToken);
            await victim.Kill();
            await stop.CancelAsync();
            await Task.WhenAll(traffic);
        }
    }

    private int Next(int below)
    {
        lock (_gate)
        {
            return _random.Next(below);
        }
    }

    /// <summary>
    /// Answers after a moment; fails one item in twenty, before or after it has taken it in, and takes in no version twice.
    /// </summary>
    private async Task Answer(HttpContext context, ReceivedRequest request)
    {
        await Task.Delay(request.Body.Length % 20, context.RequestAborted);
        var fate = request.Path == "/hook" ? 1 : Next(40);
        if (request.Path != "/hook" && fate > 0)
        {
            var data = JsonDocument.Parse(request.Body).RootElement.GetProperty("data");
            var (ean, version) = (data.GetProperty("ean").GetString()!, data.GetProperty("version").GetInt64());
            lock (_gate)
            {
                if (version > _known.GetValueOrDefault(ean).Version)
                {
                    _known[ean] = (version, data.GetProperty("changes")[0].GetProperty("after").GetInt64());
                }
            }
        }

        context.Response.StatusCode = fate is 0 or 39 ? 422 : 200;
    }

    /// <summary>
    /// Changes of stock and names, one call after the other, until told to stop; a call that a busy machine does not answer in time
    /// is followed by the next.
    /// </summary>
    private static async Task Traffic(Uri address, string key, int seed, TaskCompletionSource answered, CancellationToken stop)
    {
        var random = new Random(seed);
        using var http = Client(address, key);
        while (!stop.IsCancellationRequested)
        {
            try
            {
                using var answer = random.Next(3) > 0
                    ? await http.PostAsJsonAsync(
                        "stock/update",
                        Enumerable.Range(0, random.Next(1, 4))
                            .Select(_ => new { ean = WinDevClient.Ean(random.Next(1, Products + 1)), stock = random.Next(1_000_000) }),
                            stop)
                    : await http.PatchAsJsonAsync(
                        $"products/{WinDevClient.Ean(random.Next(1, Products + 1))}", new { name = $"Article {random.Next()}" }, stop);
                answered.TrySetResult();
            }
            catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
            {
                await Task.Delay(20, CancellationToken.None);
            }
        }
    }

    private sealed record Owed(string State, DateTimeOffset SettledAt, int Interruptions, int Answered);

    private static async Task<Dictionary<(bool PerItem, string Event), Owed>> Deliveries(WinDevServer server)
    {
        await using var command = server.DataSource.CreateCommand(
            """
            select s.granularity = 'item', 'evt_' || replace(d.event_id::text, '-', ''), d.state, d.settled_at, d.interruptions,
                (select count(*) from webhooks.attempts a where a.delivery_id = d.id and a.status is not null)::int
            from webhooks.deliveries d join webhooks.subscriptions s on s.id = d.subscription_id
            """);
        await using var reader = await command.ExecuteReaderAsync();
        var owed = new Dictionary<(bool, string), Owed>();
        while (await reader.ReadAsync())
        {
            owed.Add(
                (reader.GetBoolean(0), reader.GetString(1)),
                new Owed(reader.GetString(2), reader.GetFieldValue<DateTimeOffset>(3), reader.GetInt32(4), reader.GetInt32(5)));
        }

        return owed;
    }

    private sealed class Survivor(Victim victim) : IAsyncDisposable
    {
        public Uri Address => victim.Address;

        public async ValueTask DisposeAsync()
        {
            await victim.Kill();
            victim.Dispose();
        }
    }
}
