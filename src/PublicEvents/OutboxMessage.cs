using System.Text.Json;
using Npgsql;
using PixeeEvents.EventLog;

namespace PixeeEvents.PublicEvents;

/// <summary>What the world may know of a call: one message per call and type.</summary>
/// <param name="Type">Documented webhook type: <c>noun.verbed</c>.</param>
/// <param name="Data">JSON object.</param>
public sealed record OutboxMessage(Guid Id, string Type, byte[] Data)
{
    /// <summary>
    /// Adds a message about no event of the log: its place is the end of it as it is now. One that is there already stays.
    /// </summary>
    public void AddTo(NpgsqlBatch batch, Caller caller, DateTimeOffset at)
    {
        var (sql, parameters) = Insert(
            caller, "select $8::timestamptz, s.last_value, s.last_value from mt_events_sequence s", Sql.Timestamp(at));
        batch.Add(sql + " on conflict do nothing", parameters);
    }

    /// <param name="place">Time of the call's events, and the positions of the first and the last; its parameters start at
    /// <c>$8</c>.</param>
    internal (string Sql, NpgsqlParameter[] Parameters) Insert(Caller caller, string place, params IEnumerable<NpgsqlParameter> of) => (
        $"""
         insert into outbox (id, tenant_id, type, data, occurred_at, first_seq_id, last_seq_id, correlation_id, causation_id, headers)
         select $2, $1, $3, $4, p.at, p.first, p.last, $5, $6, $7 from ({place}) as p(at, first, last)
         """,
        [
            Sql.Text(caller.Tenant), Sql.Uuid(Id), Sql.Text(Type), Sql.Jsonb(Data), Sql.Text(caller.CorrelationId),
            Sql.Text(caller.CausationId),
            Sql.Jsonb(caller.Headers is { Count: > 0 } headers ? JsonSerializer.Serialize(headers) : null), .. of,
        ]);
}

public static class Publishing
{
    /// <summary>
    /// A public message that becomes visible with the events of a unit of work, or not at all; of one without events, nothing is
    /// told.
    /// </summary>
    /// <param name="caller">Of the streams that it speaks of, where the session writes for several; its own when not given.</param>
    /// <exception cref="InvalidOperationException">The caller has no causation id, by which the message's events are found
    /// again.</exception>
    public static void Publish(this EventSession session, OutboxMessage message, Caller? caller = null)
    {
        var writer = caller ?? session.Caller;
        if (writer.CausationId is null)
        {
            throw new InvalidOperationException("Who publishes names what caused it.");
        }

        session.AfterEvents(writer, numbers =>
        {
            var (sql, parameters) = message.Insert(
                writer, $"select e.times[$9], e.positions[$8], e.positions[$9] from ({EventStore.Appended}) as e",
                Sql.Int(numbers.First), Sql.Int(numbers.Last));
            return new SqlOperation(sql, parameters);
        });
    }
}
