using System.Data.Common;
using Npgsql;

namespace PixeeEvents.Host.Availability;

/// <summary>
/// The connections of a server: it would rather say that it cannot serve than wait. What the connection string says itself stays.
/// </summary>
/// <remarks>Commands, migrations and rebuilds connect without these bounds: they have time.</remarks>
internal static class ServerConnection
{
    public static string Of(string connectionString)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        var given = new DbConnectionStringBuilder { ConnectionString = settings.ConnectionString };
        void Default(string name, object value)
        {
            if (!given.ContainsKey(name))
            {
                settings[name] = value;
            }
        }

        // To a connection, be it a new one or the pool's next.
        Default("Timeout", 3);
        Default("Command Timeout", 20);
        Default("Cancellation Timeout", 500);
        if (settings.Host?.StartsWith('/') != true)
        {
            Default("TCP Keepalive", true);
            Default("TCP Keepalive Time", 30);
            Default("TCP Keepalive Interval", 10);
        }

        // Short, since those that wait in a group for one that waits for a lock may have to wait for another.
        if (settings.Options?.Contains("lock_timeout", StringComparison.Ordinal) != true)
        {
            settings.Options = $"{settings.Options} -c lock_timeout=2s".TrimStart();
        }

        return settings.ConnectionString;
    }

    /// <summary>A connection of its own for looking whether the database serves.</summary>
    public static string Probe(string connectionString) => new NpgsqlConnectionStringBuilder(connectionString)
    {
        MinPoolSize = 0,
        MaxPoolSize = 1,
        Timeout = 2,
        CommandTimeout = 2,
        CancellationTimeout = 500,
    }.ConnectionString;
}
