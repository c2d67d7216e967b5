using Npgsql;
using PixeeEvents.EventLog;

namespace PixeeEvents.Webhooks.FanOut;

/// <summary>A public message that was set aside: it became no delivery of anybody.</summary>
/// <param name="Reason">The last failure, or that it ended its process.</param>
public sealed record DeadMessage(Guid Id, string Company, string Type, DateTimeOffset OccurredAt, DateTimeOffset DeadAt, string Reason);

internal static class DeadMessages
{
    /// <summary>The oldest first.</summary>
    public static async Task<IReadOnlyList<DeadMessage>> List(NpgsqlDataSource dataSource, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            "select id, tenant_id, type, occurred_at, dead_at, failure from outbox where dead_at is not null order by dead_at, id");
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var dead = new List<DeadMessage>();
        while (await reader.ReadAsync(cancellationToken))
        {
            dead.Add(new DeadMessage(
                reader.GetGuid(0), reader.GetString(1), reader.GetString(2), reader.GetFieldValue<DateTimeOffset>(3),
                reader.GetFieldValue<DateTimeOffset>(4), reader.GetString(5)));
        }

        return dead;
    }

    /// <summary>Puts them back in their place; a server takes them at its next look.</summary>
    /// <param name="id">Null for all.</param>
    /// <returns>How many.</returns>
    public static async Task<int> Retry(NpgsqlDataSource dataSource, Guid? id, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            """
            update outbox set taken_at = null, dead_at = null, failure = null, retry_at = null, failures = 0, begun = 0
            where dead_at is not null and ($1::uuid is null or id = $1)
            """).With(Sql.Uuid(id));
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
