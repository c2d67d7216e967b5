using Npgsql;

namespace PixeeEvents.Webhooks.Subscriptions;

/// <summary>A subscription read in the transaction that holds it; rolled back unless committed.</summary>
internal sealed class LockedSubscription(NpgsqlConnection connection, NpgsqlTransaction transaction, Subscription subscription)
    : IAsyncDisposable
{
    public Subscription Subscription => subscription;

    public NpgsqlBatch Batch() => new(connection, transaction);

    public Task Commit(CancellationToken cancellationToken) => transaction.CommitAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await transaction.DisposeAsync();
        await connection.DisposeAsync();
    }
}
