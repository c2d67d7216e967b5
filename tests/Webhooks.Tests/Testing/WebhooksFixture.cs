using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Npgsql;
using PixeeEvents.EventLog;
using PixeeEvents.Testing;
using PixeeEvents.Webhooks.Events;
using PixeeEvents.Webhooks.FanOut;
using PixeeEvents.Webhooks.Nodes;
using PixeeEvents.Webhooks.Replays;
using PixeeEvents.Webhooks.Sending;
using PixeeEvents.Webhooks.Signing;
using PixeeEvents.Webhooks.Subscriptions;

namespace PixeeEvents.Webhooks.Tests.Testing;

/// <summary>A database with the webhooks' tables, and nodes on it; entities change by a message of their own making.</summary>
public sealed class WebhooksFixture : IAsyncDisposable
{
    public const string Company = "acme";

    private readonly TestDatabase _database;
    private readonly List<(WebhookNode Node, CancellationTokenSource Stop, Task Run)> _nodes = [];
    private readonly Dictionary<Guid, long> _versions = [];
    private readonly Lock _gate = new();
    private long _position;

    private WebhooksFixture(TestDatabase database, NpgsqlDataSource dataSource, TimeProvider time)
    {
        (_database, DataSource, Time) = (database, dataSource, time);
        Options = new NodeOptions { Poll = TimeSpan.FromMilliseconds(200), Lease = TimeSpan.FromSeconds(15) };
        Store = TestStore.Over(dataSource, options => options.Events.MapEventType<Item>("changed"));
        Subscriptions = new SubscriptionTable(dataSource, new Bare(), time);
        Keys = new SigningKeys(dataSource, new Bare(), time);
    }

    public NpgsqlDataSource DataSource { get; }

    public TimeProvider Time { get; }

    public NodeOptions Options { get; set; }

    public EventStore Store { get; }

    internal SubscriptionTable Subscriptions { get; }

    internal SigningKeys Keys { get; }

    public static async Task<WebhooksFixture> Create(TimeProvider? time = null)
    {
        var database = await TestDatabase.Create();
        var dataSource = Database.Connect(database.ConnectionString);
        var hub = new WebhooksFixture(database, dataSource, time ?? TimeProvider.System);
        await SchemaMigrator.Migrate(
            hub.DataSource, [hub.Store.Documents.Storage.Database], [typeof(EventStore).Assembly, typeof(Subscription).Assembly],
            compares: false, CancellationToken.None);
        return hub;
    }

    /// <summary>What a node waits for before it reads the items of a message.</summary>
    public Task ItemsAreThere { get; set; } = Task.CompletedTask;

    /// <summary>How often a node did.</summary>
    public int ItemsAsked { get; private set; }

    internal MessageFanOut FanOut() =>
        new(DataSource, Subscriptions, new Items(this), Options, Time, NullLogger<MessageFanOut>.Instance);

    /// <summary>
    /// The node on which calls commit and whose messages make deliveries of them; the first that was started when it is none.
    /// </summary>
    internal WebhookNode? Writer { get; set; }

    /// <summary>A node that answers messages and does not run.</summary>
    internal WebhookNode Node(Sender sender, TimeProvider? clock = null)
    {
        WebhookNode node = null!;
        return node = new WebhookNode(
            Store, Subscriptions, Keys, new Items(this), sender, Options, new DueDeliveries(),
            new FanOutQueue(NullLogger<FanOutQueue>.Instance),
            message => new ValueTask(Handle(node, message)), clock ?? Time, NullLoggerFactory.Instance);
    }

    /// <summary>Starts a node; the returned function ends it.</summary>
    /// <param name="clock">The node's own, when it does not go like the others'.</param>
    internal (WebhookNode Node, Func<Task> Stop) Start(TimeProvider? clock = null)
    {
        var sender = new Sender(
            new SenderOptions { AllowHttp = true, AllowedNetworks = [IPNetwork.Parse("127.0.0.0/8")] }, clock ?? Time);
        var node = Node(sender, clock);
        var stop = new CancellationTokenSource();
        var run = Task.Run(() => node.Run(stop.Token));
        _nodes.Add((node, stop, run));
        return (node, async () =>
        {
            await stop.CancelAsync();
            await run;
            sender.Dispose();
        }
        );
    }

