using System.Text.Json;
using JasperFx.Events;
using Marten;
using Marten.Events.Archiving;
using Npgsql;
using PixeeEvents.ReadModels;

namespace PixeeEvents.PublicEvents;

/// <summary>A public message as it was stored.</summary>
/// <param name="Data">JSON object.</param>
/// <param name="OccurredAt">The time of the events it speaks of.</param>
/// <param name="FirstSequence">First position of the call's events; other calls' events may lie between it and the last.</param>
/// <param name="Headers">Those of the call: key, user, face, traceparent.</param>
public sealed record OutboxRecord(
    string Tenant,
    Guid Id,
    string Type,
    byte[] Data,
    DateTimeOffset OccurredAt,
    long FirstSequence,
    long LastSequence,
    string? CorrelationId,
    string? CausationId,
    IReadOnlyDictionary<string, string> Headers)
{
    /// <summary>What <see cref="Read"/> expects of a query on the outbox as <c>o</c>.</summary>
    public const string Columns =
        "o.tenant_id, o.id, o.type, o.data, o.occurred_at, o.first_seq_id, o.last_seq_id, o.correlation_id, o.causation_id, o.headers";

    private static readonly IReadOnlyDictionary<string, string> NoHeaders = new Dictionary<string, string>(StringComparer.Ordinal);

    public static OutboxRecord Read(NpgsqlDataReader reader) => new(
        reader.GetString(0), reader.GetGuid(1), reader.GetString(2), reader.GetFieldValue<byte[]>(3),
        reader.GetFieldValue<DateTimeOffset>(4), reader.GetInt64(5), reader.GetInt64(6),
        reader.IsDBNull(7) ? null : reader.GetString(7), reader.IsDBNull(8) ? null : reader.GetString(8),
        reader.IsDBNull(9) ? NoHeaders : JsonSerializer.Deserialize<Dictionary<string,
        string>>(reader.GetFieldValue<byte[]>(9), JsonSerializerOptions.Default)!);

    /// <returns>Null when the tenant has no such message.</returns>
    public static async Task<OutboxRecord?> Find(NpgsqlDataSource dataSource, string tenant, Guid id, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand($"select {Columns} from outbox o where o.tenant_id = $1 and o.id = $2")
            .With(Sql.Text(tenant), Sql.Uuid(id));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return (await ReadAll(reader, cancellationToken)).SingleOrDefault();
    }

    public static async Task<IReadOnlyList<OutboxRecord>> ReadAll(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        var records = new List<OutboxRecord>();
        while (await reader.ReadAsync(cancellationToken))
        {
            records.Add(Read(reader));
        }

        return records;
    }
}

public static class OutboxEvents
{
    /// <summary>The events of the call that published a message, in log order; none of another call that wrote at the same time.</summary>
    public static async Task<IReadOnlyList<IEvent>> EventsOf(this LogReader log, OutboxRecord message, CancellationToken cancellationToken)
    {
        await using var session = log.Store.Documents.QuerySession(message.Tenant);
        return await session.Events.QueryAllRawEvents()
            .Where(
                e =>
                    e.MaybeArchived() && e.Sequence >= message.FirstSequence && e.Sequence <= message.LastSequence
                        && e.CausationId == message.CausationId)
            .OrderBy(e => e.Sequence).ToListAsync(cancellationToken);
    }
}
