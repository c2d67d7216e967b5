using Npgsql;

namespace PixeeEvents.Host.Availability;

/// <summary>Connections that no call takes, for looking whether the database serves.</summary>
internal sealed class DatabaseProbe(NpgsqlDataSource connections) : IAsyncDisposable
{
    public async Task Ask(CancellationToken cancellationToken)
    {
        await using var command = connections.CreateCommand("select 1");
        await command.ExecuteScalarAsync(cancellationToken);
    }

    public ValueTask DisposeAsync() => connections.DisposeAsync();
}
