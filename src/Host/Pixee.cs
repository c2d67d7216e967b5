using System.Reflection;
using Marten;
using Npgsql;
using PixeeEvents.Accounts;
using PixeeEvents.Catalog;
using PixeeEvents.EventLog;
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
        typeof(AccountsModule).Assembly, typeof(CatalogModule).Assembly, typeof(InventoryModule).Assembly,
        typeof(PricingModule).Assembly, typeof(WebhooksModule).Assembly, typeof(Pixee).Assembly,
    ];

    private readonly SecretProtection _protection;

    /// <param name="probe">For looking whether the database serves; the same when absent.</param>
    public Pixee(NpgsqlDataSource dataSource, TimeProvider time, NpgsqlDataSource? probe = null)
    {
        DataSource = dataSource;
        Probe = probe ?? dataSource;
        Store = EventStore.Over(dataSource, Configure);
        Mark = new SettledMark(dataSource);
        Log = new LogReader(Store, Mark);
        Accounts = new AccountsModule(dataSource, time);
        Catalog = new CatalogModule(dataSource);
        Inventory = new InventoryModule(dataSource);
        Items = new PublicItems(Log, Catalog);
        _protection = new SecretProtection(new ProtectionKeys(dataSource));
        Webhooks = new WebhooksModule(dataSource, _protection, time);
    }

    public NpgsqlDataSource DataSource { get; }

    /// <summary>Connections that no call takes.</summary>
    public NpgsqlDataSource Probe { get; }

    public EventStore Store { get; }

    public SettledMark Mark { get; }

    public LogReader Log { get; }

    public AccountsModule Accounts { get; }

    public CatalogModule Catalog { get; }

    public InventoryModule Inventory { get; }

    public WebhooksModule Webhooks { get; }

    /// <summary>What the messages of the outbox say product by product.</summary>
    public IMessageItems Items { get; }

    /// <summary>Opens the database, which may be empty, and brings its schema up to date.</summary>
    public static async Task<Pixee> Open(string connectionString, TimeProvider time, CancellationToken cancellationToken)
    {
        var pixee = new Pixee(EventStore.Connect(connectionString), time);
        await pixee.Store.Migrate(Modules, cancellationToken);
        await pixee.Webhooks.SealHeaders(cancellationToken);
        await new Rebuild(pixee.Store, pixee.Log, pixee.Mark).WhatIsDue(pixee.Store.Rows, cancellationToken);
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

    /// <summary>What opening it would change in the schema, as SQL; empty when it is current.</summary>
    public Task<string> SchemaPatch(CancellationToken cancellationToken) => Store.Patch(Modules, cancellationToken);

    /// <summary>Marten over the product's database.</summary>
    public static void Configure(StoreOptions options)
    {
        options.AddCatalog();
        options.AddInventory();
        options.AddPricing();
        options.AddRows(new ProductRows(), new WinddleProducts());
    }

    public async ValueTask DisposeAsync()
    {
        Store.Documents.Dispose();
        _protection.Dispose();
        await Probe.DisposeAsync();
        await DataSource.DisposeAsync();
    }
}
