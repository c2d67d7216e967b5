using PixeeEvents.Accounts;
using PixeeEvents.Catalog;
using PixeeEvents.EventLog;
using PixeeEvents.Host.Running;
using PixeeEvents.Inventory;
using PixeeEvents.Webhooks;

namespace PixeeEvents.Host.Cli;

/// <summary>The product as a command sees it: over the running server's database, or over one started for the while.</summary>
internal sealed class CommandSession : IAsyncDisposable
{
    private readonly PostgresLease _lease;

    private CommandSession(PostgresLease lease, ServiceProvider modules)
    {
        _lease = lease;
        Modules = modules;
    }

    public ServiceProvider Modules { get; }

    public AccountsModule Accounts => Get<AccountsModule>();

    public CatalogModule Catalog => Get<CatalogModule>();

    public InventoryModule Inventory => Get<InventoryModule>();

    public WebhooksModule Webhooks => Get<WebhooksModule>();

    public EventStore Store => Get<EventStore>();

    /// <remarks>No command but <c>run</c> and <c>db apply</c> changes a schema, so that a newer binary's does not by the way.</remarks>
    /// <exception cref="CommandException">The database has another schema than this version works with.</exception>
    public static async Task<CommandSession> Open(CancellationToken cancellationToken)
    {
        var session = await OpenAsItIs(cancellationToken);
        if (!await session.Modules.IsSchemaCurrent(cancellationToken))
        {
            await session.DisposeAsync();
            throw OldSchema();
        }

        return session;
    }

    public static CommandException OldSchema() =>
        new("The database's schema is older than this version: ./pixee db apply brings it up to date, and so does ./pixee run.");

    /// <summary>Whatever its schema is.</summary>
    public static async Task<CommandSession> OpenAsItIs(CancellationToken cancellationToken)
    {
        var lease = await PostgresLease.OfEnvironment(cancellationToken);
        return new CommandSession(lease, ModuleServices.Open(lease.ConnectionString, TimeProvider.System));
    }

    /// <summary>As <see cref="Open(CancellationToken)"/>, for a company that must exist.</summary>
    public static async Task<CommandSession> Open(string company, CancellationToken cancellationToken)
    {
        var session = await Open(cancellationToken);
        if ((await session.Accounts.Companies(cancellationToken)).All(c => c.Id != company))
        {
            await session.DisposeAsync();
            throw new CommandException($"There is no company '{company}'. ./pixee companies create {company} creates it.");
        }

        return session;
    }

    public T Get<T>()
        where T : notnull => Modules.GetRequiredService<T>();

    public async ValueTask DisposeAsync()
    {
        await Modules.DisposeAsync();
        await _lease.DisposeAsync();
    }
}