    public async Task<Subscription> Subscribe(
        Uri url, Func<Subscription, Subscription>? with = null, string secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    {
        var now = Time.GetUtcNow();
        var subscription = new Subscription(
            Company, Guid.CreateVersion7(), "a receiver", url, ["*"], IsEnabled: true, null, new Dictionary<string, string>(), null, null,
            TimeSpan.FromSeconds(10), null, 10, Thin: false, PerItem: false, LatestWins: false, null, CloudEvents: false,
            EventCatalogue.Current, ["v1"], null, null, ExcludeOwn: false, null, now, now);
        subscription = with?.Invoke(subscription) ?? subscription;
        await Subscriptions.Create(subscription, secret, CancellationToken.None);
        return subscription;
    }

    /// <summary>One call that changes each of these entities once.</summary>
    public Task<Guid> Change(string type, params Guid[] entities) =>
        Change(type, [.. entities.Select(e => new Item(e, [type.Split('.')[0]]))]);

    /// <summary>One call about these items; each moves its entity's version by one.</summary>
    public async Task<Guid> Change(string type, IReadOnlyList<Item> items, string? key = null, bool commit = true)
    {
        var id = Guid.CreateVersion7();
        long position;
        string data;
        lock (_gate)
        {
            position = ++_position;
            var told = items.Select(
                i => i with
                {
                    Previous = _versions.GetValueOrDefault(i.Entity),
                    Version = _versions[i.Entity] = _versions.GetValueOrDefault(
                    i.Entity) + 1
                }).ToList();
            data = told is [var only] && type.StartsWith("product.", StringComparison.Ordinal)
                ? Encoding.UTF8.GetString(only.Data())
                : new JsonObject
                {
                    ["eans"] = new JsonArray([.. told.Take(50).Select(i => JsonValue.Create(i.Ean))]),
                    ["total"] = told.Count,
                    ["truncated"] = told.Count > 50,
                    ["items"] = new JsonArray([.. told.Select(i => JsonNode.Parse(i.Data()))]),
                }.ToJsonString();
        }

        await using var connection = await DataSource.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using var batch = new NpgsqlBatch(connection, transaction);
        var caller = new Caller(Company, null, null, new Dictionary<string, string>(key is null ? [] : [KeyValuePair.Create("key", key)]));
        var message = new OutboxMessage(id, type, Encoding.UTF8.GetBytes(data));
        var (sql, parameters) = message.Insert(
            caller, "select $8::timestamptz, $9::bigint, $9::bigint", Sql.Timestamp(Time.GetUtcNow()), Sql.Long(position));
        batch.Add(sql, parameters);
        await batch.ExecuteNonQueryAsync();
        if (commit)
        {
            await transaction.CommitAsync();
            if ((Writer ?? _nodes.FirstOrDefault().Node) is { } writer)
            {
                _ = Task.Run(() => Handle(writer, new FanOutWaiting(Company)));
            }
        }

        return id;
    }

    public async Task<T> Scalar<T>(string sql, params object[] parameters)
    {
        await using var command = DataSource.CreateCommand(sql);
        foreach (var parameter in parameters)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = parameter });
        }

        return (T)(await command.ExecuteScalarAsync())!;
    }

    public async Task Execute(string sql)
    {
        await using var command = DataSource.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Deliveries of no lane that are due, so many for each subscription.</summary>
    public Task Owe(int each = 1) => Execute(
        $"""
        insert into webhooks.deliveries (tenant_id, id, subscription_id, event_id, type, origin, body, state, due_at, occurred_at,
            created_at)
        select s.tenant_id, gen_random_uuid(), s.id, gen_random_uuid(), 'stock.updated', 'event', '', 'waiting', now(), now(), now()
        from webhooks.subscriptions s, generate_series(1, {each})
        """);

    /// <summary>Waits until so many deliveries are in a state.</summary>
    public Task Until(long count, string state) => Until(
        async () => await Scalar<long>("select count(*) from webhooks.deliveries where state = $1", state) is var n && n != count
            ? $"{n} {state}"
            : null);

    /// <summary>
    /// Lets time pass in steps no shorter than the poll; after each, all that is due is tried and settled before the next.
    /// </summary>
    internal async Task Pass(WebhookNode node, TimeSpan span, TimeSpan step)
    {
        for (var passed = TimeSpan.Zero; passed < span; passed += step)
        {
            await Pass(step, node);
        }
    }

    /// <summary>Lets one step pass for several nodes.</summary>
    internal async Task Pass(TimeSpan step, params WebhookNode[] nodes)
    {
        ((FakeTimeProvider)Time).Advance(step);
        var moment = Time.GetUtcNow();
        await Until(
            () => Task.FromResult(Array.TrueForAll(nodes, n => n.HasTried(moment)) ? null : $"what was due at {moment:O} is not done"),
            everyMs: 2);
    }

    /// <summary>Lets a node look a few times.</summary>
    internal Task Looked(WebhookNode node, TimeProvider? clock = null)
    {
        var moment = (clock ?? Time).GetUtcNow() + (4 * Options.Poll);
        return Until(() => Task.FromResult(node.LookedAt >= moment ? null : "still looking"));
    }

    /// <summary>The states of all deliveries, oldest first.</summary>
    public Task<string> States() =>
        Scalar<string>(
            """
            select coalesce(string_agg(
                case when d.state = 'waiting' and s.state = 'disabled' then 'held' else d.state end, ' ' order by ordinal), '')
            from webhooks.deliveries d join webhooks.subscriptions s on s.id = d.subscription_id
            """);

    /// <summary>Waits until the states are these.</summary>
    public Task Until(string states) => Until(async () => await States() is var now && now == states ? null : now);

    /// <param name="reached">What still is in the way; null when nothing is.</param>
    public static async Task Until(Func<Task<string?>> reached, int everyMs = 20)
    {
        for (var tries = 0; await reached() is { } obstacle; tries++)
        {
            if (tries == 10_000 / everyMs)
            {
                throw new TimeoutException(obstacle);
            }

            await Task.Delay(everyMs);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (_, stop, run) in _nodes)
        {
            await stop.CancelAsync();
            await run;
            stop.Dispose();
        }

        await DataSource.DisposeAsync();
        await _database.DisposeAsync();
    }

    /// <summary>As often as a message comes back.</summary>
    private static async Task Handle(WebhookNode node, object message)
    {
        for (object? next = message; next is not null;)
        {
            next = next switch
            {
                FanOutWaiting waiting => await node.FanOut(waiting, CancellationToken.None),
                SendReplay replay => await node.Replay(replay, CancellationToken.None),
                _ => await node.Sweep((SweepRetention)next, CancellationToken.None),
            };
        }
    }

    /// <summary>A change of an entity as a message tells it.</summary>
    public sealed record Item(Guid Entity, string[] Fields, string[]? SupplierCodes = null, long Previous = 0, long Version = 0)
    {
        public string Ean =>
            "376" + (Math.Abs((long)Entity.GetHashCode()) % 10_000_000_000).ToString("0000000000", CultureInfo.InvariantCulture);

        public byte[] Data() => JsonSerializer.SerializeToUtf8Bytes(new
        {
            id = Entity,
            reference = (string?)null,
            ean = Ean,
            previous_version = Previous,
            version = Version,
            updated_fields = Fields,
            changes = (string[])[],
            suppliers = SupplierCodes ?? [],
        });

        internal static EventItem Read(JsonElement data) => new(
            data.GetProperty("id").GetGuid(), data.GetProperty("previous_version").GetInt64(), data.GetProperty("version").GetInt64(),
            [.. data.GetProperty("updated_fields").EnumerateArray().Select(f => f.GetString()!)], [
                .. data.GetProperty("suppliers").EnumerateArray().Select(f => f.GetString()!)],
            Encoding.UTF8.GetBytes(data.GetRawText()));
    }

    private sealed class Items(WebhooksFixture hub) : IMessageItems
    {
        public async Task<IReadOnlyList<EventItem>> ItemsOf(OutboxRecord message, CancellationToken cancellationToken)
        {
            hub.ItemsAsked++;
            await hub.ItemsAreThere.WaitAsync(cancellationToken);
            using var data = JsonDocument.Parse(message.Data);
            return data.RootElement.TryGetProperty("items", out var items)
                ? [.. items.EnumerateArray().Select(Item.Read)]
                : [Item.Read(data.RootElement)];
        }
    }

    private sealed class Bare : ISecretProtection
    {
        public byte[] Protect(string secret) => Encoding.UTF8.GetBytes(secret);

        public string Unprotect(byte[] secret) => Encoding.UTF8.GetString(secret);
    }
}
