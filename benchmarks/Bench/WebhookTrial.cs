using System.Diagnostics;
using System.Net;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using PixeeEvents.EventLog;
using PixeeEvents.Webhooks;

namespace PixeeEvents.Bench;

/// <summary>One run of the sender: a database of its own, companies with one endpoint each, nodes and receiver in this process, so that one clock times all.</summary>
internal sealed class WebhookTrial : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly List<(Sender Sender, Task Run)> _nodes = [];
    private readonly NpgsqlDataSource _source;
    private long _position;

    private WebhookTrial(NpgsqlDataSource source) => _source = source;

    public WebhookReceiver Receiver { get; } = new();

    public static async Task<WebhookTrial> Start(Cluster cluster, int nodes, CancellationToken cancellationToken)
    {
        var name = $"webhooks_{Guid.NewGuid():N}";
        await cluster.Create(name, cancellationToken);
        var trial = new WebhookTrial(EventStore.Connect(cluster.ConnectionString(name)));
        await SchemaMigrator.Migrate(trial._source, [typeof(EventStore).Assembly, typeof(WebhooksModule).Assembly], cancellationToken);
        for (var n = 0; n < nodes; n++)
            trial.StartNode();
        return trial;
    }

    /// <summary>Gives companies, numbered from one, an endpoint each.</summary>
    public Task Subscribe(IEnumerable<int> companies, bool hanging, CancellationToken cancellationToken, decimal? rate = null) =>
        Parallel.ForEachAsync(companies, cancellationToken, async (company, cancel) =>
        {
            var now = TimeProvider.System.GetUtcNow();
            await Module().Create(
                new Subscription(
                    Company(company), Guid.CreateVersion7(), "bench", hanging ? Receiver.Hanging : Receiver.Url, ["*"], IsEnabled: true, null, new Dictionary<string, string>(), null, null,
                    TimeSpan.FromSeconds(3), rate, 100, Thin: false, PerItem: false, LatestWins: false, null, CloudEvents: false, "2026-11-01", ["v1"], null, null, ExcludeOwn: false, null, now, now),
                "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", cancel);
        });

    /// <summary>Commits one change of each of these companies in one transaction.</summary>
    /// <returns>The events, and the timestamp before their commit began.</returns>
    public async Task<(IReadOnlyList<string> Events, long At)> Commit(IReadOnlyCollection<int> companies, CancellationToken cancellationToken)
    {
        var ids = companies.Select(_ => Guid.CreateVersion7()).ToList();
        var last = Interlocked.Add(ref _position, ids.Count);
        await using var batch = _source.CreateBatch();
        batch.Add(
            """
            insert into outbox (id, tenant_id, type, data, occurred_at, first_seq_id, last_seq_id)
            select u.id, u.tenant, 'stock.updated', '{"eans":["3760000000001"],"total":1,"truncated":false}', clock_timestamp(), $3 + u.n, $3 + u.n
            from unnest($1::uuid[], $2::text[]) with ordinality as u(id, tenant, n)
            """,
            Sql.Uuids(ids), Sql.Texts(companies.Select(Company)), Sql.Long(last - ids.Count));
        batch.Add("notify pixee_outbox");
        var at = Stopwatch.GetTimestamp();
        await batch.ExecuteNonQueryAsync(cancellationToken);
        return (ids.ConvertAll(id => $"evt_{id:N}"), at);
    }

    /// <summary>Waits until this many deliveries are on record as delivered; fails if one was sent twice.</summary>
    public async Task Delivered(long count, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        long delivered;
        while ((delivered = await Count("state = 'delivered'", cancellationToken)) < count)
        {
            if (watch.Elapsed > TimeSpan.FromMinutes(2))
                throw new TimeoutException($"{delivered} of {count} were delivered in two minutes");
            await Task.Delay(20, cancellationToken);
        }
        if (Receiver.Arrivals.Count != count)
            throw new InvalidOperationException($"{count} deliveries made {Receiver.Arrivals.Count} requests");
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Receiver.DisposeAsync();
        foreach (var (sender, run) in _nodes)
        {
            await run;
            sender.Dispose();
        }
        await _source.DisposeAsync();
        _stop.Dispose();
    }

    private static string Company(int number) => $"c{number}";

    private WebhooksModule Module() => new(_source, new Plain(), TimeProvider.System);

    private void StartNode()
    {
        var sender = new Sender(new SenderOptions { AllowHttp = true, AllowedNetworks = [IPNetwork.Parse("127.0.0.0/8")] }, TimeProvider.System);
        var store = EventStore.Over(_source, _ => { });
        var node = Module().Node(store, new NoItems(), sender, new NodeOptions(), NullLoggerFactory.Instance);
        _nodes.Add((sender, Task.Run(() => node.Run(_stop.Token))));
    }

    private async Task<long> Count(string condition, CancellationToken cancellationToken)
    {
        await using var command = _source.CreateCommand($"select count(*) from webhooks.deliveries where {condition}");
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private sealed class Plain : ISecretProtection
    {
        public byte[] Protect(string secret) => Encoding.UTF8.GetBytes(secret);

        public string Unprotect(byte[] stored) => Encoding.UTF8.GetString(stored);
    }

    /// <summary>Every endpoint here takes whole calls.</summary>
    private sealed class NoItems : IMessageItems
    {
        public Task<IReadOnlyList<EventItem>> ItemsOf(OutboxRecord message, CancellationToken cancellationToken) => throw new UnreachableException();
    }
}
