using System.Text.Json;
using JasperFx.Events.Projections;
using Marten;
using Marten.Events.Projections;
using Npgsql;

namespace PixeeEvents.EventLog;

/// <summary>On whose behalf a unit of work runs; written to every event it appends.</summary>
/// <param name="CausationId">Unique to the unit of work: a message's events are found by it.</param>
/// <param name="Headers">traceparent, key, user and face.</param>
public sealed record Caller(
    string Tenant, string? CorrelationId = null, string? CausationId = null, IReadOnlyDictionary<string, string>? Headers = null);

/// <summary>Takes part in units of work that have something follow their events: what it stores in the session is committed, too.</summary>
/// <returns>What to do once that is done, which nothing can undo.</returns>
public delegate ValueTask<Func<ValueTask>> CommitListener(IDocumentSession session);

/// <summary>The event log: Marten's store, with what it does not do by itself.</summary>
public sealed class EventStore(IDocumentStore documents, NpgsqlDataSource dataSource, CommitListener? listener = null)
{
    /// <summary>Where a unit of work's events stand, in their order, for the statements after them; no row of a lost race.</summary>
    public const string Appended =
        """
        select positions, case cardinality(times) when 1 then array_fill(times[1], array[cardinality(positions)]) else times end as times
        from (
            select current_setting('log.positions')::bigint[], current_setting('log.times')::timestamptz[]
            where current_setting('log.positions') <> '' offset 0) as log(positions, times)
        """;

    public IDocumentStore Documents => documents;

    public NpgsqlDataSource DataSource => dataSource;

    /// <summary>The inline projections but the snapshots, in writing order.</summary>
    public IReadOnlyList<IProjection> Projections { get; } =
        [.. Sources(documents).OfType<ProjectionWrapper<IDocumentOperations, IQuerySession>>().Select(w => w.Inner).OfType<IProjection>()];

    public IReadOnlyList<ISnapshot> Snapshots { get; } = [.. Sources(documents).OfType<ISnapshot>()];

    /// <summary>Opens a unit of work. Nothing is locked or begun before its first statement.</summary>
    /// <param name="afterConflict">The last try was refused: no snapshot is taken at its word.</param>
    public EventSession Open(Caller caller, bool afterConflict = false) => new(this, caller, afterConflict);

    /// <summary>Writes snapshots set by set, into the running table or into a successor.</summary>
    public static SqlOperation Upsert(
        ISnapshot snapshot, string schema, string tenant, IReadOnlyList<(Guid Id, long Version, object State)> rows) => new(
        $"""
         insert into {schema}.{snapshot.Table} (tenant_id, id, data, mt_version, mt_last_modified, mt_dotnet_type)
         select $1, i.id, i.data, i.version, transaction_timestamp(), $5
         from unnest($2::uuid[], $3::bigint[], $4::jsonb[]) as i(id, version, data)
         on conflict (tenant_id, id) do update
         set mt_version = excluded.mt_version, data = excluded.data, mt_last_modified = excluded.mt_last_modified
         """,
        [
            Sql.Text(tenant), Sql.Uuids(rows.Select(r => r.Id)), Sql.Longs(rows.Select(r => r.Version)),
            Sql.Jsonbs(rows.Select(r => Serialize(r.State))), Sql.Text(snapshot.DocumentType.FullName),
        ]);

    /// <summary>What <see cref="Appended"/> shows until the end of the transaction, as columns of a query.</summary>
    /// <param name="times">One for each position, or one for all.</param>
    public static string Place(string positions, string times) =>
        $"set_config('log.positions', {positions}::text, true), set_config('log.times', {times}::text, true)";

    internal CommitListener? Listener => listener;

    internal ISnapshot SnapshotOf(Type state) => Snapshots.First(s => s.DocumentType == state);

    internal static byte[] Serialize(object value) => JsonSerializer.SerializeToUtf8Bytes(value, value.GetType(), EventLogOptions.Json);

    private static List<IProjectionSource<IDocumentOperations, IQuerySession>> Sources(IDocumentStore documents) =>
        ((StoreOptions)documents.Options).Projections.All;
}
