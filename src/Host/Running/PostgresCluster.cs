using System.Diagnostics;

namespace PixeeEvents.Host.Running;

/// <summary>Makes the files of a private cluster and launches the server on them.</summary>
internal static class PostgresCluster
{
    // It runs as the server's account: root does not write into a directory that belongs to somebody else.
    // Nobody serves the cluster when it runs, so a process number left behind by a crash belongs to no server, yet it may
    // belong to a stranger by now, and PostgreSQL would refuse to start. postmaster.pid itself must stay: by it PostgreSQL
    // finds sessions that outlived a killed server.
    private const string LaunchScript =
        """
        cd "$1" || exit 1
        cat > pixee.conf || exit 1
        rm -f "$3"/.s.PGSQL.*
        [ ! -f postmaster.pid ] || sed -i 1s/.*/2147483647/ postmaster.pid
        [ "$(stat -c %s server.log 2>/dev/null || echo 0)" -lt 16000000 ] || mv -f server.log server.log.1
        exec "$2" -D "$1" </dev/null >>server.log 2>&1
        """;

    /// <summary>All or nothing: a directory in which this was interrupted is thrown away by the next attempt.</summary>
    public static async Task Create(PostgresPlace place, bool forTests, CancellationToken cancellationToken)
    {
        // Each attempt has a name of its own: an initdb that outlived its killed parent must not write into the next one.
        var prefix = Path.GetFileName(place.Cluster) + ".new-";
        foreach (var abandoned in Directory.GetDirectories(place.Root, prefix + "*"))
        {
            Directory.Delete(abandoned, recursive: true);
        }

        var fresh = Path.Combine(place.Root, prefix + Guid.NewGuid().ToString("N")[..8]);
        await place.Account.MakePrivate(fresh);
        string[] haste = forTests ? ["--no-sync"] : [];
        await place.Account.Run(
            Path.Combine(place.Programs, "initdb"),
            [
                "-D", fresh, "-U", "pixee", "--encoding=UTF8", "--locale=C.UTF-8", "--lc-collate=C", "--auth=trust", "--no-instructions",
                .. haste,
            ]);
        cancellationToken.ThrowIfCancellationRequested();
        await place.Account.Run(Path.Combine(place.Programs, "postgres"), ["--single", "-D", fresh, "postgres"], "create database pixee\n");
        await place.Account.Run("sh", ["-c", "echo \"include_if_exists 'pixee.conf'\" >> \"$1/postgresql.conf\"", "sh", fresh]);
        cancellationToken.ThrowIfCancellationRequested();
        Directory.Move(fresh, place.Cluster);
    }

    /// <summary>The process is the server itself: it ends when the server ends.</summary>
    public static Process Launch(PostgresPlace place, bool forTests)
    {
        string[] arguments = ["-c", LaunchScript, "sh", place.Cluster, Path.Combine(place.Programs, "postgres"), place.Sockets];
        var server = place.Account.Launch("sh", arguments, readsOutput: false);
        server.StandardInput.Write(Settings(place, forTests));
        server.StandardInput.Close();
        return server;
    }

    private static string Settings(PostgresPlace place, bool forTests)
    {
        var compression = place.Version >= 15 ? "lz4" : "on";
        var common =
            $"""
            cluster_name = 'pixee'
            listen_addresses = ''
            unix_socket_directories = '{place.Sockets}'
            unix_socket_permissions = 0700
            max_connections = 200
            max_wal_size = 4GB
            checkpoint_timeout = 15min
            wal_compression = {compression}
            jit = off
            random_page_cost = 1.1
            log_timezone = 'UTC'
            log_line_prefix = '%m [%p] '
            log_checkpoints = off

            """;
        // Tests run far from UTC, so that no code can lean on the server's time zone.
        return common + (forTests
            ? """
            timezone = 'Europe/Paris'
            shared_buffers = 128MB
            fsync = off
            full_page_writes = off

            """
            : """
            timezone = 'UTC'
            shared_buffers = 256MB
            synchronous_commit = on

            """);
    }
}
