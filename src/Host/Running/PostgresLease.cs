namespace PixeeEvents.Host.Running;

/// <summary>The right to use a database for a while: the private one, or one that somebody else looks after.</summary>
internal sealed class PostgresLease : IAsyncDisposable
{
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(1);
    private readonly PrivatePostgres? _postgres;
    private FileLock? _use;
    private string? _told;

    internal PostgresLease(PrivatePostgres postgres, FileLock use)
    {
        ConnectionString = postgres.ConnectionString;
        _postgres = postgres;
        _use = use;
    }

    private PostgresLease(string connectionString) => ConnectionString = connectionString;

    public string ConnectionString { get; }

    public bool IsPrivate => _postgres is not null;

    public bool WasRunning => _postgres?.WasRunning ?? true;

    /// <summary>Where the private server's files lie; null for a database that somebody else looks after.</summary>
    public string? Root => _postgres?.Root;

    /// <summary>The database of <c>ConnectionStrings__Postgres</c>, or else the private one of <c>PIXEE_DATA</c>.</summary>
    public static async Task<PostgresLease> OfEnvironment(CancellationToken cancellationToken) =>
        Environment.GetEnvironmentVariable("ConnectionStrings__Postgres") is { Length: > 0 } given
            ? new PostgresLease(given)
            : await PrivatePostgres.Borrow(DataDirectory, cancellationToken);

    public static string DataDirectory =>
        Path.GetFullPath(Environment.GetEnvironmentVariable("PIXEE_DATA") is { Length: > 0 } given ? given : ".pixee");

    /// <summary>Starts the private server again whenever it dies, until told to stop.</summary>
    public async Task KeepRunning(TextWriter announce, CancellationToken stop)
    {
        if (_postgres is null)
        {
            return;
        }

        using var looks = new PeriodicTimer(BetweenLooks);
        try
        {
            while (await looks.WaitForNextTickAsync(stop))
            {
                await Look(_postgres, announce, stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_use is { } use)
        {
            _use = null;
            use.Dispose();
            await _postgres!.StopUnlessUsed();
        }
    }

    /// <summary>Whatever stands in the way is told once, and the next look comes all the same.</summary>
    private async Task Look(PrivatePostgres postgres, TextWriter announce, CancellationToken stop)
    {
        try
        {
            if (await postgres.Revive(stop))
            {
                await announce.WriteLineAsync("PostgreSQL had died and was started again.");
            }

            _told = null;
        }
        catch (Exception failure) when (!stop.IsCancellationRequested)
        {
            var obstacle = failure is PrivatePostgresException
                ? failure.Message
                : $"PostgreSQL died and cannot be started: {failure.Message}";
            // Its first line says what; the end of a log that may follow has other times each time.
            var what = obstacle.Split('\n')[0];
            if (what != _told)
            {
                await announce.WriteLineAsync(obstacle);
            }

            _told = what;
        }
    }
}
