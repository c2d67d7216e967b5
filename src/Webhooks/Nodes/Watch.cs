using System.Diagnostics;
using Npgsql;
using PixeeEvents.EventLog;

namespace PixeeEvents.Webhooks.Nodes;

/// <summary>
/// Keeps a node looking while messages come fast, and tells writers so, who then commit without ringing: a ring makes commits queue.
/// </summary>
/// <remarks>
/// Who finds the lock held does not ring, and may commit after it was given back: so a node that gives it back looks a few times more,
/// and what commits later still is found by its next ordinary look. All of this goes by the machine's own clock.
/// </remarks>
internal sealed class Watch(NpgsqlDataSource dataSource) : IAsyncDisposable
{
    /// <summary>Messages within a span that make it worth while.</summary>
    private const int Fast = 10;

    private static readonly TimeSpan Span = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan[] LastLooks =
        [TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(40), TimeSpan.FromMilliseconds(150)];

    private readonly Queue<TimeSpan> _lastLooks = [];
    private NpgsqlConnection? _held;
    private long _since = Stopwatch.GetTimestamp();
    private int _found;

    /// <summary>After a look.</summary>
    /// <param name="found">How many messages it found.</param>
    /// <returns>False when the next look can wait for a ring; true to look again now.</returns>
    public async Task<bool> Goes(int found, CancellationToken cancellationToken)
    {
        _found += found;
        var isFast = _found >= Fast;
        if (Stopwatch.GetElapsedTime(_since) >= Span)
        {
            (_since, _found) = (Stopwatch.GetTimestamp(), 0);
            if (!isFast)
            {
                await Release();
            }
        }

        if (isFast && _held is null)
        {
            await Hold(cancellationToken);
        }

        if (_held is null && !_lastLooks.TryPeek(out _))
        {
            return false;
        }

        await Task.Delay(_held is not null ? BetweenLooks : _lastLooks.Dequeue(), cancellationToken);
        return true;
    }

    /// <summary>Gives the lock back.</summary>
    public async ValueTask DisposeAsync() => await Release();

    /// <summary>
    /// Holds the lock in a transaction that does nothing, so that it ends with the connection. From when this one waits for those who ring
    /// just now, nobody else rings; where another node watches, it is left to it.
    /// </summary>
    private async Task Hold(CancellationToken cancellationToken)
    {
        var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        try
        {
            await using var batch = new NpgsqlBatch(connection);
            batch.Add("begin").Add("set local lock_timeout = '50ms'")
                .Add("select pg_advisory_xact_lock($1)", Sql.Long(OutboxMessage.Watched));
            await batch.ExecuteNonQueryAsync(cancellationToken);
            _held = connection;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            await End(connection);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private async Task Release()
    {
        if (_held is not { } held)
        {
            return;
        }

        _held = null;
        Array.ForEach(LastLooks, _lastLooks.Enqueue);
        await End(held);
    }

    private static async Task End(NpgsqlConnection connection)
    {
        try
        {
            await using var end = new NpgsqlCommand("rollback", connection);
            await end.ExecuteNonQueryAsync(CancellationToken.None);
        }
        catch (NpgsqlException)
        {
            // The connection is broken, and the lock is gone with it.
        }
        finally
        {
            await connection.DisposeAsync();
        }
    }
}
