using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace PixeeEvents.Bench.Stages;

/// <summary>A throw-away PostgreSQL cluster with durability on, reached through a Unix socket and gone at the end.</summary>
internal sealed class Cluster : IAsyncDisposable
{
    private const string Owner = "postgres";
    private readonly string _root;
    private readonly Process _process;

    private Cluster(string root, Process process)
    {
        _root = root;
        _process = process;
    }

    public static async Task<Cluster> Start(CancellationToken cancellationToken)
    {
        var root = Directory.CreateTempSubdirectory("pixee-bench-").FullName;
        var bin = FindBinaries();
        if (IsRoot)
            await Commands.Run("chown", [Owner, root], cancellationToken);
        var data = Path.Combine(root, "data");
        await Commands.Run(AsOwner(Path.Combine(bin, "initdb")), ["-D", data, "-U", Owner, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"],
            cancellationToken);
        string[] settings =
        [
            "listen_addresses=", $"unix_socket_directories={root}", "shared_buffers=512MB", "max_wal_size=4GB", "jit=off",
            "random_page_cost=1.1",
            "max_connections=200", "logging_collector=on", "log_directory=log",
        ];
        var process = Commands.Start(AsOwner(Path.Combine(bin, "postgres")), ["-D", data, .. settings.SelectMany(s => new[] { "-c", s })]);
        var cluster = new Cluster(root, process);
        try
        {
            await cluster.WaitUntilReady(cancellationToken);
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
        return cluster;
    }

    public string ConnectionString(string database) =>
        new NpgsqlConnectionStringBuilder { Host = _root, Username = Owner, Database = database, MaxPoolSize = 50 }.ConnectionString;

    public string TemporaryFile(string name) => Path.Combine(_root, name);

    public async Task Execute(string database, string sql, CancellationToken cancellationToken)
    {
        await using var source = NpgsqlDataSource.Create(ConnectionString(database));
        await using var command = source.CreateCommand(sql);
        command.CommandTimeout = 600;
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    public Task Create(string database, CancellationToken cancellationToken) =>
        Execute(Owner, $"create database {database}", cancellationToken);

    public async Task Clone(string from, string to, CancellationToken cancellationToken)
    {
        NpgsqlConnection.ClearAllPools();
        await Execute(Owner, $"create database {to} template {from}", cancellationToken);
    }

    /// <summary>Waits until no session runs a statement: a load generator leaves its last requests with the server.</summary>
    /// <returns>The share of the cores that was busy in the last quiet moment: work of strangers, which the figures suffer from.</returns>
    public async Task<double> Settle(CancellationToken cancellationToken)
    {
        await using var source = NpgsqlDataSource.Create(ConnectionString(Owner));
        var busy = 0.0;
        for (int quiet = 0, tries = 0; quiet < 2 && tries < 100; tries++)
        {
            var before = await ReadProcessorTimes(cancellationToken);
            await Task.Delay(100, cancellationToken);
            var after = await ReadProcessorTimes(cancellationToken);
            busy = 1 - (after.Idle - before.Idle) / (double)Math.Max(after.Total - before.Total, 1);
            await using var command = source.CreateCommand(
                "select count(*) from pg_stat_activity where backend_type = 'client backend' and state <> 'idle' and pid <> pg_backend_pid()");
            quiet = (long)(await command.ExecuteScalarAsync(cancellationToken))! == 0 ? quiet + 1 : 0;
        }
        return busy;
    }

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        var pidFile = Path.Combine(_root, "data", "postmaster.pid");
        if (!_process.HasExited && File.Exists(pidFile))
        {
            var pid = (await File.ReadAllLinesAsync(pidFile))[0];
            await Commands.Run("kill", ["-INT", pid], CancellationToken.None);
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            await _process.WaitForExitAsync(limit.Token);
        }
        _process.Dispose();
        Directory.Delete(_root, recursive: true);
    }

    private static async Task<(long Idle, long Total)> ReadProcessorTimes(CancellationToken cancellationToken)
    {
        var times = (await File.ReadAllLinesAsync("/proc/stat", cancellationToken))[0]
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..9]
            .Select(t => long.Parse(t, CultureInfo.InvariantCulture)).ToArray();
        return (times[3] + times[4], times.Sum());
    }

    private static bool IsRoot => string.Equals(Environment.UserName, "root", StringComparison.Ordinal);

    private static string[] AsOwner(string program) => IsRoot ? ["runuser", "-u", Owner, "--", program] : [program];

    private static string FindBinaries() =>
        Directory.Exists("/usr/lib/postgresql")







        && Directory.GetDirectories("/usr/lib/postgresql").Select(d => Path.Combine(d, "bin")).Where(d => File.Exists(Path.Combine(d, "postgres")))
            .Order(StringComparer.Ordinal).LastOrDefault() is { } bin
            ? bin
            : throw new InvalidOperationException("No PostgreSQL server is installed: apt-get install postgresql");

    private async Task WaitUntilReady(CancellationToken cancellationToken)
    {
        for (var tries = 0; ; tries++)
        {
            try
            {
                await Execute(Owner, "select 1", cancellationToken);
                return;
            }
            catch (NpgsqlException) when (tries < 200 && !_process.HasExited)
            {
                await Task.Delay(50, cancellationToken);
            }
        }
    }
}
