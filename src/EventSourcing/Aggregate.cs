using System.Text.Json;
using Npgsql;

namespace PixeeEvents.EventSourcing;

/// <summary>
/// A kind of stream with the state that its decisions need. The state is kept as an inline snapshot: one row per stream in
/// <c>schema.table (tenant_id, id, version, data)</c>, written with the events. The snapshot is a cache: where it is behind its
/// stream (a foreign application appended), the missing events are folded on the next load.
/// </summary>
/// <param name="StreamType">Stored in mt_streams.type; snake_case, kept for ever.</param>
/// <param name="Evolve">Pure fold; ignores events it does not need.</param>
public sealed record Aggregate<TState>(string StreamType, string Schema, string Table, TState Initial, Func<TState, object, TState> Evolve)
    : ISnapshot
    where TState : class
{
    internal static TState Read(byte[] data) => JsonSerializer.Deserialize<TState>(data, EventTypes.Json)!;

    internal static byte[] Write(TState state) => JsonSerializer.SerializeToUtf8Bytes(state, EventTypes.Json);

    /// <summary>The state after the given events: the live projection.</summary>
    public TState Fold(IEnumerable<object> events) => events.Aggregate(Initial, Evolve);

    byte[] ISnapshot.FoldToJson(IEnumerable<object> events) => Write(Fold(events));
}

/// <summary>A snapshot table seen without its state's type, as the rebuild sees it.</summary>
public interface ISnapshot
{
    string StreamType { get; }

    string Schema { get; }

    string Table { get; }

    internal byte[] FoldToJson(IEnumerable<object> events);

    internal static NpgsqlBatchCommand Upsert(string schema, string table, IReadOnlyList<SnapshotRow> rows, string tenant) => Sql.Command(
        $"""
         insert into {schema}.{table} (tenant_id, id, version, data)
         select $1, i.id, i.version, i.data from unnest($2::uuid[], $3::bigint[], $4::jsonb[]) as i(id, version, data)
         on conflict (tenant_id, id) do update set version = excluded.version, data = excluded.data
         """,
        Sql.Text(tenant), Sql.Uuids(rows.Select(r => r.Id)), Sql.Longs(rows.Select(r => r.Version)), Sql.Jsonbs(rows.Select(r => r.Data)));
}

internal readonly record struct SnapshotRow(Guid Id, long Version, byte[] Data);

/// <summary>A read model that follows the log by set-based statements over batches of events.</summary>
/// <remarks>
/// The statements name every table through the schema they are given, so that the same code fills the running tables inline
/// and their successors during a rebuild. No clock, no randomness: everything comes from the events.
/// </remarks>
public interface IProjection
{
    /// <summary>Row name in mt_event_progression is <c>Name:All</c>.</summary>
    string Name { get; }

    string Schema { get; }

    IReadOnlyList<string> Tables { get; }

    void Project(EventBatch events, NpgsqlBatch statements, string schema);
}
