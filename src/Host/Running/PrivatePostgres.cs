using System.Diagnostics;
using Npgsql;

namespace PixeeEvents.Host.Running;

internal sealed class PrivatePostgresException(string message, Exception? cause = null) : Exception(message, cause);

/// <summary>
/// A PostgreSQL server of our own, reachable through a Unix socket that only its account and root can open.
/// <para>
/// It lives apart from the process that started it, so it survives that process: whoever comes next finds it running and
/// takes it over, and a server that was killed recovers when it is started again.
/// </para>
/// </summary>
internal sealed class PrivatePostgres
{
    private static readonly TimeSpan OrphansMayLinger = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan RecoveryMayTake = TimeSpan.FromSeconds(60);
    private readonly PostgresPlace _place;
    private readonly bool _forTests;

    private PrivatePostgres(PostgresPlace place, bool forTests) => (_place, _forTests) = (place, forTests);

    public string ConnectionString => new NpgsqlConnectionStringBuilder
    {
        Host = _place.Sockets,
        Username = "pixee",
        Database = "pixee",
        MaxAutoPrepare = _forTests ? 0 : 100,
        AutoPrepareMinUsages = 2,
        MaxPoolSize = 50,
        IncludeErrorDetail = true,
        ApplicationName = "pixee",
    }.ConnectionString;

    /// <summary>Where the files really lie: elsewhere than asked when the server's account cannot reach that place.</summary>
    public string Root => _place.Root;

    /// <summary>It was running already, because another command uses it or because its last user was killed.</summary>
    public bool WasRunning { get; private set; }

    public static async Task<PrivatePostgres> Start(string dataDirectory, bool forTests, CancellationToken cancellationToken)
    {
        var postgres = new PrivatePostgres(await PostgresPlace.Find(dataDirectory), forTests);
        using (await postgres.Control(cancellationToken))
        {
            await postgres.StartUnderLock(cancellationToken);
        }

        return postgres;
    }

    /// <summary>
    /// The server for as long as the lease is held: started when it does not run, and stopped by the last of all processes
    /// that give back their lease.
    /// </summary>
    public static async Task<PostgresLease> Borrow(string dataDirectory, CancellationToken cancellationToken)
    {
        var postgres = new PrivatePostgres(await PostgresPlace.Find(dataDirectory), forTests: false);
        using (await postgres.Control(cancellationToken))
        {
            await postgres.StartUnderLock(cancellationToken);
            return new PostgresLease(postgres, FileLock.Shared(postgres._place.UsersLock));
        }
    }

    /// <summary>Stops the server of this directory, if it runs, whoever uses it.</summary>
    public static async Task Stop(string dataDirectory, CancellationToken cancellationToken)
    {
        var postgres = new PrivatePostgres(await PostgresPlace.Find(dataDirectory), forTests: true);
        using (await postgres.Control(cancellationToken))
        {
            await postgres.StopUnderLock();
        }
    }

    public async Task Stop()
    {
        using (await Control(CancellationToken.None))
        {
            await StopUnderLock();
        }
    }

    internal async Task StopUnlessUsed()
    {
        using (await Control(CancellationToken.None))
        using (var alone = FileLock.TryExclusive(_place.UsersLock))
        {
            if (alone is not null)
            {
                await StopUnderLock();
            }
        }
    }

    /// <summary>Starts the server again when it died (killed for want of memory, say); true when it had to.</summary>
    internal async Task<bool> Revive(CancellationToken cancellationToken)
    {
        if (_place.Running() is not null)
        {
            return false;
        }

        using (await Control(cancellationToken))
        {
            await StartUnderLock(cancellationToken);
            return !WasRunning;
        }
    }

    private Task<FileLock> Control(CancellationToken cancellationToken) => FileLock.Exclusive(_place.ControlLock, cancellationToken);

    private async Task StartUnderLock(CancellationToken cancellationToken)
    {
        if (!File.Exists(Path.Combine(_place.Cluster, "PG_VERSION")))
        {
            await PostgresCluster.Create(_place, _forTests, cancellationToken);
        }

        await _place.Account.MakePrivate(_place.Sockets);
        if (_place.Running() is not null && await BecomesReady(server: null, cancellationToken))
        {
            WasRunning = true;
            return;
        }

        WasRunning = false;
        var patience = Stopwatch.StartNew();
        while (true)
        {
            using var server = PostgresCluster.Launch(_place, _forTests);
            try
            {
                if (await BecomesReady(server, cancellationToken))
                {
                    return;
                }
            }
            catch (OperationCanceledException)
            {
                // It cannot be told to stop before it has said who it is.
                while (!server.HasExited && _place.Running() is null)
                {
                    await Task.Delay(5, CancellationToken.None);
                }

                await StopUnderLock();
                throw;
            }

            // Sessions of a killed server may still be ending, and no new one starts beside them.
            if (patience.Elapsed > OrphansMayLinger || !_place.EndOfLog().Contains("still in use", StringComparison.Ordinal))
            {
                throw new PrivatePostgresException($"PostgreSQL did not start. The end of {_place.Log}:\n{_place.EndOfLog()}");
            }

            await Task.Delay(200, cancellationToken);
        }
    }

    /// <summary>Waits without limit while the server lives: recovery after a crash takes as long as it takes.</summary>
    private async Task<bool> BecomesReady(Process? server, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (_place.Running() is { } running)
            {
                if (running.IsReady)
                {
                    return true;
                }
            }
            else if (server is null || server.HasExited)
            {
                return false;
            }

            await Task.Delay(5, cancellationToken);
        }
    }

    private async Task<bool> IsRecovering()
    {
        if (_place.Running() is not { } running)
        {
            return false;
        }

        if (!running.IsReady)
        {
            return true;
        }

        // A server that recovers from the crash of a session calls itself ready all the while.
        try
        {
            await using var connection = new NpgsqlConnection(
                new NpgsqlConnectionStringBuilder(ConnectionString) { Pooling = false, Timeout = 2 }.ConnectionString);
            await connection.OpenAsync(CancellationToken.None);
            return false;
        }
        catch (PostgresException refusal)
        {
            return refusal.SqlState == PostgresErrorCodes.CannotConnectNow
                && !refusal.MessageText.Contains("shutting down", StringComparison.Ordinal);
        }
        catch (Exception failure) when (failure is NpgsqlException or TimeoutException)
        {
            return false;
        }
    }

    /// <exception cref="PrivatePostgresException">It still recovers, and is left to it.</exception>
    private async Task StopUnderLock()
    {
        // Stopped in the middle of its recovery, it would have to begin that again.
        for (var waited = Stopwatch.StartNew(); await IsRecovering(); await Task.Delay(50, CancellationToken.None))
        {
            if (waited.Elapsed > RecoveryMayTake)
            {
                throw new PrivatePostgresException("PostgreSQL is still recovering and was left running; the next ./pixee run finds it.");
            }
        }

        if (_place.Running() is not null)
        {
            await _place.Account.Run(
                Path.Combine(_place.Programs, "pg_ctl"), ["stop", "-D", _place.Cluster, "-m", "fast", "-t", "120", "-s"]);
        }
    }
}
