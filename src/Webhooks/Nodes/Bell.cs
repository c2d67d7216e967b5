using Npgsql;
using PixeeEvents.EventLog;

namespace PixeeEvents.Webhooks.Nodes;

/// <summary>
/// Tells every node of what becomes due. It is rung in the transaction that makes it so, and heard when that is visible: a hint
/// that saves waiting for the next look, never a promise.
/// </summary>
internal static class Bell
{
    /// <summary>
    /// Rung with the id of a subscription that has something due: a test, a resend, a replay, what was held, or an event.
    /// </summary>
    public const string Channel = "pixee_deliveries";

    public static void AddRing(NpgsqlBatch batch, Guid subscription) =>
        batch.Add("select pg_notify($1, $2)", Sql.Text(Channel), Sql.Text(subscription.ToString("D")));

    /// <summary>Calls back for each ring until cancelled or cut off.</summary>
    /// <param name="due">A subscription has something due.</param>
    public static async Task Listen(NpgsqlDataSource dataSource, Action<Guid> due, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        connection.Notification += (_, rung) =>
        {
            if (Guid.TryParse(rung.Payload, out var subscription))
            {
                due(subscription);
            }
        };
        await using (var listen = new NpgsqlCommand($"listen {Channel}", connection))
        {
            await listen.ExecuteNonQueryAsync(cancellationToken);
        }

        while (true)
        {
            await connection.WaitAsync(cancellationToken);
        }
    }
}
