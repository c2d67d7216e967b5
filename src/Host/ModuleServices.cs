using System.Reflection;
using JasperFx;
using Marten;
using Npgsql;
using PixeeEvents.Accounts;
using PixeeEvents.Catalog;
using PixeeEvents.EventLog;
using PixeeEvents.Host.Availability;
using PixeeEvents.Host.Webhooks;
using PixeeEvents.Inventory;
using PixeeEvents.Pricing;
using PixeeEvents.Webhooks;
using PixeeEvents.Webhooks.Events;
using PixeeEvents.Webhooks.Signing;
using PixeeEvents.Winddle;
using PixeeEvents.Winddle.Rows;
using PixeeEvents.WinDev;
using PixeeEvents.WinDev.Rows;
using Weasel.Core.Migrations;
using Wolverine;
using Wolverine.Marten;
using Wolverine.Persistence.Durability;

namespace PixeeEvents.Host;

/// <summary>The log and the modules over one database: what the server and the command line both work with.</summary>
public static class ModuleServices
{
    /// <summary>In the order in which their schema files depend on each other; the last two say which tables libraries have.</summary>
    private static readonly Assembly[] Modules =
    [
        typeof(EventStore).Assembly, typeof(AccountsModule).Assembly, typeof(CatalogModule).Assembly, typeof(InventoryModule).Assembly,
        typeof(PricingModule).Assembly, typeof(WebhooksModule).Assembly, typeof(WinDevApi).Assembly, typeof(WinddleApi).Assembly,
        typeof(RowProjection).Assembly, typeof(ModuleServices).Assembly,
    ];

    public static IServiceCollection AddModules(this IServiceCollection services, Connections connections, TimeProvider time)
    {
        services.AddSingleton(time);
        services.AddSingleton(_ => Database.Connect(connections.Work));
        services.AddSingleton(_ => new DatabaseProbe(NpgsqlDataSource.Create(connections.Probe)));
        services.AddMarten(provider =>
        {
            var options = new StoreOptions();
            options.Connection(provider.GetRequiredService<NpgsqlDataSource>());
            options.AddModules();
            return options;
        }).IntegrateWithWolverine(messages =>
        {
            messages.MessageStorageSchemaName = "wolverine";
            messages.AutoCreate = AutoCreate.None;
        });
        services.AddSingleton<EventStore>();
        services.AddSingleton<SettledMark>();
        services.AddSingleton<LogReader>();
        services.AddSingleton<Rebuild>();
        services.AddSingleton<AccountsModule>();
        services.AddSingleton<CatalogModule>();
        services.AddSingleton<InventoryModule>();
        services.AddSingleton<IMessageItems, PublicItems>();
        services.AddSingleton<ProtectionKeys>();
        services.AddSingleton<ISecretProtection, SecretProtection>();
        services.AddSingleton<WebhooksModule>();
        return services;
    }

    /// <summary>What Marten keeps: streams and snapshots of the modules, rows of the faces.</summary>
    public static void AddModules(this StoreOptions options)
    {
        options.AddEventLog();
        options.AddCatalog();
        options.AddInventory();
        options.AddPricing();
        options.AddRows(new ProductRows(), new WinddleProducts());
    }

    /// <summary>Brings the schema of a database, which may be empty, up to date, and builds read models that are due.</summary>
    /// <param name="compares">Whether libraries compare their tables even where they found all of them in order before.</param>
    public static async Task BringUpToDate(this IServiceProvider services, bool compares, CancellationToken cancellationToken)
    {
        var store = services.GetRequiredService<EventStore>();
        await SchemaMigrator.Migrate(store.DataSource, services.Libraries(), Modules, compares, cancellationToken);
        await services.GetRequiredService<WebhooksModule>().SealHeaders(cancellationToken);
        await services.GetRequiredService<Rebuild>().WhatIsDue(store.Rows, cancellationToken);
    }

    /// <summary>As the other, with every comparison and with connections of its own that have time.</summary>
    public static async Task BringUpToDate(string connectionString, TimeProvider time, CancellationToken cancellationToken)
    {
        await using var services = Open(connectionString, time);
        await services.BringUpToDate(compares: true, cancellationToken);
    }

    /// <summary>The modules alone, for a command.</summary>
    public static ServiceProvider Open(string connectionString, TimeProvider time) =>
        new ServiceCollection().AddModules(Connections.Patient(connectionString), time)
            .AddWolverine(ExtensionDiscovery.ManualOnly, Endpoints.AddMessages).BuildServiceProvider();

    /// <summary>Whether the schema is that of this version.</summary>
    public static Task<bool> IsSchemaCurrent(this IServiceProvider services, CancellationToken cancellationToken) =>
        SchemaMigrator.IsCurrent(services.GetRequiredService<NpgsqlDataSource>(), services.Libraries(), Modules, cancellationToken);

    /// <summary>What would be changed in the schema, as SQL, after every comparison; empty when it is current.</summary>
    public static Task<string> SchemaPatch(this IServiceProvider services, CancellationToken cancellationToken) => SchemaMigrator.Patch(
        services.GetRequiredService<NpgsqlDataSource>(), services.Libraries(), Modules, cancellationToken);

    /// <summary>Whose tables come before ours.</summary>
    private static IDatabase[] Libraries(this IServiceProvider services) =>
        [services.GetRequiredService<EventStore>().Documents.Storage.Database, (IDatabase)services.GetRequiredService<IMessageStore>()];
}
