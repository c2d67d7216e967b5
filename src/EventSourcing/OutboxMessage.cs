using Npgsql;

namespace PixeeEvents.EventSourcing;

/// <summary>What the world may know of a call: one message per call and type.</summary>
/// <param name="Type">Documented webhook type: <c>noun.verbed</c>.</param>
/// <param name="Data">JSON object.</param>
public sealed record OutboxMessage(Guid Id, string Type, byte[] Data)
{
    internal static void AddTo(NpgsqlBatch batch, Caller caller, IReadOnlyList<OutboxMessage> messages, IReadOnlyList<StoredEvent> events)
    {
        if (messages.Count == 0)
        {
            return;
        }

        batch.Add(
            """
            insert into outbox (id, tenant_id, type, data, occurred_at, first_seq_id, last_seq_id, correlation_id, causation_id, headers)
            select m.id, $1, m.type, m.data, $5, $6, $7, $8, $9, $10 from unnest($2::uuid[], $3::text[], $4::jsonb[]) as m(id, type, data)
            """,
            Sql.Text(caller.Tenant), Sql.Uuids(messages.Select(m => m.Id)), Sql.Texts(messages.Select(m => m.Type)), Sql.Jsonbs(messages.Select(m => m.Data)),
            Sql.Timestamp(events[0].Timestamp), Sql.Long(events[0].Sequence), Sql.Long(events[^1].Sequence), Sql.Text(caller.CorrelationId), Sql.Text(caller.CausationId),
            Sql.Jsonb(caller.Headers.Count == 0 ? null : System.Text.Json.JsonSerializer.Serialize(caller.Headers, EventTypes.Json)));
    }
}
