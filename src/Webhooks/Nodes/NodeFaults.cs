using Npgsql;

namespace PixeeEvents.Webhooks.Nodes;

internal static class NodeFaults
{
    /// <summary>
    /// Whether a failure says nothing about what was being done: a database that ends or cuts off our sessions (class 57) or is out of
    /// reach, a lock that others hold, our own stopping.
    /// </summary>
    public static bool PassesBy(Exception failure) => failure is
        OperationCanceledException or NpgsqlException { IsTransient: true } or PostgresException { SqlState: ['5', '7', ..] };
}
