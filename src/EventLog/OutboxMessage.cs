using System.Text.Json;
using Npgsql;

namespace PixeeEvents.EventLog;

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

    /// <param name="first">The first of the call's events in log order, by stream and version; <paramref name="last"/> is the last.</param>
    internal static SqlOperation Store(
        Caller caller, IReadOnlyCollection<OutboxMessage> messages, (Guid Stream, long Version) first, (Guid Stream, long Version) last) => new(
        Insert(
            """
            select b.timestamp, a.seq_id, b.seq_id from mt_events a, mt_events b
            where a.tenant_id = $1 and a.stream_id = $8 and a.version = $9 and b.tenant_id = $1 and b.stream_id = $10 and b.version = $11
            """),
        [
            .. Parameters(caller, messages), Sql.Uuid(first.Stream), Sql.Long(first.Version), Sql.Uuid(last.Stream), Sql.Long(last.Version),
        ]);

    /// <summary>Adds messages about no event of the log: their place is the end of it as it is now. One that is there already stays.</summary>
    public static void AddTo(NpgsqlBatch batch, Caller caller, IReadOnlyCollection<OutboxMessage> messages, DateTimeOffset at) => batch.Add(
        Insert("select $8::timestamptz, s.last_value, s.last_value from mt_events_sequence s") + " on conflict do nothing",
        [.. Parameters(caller, messages), Sql.Timestamp(at)]);

    /// <param name="place">Time of the call's events, and the positions of the first and the last.</param>
    /// <remarks>The condition is always true: evaluated once, it rings if nobody watches.</remarks>
    internal static string Insert(string place) =>
        $"""
         insert into outbox (id, tenant_id, type, data, occurred_at, first_seq_id, last_seq_id, correlation_id, causation_id, headers)
         select m.id, $1, m.type, m.data, p.at, p.first, p.last, $5, $6, $7
         from unnest($2::uuid[], $3::text[], $4::jsonb[]) as m(id, type, data), ({place}) as p(at, first, last)
         where (
             select count(pg_notify('{Channel}', '')) from (select pg_try_advisory_xact_lock_shared({Watched})) as s(asleep) where s.asleep
         ) is not null
         """;

    internal static NpgsqlParameter[] Parameters(Caller caller, IReadOnlyCollection<OutboxMessage> messages) =>
    [
        Sql.Text(caller.Tenant), Sql.Uuids(messages.Select(m => m.Id)), Sql.Texts(messages.Select(m => m.Type)), Sql.Jsonbs(messages.Select(m => m.Data)),
        Sql.Text(caller.CorrelationId), Sql.Text(caller.CausationId),
        Sql.Jsonb(caller.Headers.Count == 0 ? null : JsonSerializer.Serialize(caller.Headers)),
    ];
}
