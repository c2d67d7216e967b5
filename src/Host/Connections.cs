using PixeeEvents.Host.Availability;


namespace PixeeEvents.Host;

/// <summary>How the database is reached.</summary>
/// <param name="Work">For calls, commands and whatever runs beside them.</param>
/// <param name="Probe">For looking whether the database serves; no call takes these connections.</param>
public sealed record Connections(string Work, string Probe)
{
    /// <summary>A database that is never asked.</summary>
    public static Connections None { get; } = Patient("Host=nowhere");

    /// <summary>For commands, migrations and rebuilds: they have time.</summary>
    public static Connections Patient(string connectionString) => new(connectionString, connectionString);

    /// <summary>With the bounds of a server.</summary>
    public static Connections OfServer(string connectionString) =>
        new(ServerConnection.Of(connectionString), ServerConnection.Probe(connectionString));
}
