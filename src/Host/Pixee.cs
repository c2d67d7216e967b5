using System.Reflection;
using Npgsql;
using PixeeEvents.Accounts;
using PixeeEvents.Catalog;
using PixeeEvents.EventSourcing;
using PixeeEvents.Host.Availability;
using PixeeEvents.Host.Webhooks;
using PixeeEvents.Host.Winddle;
using PixeeEvents.Host.WinDev;
using PixeeEvents.Inventory;
using PixeeEvents.Pricing;
using PixeeEvents.Webhooks;

namespace PixeeEvents.Host;

/// <summary>The modules and the log over one database: what the server and the command line both work with.</summary>
public sealed class Pixee : IAsyncDisposable
{
    /// <summary>In the order in which their schema files depend on each other.</summary>
    private static readonly Assembly[] Modules =
    [
        typeof(EventStore).Assembly, typeof(AccountsModule).Assembly, typeof(CatalogModule).Assembly, typeof(InventoryModule).Assembly,
        typeof(PricingModule).Assembly, typeof(WebhooksModule).Assembly, typeof(Pixee).Assembly,
    ];

    private readonly SecretProtection _protection;

    /// <param name="probe">For looking whether the database serves; the same when absent.</param>
    public Pixee(NpgsqlDataSource dataSource, TimeProvider time, NpgsqlDataSource? probe = null)
    {
        DataSource = dataSource;
        Probe = probe ?? dataSource;
        var types = new EventTypes.Builder();
        CatalogModule.Register(types);
        InventoryModule.Register(types);
        PricingModule.Register(types);
        Store = new EventStore(dataSource, types.Build(), Projections);
        Mark = new HighWaterMark(dataSource);
        Log = new EventLog(Store, Mark);
        Accounts = new AccountsModule(dataSource, time);
        Catalog = new CatalogModule(dataSource);
        Inventory = new InventoryModule(dataSource);
        Outbox = new Outbox(Store);
        Items = new PublicItems(Outbox, Catalog);
        _protection = new SecretProtection(new ProtectionKeys(dataSource));
        Webhooks = new WebhooksModule(dataSource, _protection, time);
    }

    public NpgsqlDataSource DataSource { get; }

    /// <summary>Connections that no call takes.</summary>
    public NpgsqlDataSource Probe { get; }

    public EventStore Store { get; }

    public HighWaterMark Mark { get; }

    public EventLog Log { get; }

    public AccountsModule Accounts { get; }

    public CatalogModule Catalog { get; }

    public InventoryModule Inventory { get; }

    public Outbox Outbox { get; }

    public WebhooksModule Webhooks { get; }

    /// <summary>What the messages of the outbox say product by product.</summary>
    public IMessageItems Items { get; }

    /// <summary>Read models written with the events, in writing order.</summary>
    public IReadOnlyList<IProjection> Projections { get; } =
        [new ProductKeys(), new ServedFiles(), new AttachmentRows(), new ProductRows(), new WinddleProducts()];

    public IReadOnlyList<ISnapshot> Snapshots { get; } = [Product.Aggregate, Stock.Aggregate, Price.Aggregate];

    /// <summary>Opens the database, which may be empty, and brings its schema up to date.</summary>
    public static async Task<Pixee> Open(string connectionString, TimeProvider time, CancellationToken cancellationToken)
    {
        var dataSource = EventStore.Connect(connectionString);
        await SchemaMigrator.Migrate(dataSource, Modules, cancellationToken);
        var pixee = new Pixee(dataSource, time);
        await pixee.Webhooks.SealHeaders(cancellationToken);
        await new Rebuild(pixee.Store, pixee.Log, pixee.Mark).WhatIsDue(pixee.Projections, cancellationToken);
        return pixee;
    }

    /// <summary>As <see cref="Open"/>, with the bounds of a server on everything after that.</summary>
    public static async Task<Pixee> OpenToServe(string connectionString, TimeProvider time, CancellationToken cancellationToken)
    {
        await using (await Open(connectionString, time, cancellationToken))
        {
        }

        return new Pixee(EventStore.Connect(ServerConnection.Of(connectionString)), time, NpgsqlDataSource.Create(ServerConnection.Probe(connectionString)));
    }

    public async ValueTask DisposeAsync()
    {
        _protection.Dispose();
        await Probe.DisposeAsync();
        await DataSource.DisposeAsync();
    }
}
