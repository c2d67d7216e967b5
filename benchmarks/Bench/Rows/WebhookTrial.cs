using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using PixeeEvents.Accounts;

namespace PixeeEvents.Bench.Rows;

/// <summary>
/// One run of the product as its clients see it: companies on a database of its own, calls over HTTP, and a receiver in this process,
/// so that one clock times both ends. Nothing but the product writes, rings or sends.
/// </summary>
internal sealed class WebhookTrial : IAsyncDisposable
{
    private readonly NpgsqlDataSource _source;
    private readonly List<Service> _nodes = [];
    private readonly HttpClient _client = new(
        new SocketsHttpHandler { UseProxy = false, UseCookies = false, ActivityHeadersPropagator = null });
    private readonly Dictionary<int, string> _keys = [];
    private int _edition;

    private WebhookTrial(NpgsqlDataSource source) => _source = source;

    public WebhookReceiver Receiver { get; } = new();

    /// <param name="companies">Numbered from one.</param>
    /// <param name="products">Of each company, numbered from one.</param>
    /// <param name="nodes">The first takes the calls.</param>
    /// <param name="apart">The first node leaves the sending to the others.</param>
    public static async Task<WebhookTrial> Start(
        Cluster cluster, Installation installation, int companies, int products, CancellationToken cancellationToken, int nodes = 1,
            bool apart = false)
    {
        var name = $"webhooks_{Guid.NewGuid():N}";
        await cluster.Create(name, cancellationToken);
        var trial = new WebhookTrial(NpgsqlDataSource.Create(cluster.ConnectionString(name)));
        try
        {
            await trial.Found(cluster.ConnectionString(name), companies, cancellationToken);
            for (var n = 0; n < nodes; n++)
                trial._nodes.Add(await Service.StartNode(installation, cluster.ConnectionString(name), Settings(sends: n > 0 || !apart),
                    cancellationToken));
            for (var company = 1; company <= companies; company++)
            {
                foreach (var chunk in Enumerable.Range(1, products).Chunk(1000))
                    await trial.Post("windev/products/sync", company, Item.Sync(chunk.Select(p => new Item(p, Edition: 0))),
                        cancellationToken);
            }
            await trial.Reaches("select count(*) from outbox where taken_at is null", left => left == 0, cancellationToken);
            return trial;
        }
        catch
        {
            await trial.DisposeAsync();
            throw;
        }
    }

    /// <summary>Gives companies an endpoint each, or several.</summary>
    /// <param name="perItem">Each product that a call changed is a delivery of its own.</param>
    public async Task Subscribe(
        IEnumerable<int> companies, CancellationToken cancellationToken, bool hanging = false, bool perItem = false, decimal? rate = null,
            int times = 1)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(new
        {
            name = "bench",
            url = hanging ? Receiver.Hanging : Receiver.Url,
            events = (string[])["stock.updated"],
            timeout_seconds = 3,
            concurrency = 100,
            rate_per_second = rate,
            granularity = perItem ? "item" : "call",
        });
        foreach (var company in companies.SelectMany(c => Enumerable.Repeat(c, times)))
            await Post("webhooks", company, body, cancellationToken);
    }

    /// <summary>One call that changes the stock of so many of a company's products.</summary>
    /// <returns>The call's trace, which its webhooks carry, and the timestamp before it began.</returns>
    public async Task<(string Trace, long At)> Change(int company, int products, CancellationToken cancellationToken)
    {
        var level = Interlocked.Increment(ref _edition);
        var body = JsonSerializer.SerializeToUtf8Bytes(Enumerable.Range(1, products).Select(p =>
            new { ean = new Item(p, 0).Ean, stock = 5000 + level }));
        var trace = ActivityTraceId.CreateRandom().ToHexString();
        var at = Stopwatch.GetTimestamp();
        await Post("windev/stock/update", company, body, cancellationToken, trace);
        return (trace, at);
    }

    /// <summary>Waits until this many deliveries are on record as delivered; fails if one was sent twice.</summary>
    public async Task Delivered(long count, CancellationToken cancellationToken)
    {
        await Reaches("select count(*) from webhooks.deliveries where state = 'delivered'", delivered => delivered >= count,
            cancellationToken);
        if (Receiver.Arrivals.Count != count)
            throw new InvalidOperationException($"{count} deliveries made {Receiver.Arrivals.Count} requests");
    }

    public async ValueTask DisposeAsync()
    {
        await Receiver.DisposeAsync();
        foreach (var node in _nodes)
            await node.DisposeAsync();
        _client.Dispose();
        await _source.DisposeAsync();
    }

    private static Dictionary<string, string> Settings(bool sends) => new()
    {
        ["Webhooks__AllowHttp"] = "true",
        ["Webhooks__AllowedNetworks"] = "127.0.0.0/8",
        ["Webhooks__Workers"] = sends ? "true" : "false",
    };

    private static string Name(int company) => string.Create(CultureInfo.InvariantCulture, $"c{company}");

    /// <summary>Makes the companies before a server starts, which fills a database that has none with its own.</summary>
    private async Task Found(string connectionString, int companies, CancellationToken cancellationToken)
    {
        await using var modules = Host.ModuleServices.Open(connectionString, TimeProvider.System);
        await Host.ModuleServices.BringUpToDate(modules, compares: false, cancellationToken);
        var accounts = modules.GetRequiredService<AccountsModule>();
        for (var company = 1; company <= companies; company++)
        {
            await accounts.CreateCompany(Name(company), Name(company), cancellationToken);
            string[] scopes = ["windev:read", "windev:write", "windev:sync", "webhooks:read", "webhooks:write"];
            _keys[company] = (await accounts.CreateKey(Name(company), "bench", scopes, null, test: false, cancellationToken)).Raw;
        }
    }

    private async Task Post(string path, int company, byte[] body, CancellationToken cancellationToken, string? trace = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_nodes[0].Address, $"/api/v1/{path}"));
        request.Content = new ByteArrayContent(body);
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Add("X-API-Key", _keys[company]);
        if (trace is not null)
            request.Headers.Add("traceparent", $"00-{trace}-{ActivitySpanId.CreateRandom().ToHexString()}-01");
        using var response = await _client.SendAsync(request, cancellationToken);
        if (!response.IsSuccessStatusCode)
            throw new InvalidOperationException(
                $"{path}: HTTP {(int)response.StatusCode} {await response.Content.ReadAsStringAsync(cancellationToken)}");
    }

    private async Task Reaches(string count, Func<long, bool> goal, CancellationToken cancellationToken)
    {
        for (var watch = Stopwatch.StartNew(); ; await Task.Delay(20, cancellationToken))
        {
            await using var command = _source.CreateCommand(count);
            var now = (long)(await command.ExecuteScalarAsync(cancellationToken))!;
            if (goal(now))
                return;
            if (watch.Elapsed > TimeSpan.FromMinutes(2))
                throw new TimeoutException($"After two minutes: {count}: {now}");
        }
    }
}
