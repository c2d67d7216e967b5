using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace PixeeEvents.Host.Running;

/// <summary>Where the files of one private cluster lie and which account owns them.</summary>
internal sealed class PostgresPlace
{
    private const int LongestSocketDirectory = 90;
    private const string Packages = "/usr/lib/postgresql";

    private PostgresPlace(string root, ServerAccount account)
    {
        Root = root;
        Account = account;
        Cluster = Path.Combine(root, "postgres");
        Programs = FindPrograms(Cluster);
        Sockets = FindSockets(root);
    }

    public string Root { get; }

    public ServerAccount Account { get; }

    public string Cluster { get; }

    public string Programs { get; }

    public string Sockets { get; }

    public string ProcessFile => Path.Combine(Cluster, "postmaster.pid");

    public string Log => Path.Combine(Cluster, "server.log");

    /// <summary>Held while the server is being started or stopped.</summary>
    public string ControlLock => Path.Combine(Root, "postgres.lock");

    /// <summary>Held, shared, by everybody who needs the server.</summary>
    public string UsersLock => Path.Combine(Root, "postgres.users");

    public int Version => int.Parse(Path.GetFileName(Path.GetDirectoryName(Programs))!, CultureInfo.InvariantCulture);

    public static async Task<PostgresPlace> Find(string dataDirectory)
    {
        var root = Path.GetFullPath(dataDirectory);
        try
        {
            Create(root);
            var account = await ServerAccount.Choose(Path.Combine(root, "postgres"));
            if (account.IsOther && !await account.CanReach(root))
            {
                root = $"/var/lib/pixee/{ShortHash(root)}";
                Create(root);
                account = await ServerAccount.Choose(Path.Combine(root, "postgres"));
            }

            return new PostgresPlace(root, account);
        }
        catch (UnauthorizedAccessException refusal)
        {
            throw new PrivatePostgresException($"The data directory {root} cannot be used: {refusal.Message}", refusal);
        }
    }

    /// <summary>The process that serves this cluster now, or null. A number left behind by a crash is not believed.</summary>
    public (int Id, bool IsReady)? Running()
    {
        try
        {
            var lines = File.ReadAllLines(ProcessFile);
            if (lines.Length == 0 || !int.TryParse(lines[0], CultureInfo.InvariantCulture, out var id))
            {
                return null;
            }

            var command = File.ReadAllText($"/proc/{id}/cmdline").Split('\0');
            return command.Contains(Cluster, StringComparer.Ordinal)
                ? (id, lines.Length >= 8 && lines[7].StartsWith("ready", StringComparison.Ordinal))
                : null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    public string EndOfLog()
    {
        try
        {
            return string.Join('\n', File.ReadLines(Log).TakeLast(8));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private static void Create(string root)
    {
        if (!Directory.Exists(root))
        {
            Directory.CreateDirectory(root);
            File.SetUnixFileMode(root, (UnixFileMode)0b111_101_101);
        }
    }

    private static string FindPrograms(string cluster)
    {
        var installed = Directory.Exists(Packages)
            ? Directory.GetDirectories(Packages).Where(version => File.Exists(Path.Combine(version, "bin", "postgres")))
            : [];
        var versionFile = Path.Combine(cluster, "PG_VERSION");
        if (File.Exists(versionFile))
        {
            var needed = File.ReadAllText(versionFile).Trim();
            return installed.FirstOrDefault(version => Path.GetFileName(version) == needed) is { } same
                ? Path.Combine(same, "bin")
                : throw new PrivatePostgresException($"{cluster} was made by PostgreSQL {needed}, which is not installed.");
        }

        return installed.MaxBy(
            version => int.TryParse(Path.GetFileName(version), CultureInfo.InvariantCulture, out var number) ? number : 0) is { } newest
            ? Path.Combine(newest, "bin")
            : throw new PrivatePostgresException("The PostgreSQL server is not installed: apt-get install postgresql");
    }

    // The address of a Unix socket holds 107 bytes, and a comma separates hosts in a connection string.
    private static string FindSockets(string root)
    {
        var inside = Path.Combine(root, "socket");
        if (Encoding.UTF8.GetByteCount(inside) <= LongestSocketDirectory
            && inside.All(c => char.IsLetterOrDigit(c) || c is '/' or '.' or '-' or '_'))
        {
            return inside;
        }

        // Only root writes /run; in /tmp, MakePrivate fails on a directory that somebody else put there.
        var parent = Environment.IsPrivilegedProcess ? "/run" : Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR") ?? "/tmp";
        return Path.Combine(parent, $"pixee-{ShortHash(root)}");
    }

    private static string ShortHash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 6));
}
