using Npgsql;

namespace PixeeEvents.EventSourcing;

/// <summary>What the world may know of a call: one message per call and type.</summary>
/// <param name="Type">Documented webhook type: <c>noun.verbed</c>.</param>
/// <param name="Data">JSON object.</param>
public sealed record OutboxMessage(Guid Id, string Type, byte[] Data)
{
    /// <summary>
    /// What every commit of messages rings in its transaction, unless somebody watches: whoever listens hears of it when it is visible, on
    /// any node.
    /// </summary>
    public const string Channel = "pixee_outbox";

    /// <summary>
    /// An advisory lock: whoever holds it looks for messages all the time, and nobody rings. A ring makes the commits of a database queue
    /// behind each other, so it is for the sleeping.
    /// </summary>
    public const long Watched = 0x7069_7865_6502;

    internal static void AddTo(NpgsqlBatch batch, string tenant, IReadOnlyList<UnitOfWork> units)
    {
        var messages = units.SelectMany(u => u.Messages, (unit, message) => (Unit: unit, Message: message)).ToList();
        if (messages.Count == 0)
        {
            return;
        }

        // The condition is always true: evaluated once, it rings if nobody watches.
        batch.Add(
            $"""
            insert into outbox (id, tenant_id, type, data, occurred_at, first_seq_id, last_seq_id, correlation_id, causation_id, headers)
            select m.id, $1, m.type, m.data, $5, m.first, m.last, m.correlation, m.causation, m.headers
            from unnest($2::uuid[], $3::text[], $4::jsonb[], $6::bigint[], $7::bigint[], $8::text[], $9::text[], $10::jsonb[])
              as m(id, type, data, first, last, correlation, causation, headers)
            where (
                select count(pg_notify('{Channel}', '')) from (select pg_try_advisory_xact_lock_shared({Watched})) as s(asleep) where s.asleep
            ) is not null
            """,
            Sql.Text(tenant), Sql.Uuids(messages.Select(m => m.Message.Id)), Sql.Texts(messages.Select(m => m.Message.Type)), Sql.Jsonbs(messages.Select(m => m.Message.Data)),
            Sql.Timestamp(units[0].Events[0].Timestamp), Sql.Longs(messages.Select(m => m.Unit.Events[0].Sequence)), Sql.Longs(messages.Select(m => m.Unit.Events[^1].Sequence)),
            Sql.Texts(messages.Select(m => m.Unit.Caller.CorrelationId)), Sql.Texts(messages.Select(m => m.Unit.Caller.CausationId)),
            Sql.Jsonbs(messages.Select(m => m.Unit.Caller.HeadersJson)));
    }
}
