using System.Text.Json;
using Npgsql;

namespace PixeeEvents.EventLog;

/// <summary>What the world may know of a call: one message per call and type.</summary>
/// <param name="Type">Documented webhook type: <c>noun.verbed</c>.</param>
/// <param name="Data">JSON object.</param>
public sealed record OutboxMessage(Guid Id, string Type, byte[] Data)
{
    /// <param name="first">The first of the call's events in log order, by stream and version; <paramref name="last"/> is the last.</param>
    internal static SqlOperation Store(Caller caller, IReadOnlyCollection<OutboxMessage> messages, (Guid Stream, long Version) first, (Guid Stream, long Version) last) => new(
        """
        insert into outbox (id, tenant_id, type, data, occurred_at, first_seq_id, last_seq_id, correlation_id, causation_id, headers)
        select m.id, $1, m.type, m.data, b.timestamp, a.seq_id, b.seq_id, $5, $6, $7
        from unnest($2::uuid[], $3::text[], $4::jsonb[]) as m(id, type, data), mt_events a, mt_events b
        where a.tenant_id = $1 and a.stream_id = $8 and a.version = $9 and b.tenant_id = $1 and b.stream_id = $10 and b.version = $11
        """,
        [
            Sql.Text(caller.Tenant), Sql.Uuids(messages.Select(m => m.Id)), Sql.Texts(messages.Select(m => m.Type)), Sql.Jsonbs(messages.Select(m => m.Data)),
            Sql.Text(caller.CorrelationId), Sql.Text(caller.CausationId),
            Sql.Jsonb(caller.Headers.Count == 0 ? null : JsonSerializer.Serialize(caller.Headers)),
            Sql.Uuid(first.Stream), Sql.Long(first.Version), Sql.Uuid(last.Stream), Sql.Long(last.Version),
        ]);
}
