using Npgsql;
using PixeeEvents.EventLog;

namespace PixeeEvents.Webhooks.Events;

/// <summary>An event as it was prepared for a subscription.</summary>
/// <param name="Message">What it tells; null for a test event.</param>
/// <param name="Entity">The one entity it is about; null for a whole call.</param>
public sealed record SentEvent(Guid? Message, Guid? Entity, byte[] Body);

/// <summary>Finds events by the ids that subscribers know.</summary>
public sealed class SentEvents(NpgsqlDataSource dataSource)
{
    public async Task<SentEvent?> Find(string tenant, Guid eventId, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            "select message_id, entity, body from webhooks.deliveries where tenant_id = $1 and event_id = $2 order by ordinal limit 1")
            .With(Sql.Text(tenant), Sql.Uuid(eventId));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken)
            ? new SentEvent(reader.Nullable<Guid>(0), reader.Nullable<Guid>(1), reader.GetFieldValue<byte[]>(2))
            : null;
    }
}
