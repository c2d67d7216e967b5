using PixeeEvents.Host.Running;

namespace PixeeEvents.Host.Cli;

/// <summary>The product as a command sees it: over the running server's database, or over one started for the while.</summary>
internal sealed class CommandSession : IAsyncDisposable
{
    private readonly PostgresLease _lease;

    private CommandSession(PostgresLease lease, Pixee pixee)
    {
        _lease = lease;
        Pixee = pixee;
    }

    public Pixee Pixee { get; }

    public static async Task<CommandSession> Open(CancellationToken cancellationToken)
    {
        var lease = await PostgresLease.OfEnvironment(cancellationToken);
        return new CommandSession(lease, await Pixee.Open(lease.ConnectionString, TimeProvider.System, cancellationToken));
    }

    /// <summary>As <see cref="Open(CancellationToken)"/>, for a company that must exist.</summary>
    public static async Task<CommandSession> Open(string company, CancellationToken cancellationToken)
    {
        var session = await Open(cancellationToken);
        if ((await session.Pixee.Accounts.Companies(cancellationToken)).All(c => c.Id != company))
        {
            await session.DisposeAsync();
            throw new CommandException($"There is no company '{company}'. ./pixee companies create {company} creates it.");
        }

        return session;
    }

    public async ValueTask DisposeAsync()
    {
        await Pixee.DisposeAsync();
        await _lease.DisposeAsync();
    }
}
