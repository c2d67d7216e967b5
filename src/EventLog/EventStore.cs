using System.Buffers;
using System.Reflection;
using JasperFx.Events.Projections;
using Marten;
using Marten.Events.Projections;
using Npgsql;
using Weasel.Core.Migrations;

namespace PixeeEvents.EventLog;

/// <summary>On whose behalf a unit of work runs; written to every event it appends.</summary>
/// <param name="CausationId">Unique to the unit of work: a message's events are found by it.</param>
/// <param name="Headers">traceparent, key, user and face.</param>
public sealed record Caller(string Tenant, string? CorrelationId, string? CausationId, IReadOnlyDictionary<string, string> Headers)
{
    public Caller(string tenant)
        : this(tenant, null, null, new Dictionary<string, string>(StringComparer.Ordinal))
    {
    }
}

/// <summary>The event log: Marten's store, with what it does not do by itself.</summary>
/// <param name="listener">Takes part in every unit of work that has something follow its events; null when nobody does.</param>
public sealed class EventStore(IDocumentStore documents, NpgsqlDataSource dataSource, ICommitListener? listener = null)
{
    public IDocumentStore Documents => documents;

    public NpgsqlDataSource DataSource => dataSource;

    /// <summary>The inline projections but the snapshots, in writing order.</summary>
    public IReadOnlyList<IProjection> Projections { get; } =
        [.. Registered(documents).OfType<ProjectionWrapper<IDocumentOperations, IQuerySession>>().Select(w => w.Inner).OfType<IProjection>()];

    public IReadOnlyList<ISnapshot> Snapshots { get; } = [.. Registered(documents).OfType<ISnapshot>()];

    /// <inheritdoc cref="SchemaMigrator.Migrate"/>
    /// <param name="modules">In the order in which their files may depend on each other; the log's come first.</param>
    /// <param name="others">Libraries with tables of their own.</param>
    public Task<IReadOnlyList<string>> Migrate(IReadOnlyList<Assembly> modules, CancellationToken cancellationToken, params IDatabase[] others) =>
        SchemaMigrator.Migrate(dataSource, [documents.Storage.Database, .. others], [typeof(EventStore).Assembly, .. modules], cancellationToken);

    /// <inheritdoc cref="SchemaMigrator.Patch"/>
    public Task<string> Patch(IReadOnlyList<Assembly> modules, CancellationToken cancellationToken, params IDatabase[] others) =>
        SchemaMigrator.Patch(dataSource, [documents.Storage.Database, .. others], [typeof(EventStore).Assembly, .. modules], cancellationToken);

    /// <summary>Opens a unit of work. Nothing is locked or begun before its first statement.</summary>
    /// <param name="afterConflict">The last try was refused: look twice, see <see cref="EventSession.Fetch{TState}(Aggregate{TState}, IReadOnlyCollection{Guid}, CancellationToken)"/>.</param>
    public EventSession Open(Caller caller, bool afterConflict = false) => new(this, caller, afterConflict);

    /// <summary>Writes snapshots set by set, into the running table or into a successor.</summary>
    public SqlOperation Upsert(ISnapshot snapshot, string schema, string tenant, IReadOnlyList<(Guid Id, long Version, object State)> rows) => new(
        $"""
         insert into {schema}.{snapshot.Table} (tenant_id, id, data, mt_version, mt_last_modified, mt_dotnet_type)
         select $1, i.id, i.data, i.version, transaction_timestamp(), $5
         from unnest($2::uuid[], $3::bigint[], $4::jsonb[]) as i(id, version, data)
         on conflict (tenant_id, id) do update set mt_version = excluded.mt_version, data = excluded.data, mt_last_modified = excluded.mt_last_modified
         """,
        [
            Sql.Text(tenant), Sql.Uuids(rows.Select(r => r.Id)), Sql.Longs(rows.Select(r => r.Version)),
            Sql.Jsonbs(rows.Select(r => Serialize(r.State))), Sql.Text(snapshot.DocumentType.FullName),
        ]);

    internal ICommitListener? Listener => listener;

    internal ISnapshot SnapshotOf(Type state) => Snapshots.First(s => s.DocumentType == state);

    internal byte[] Serialize(object value)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        documents.Options.Serializer().WriteTo(buffer, value);
        return buffer.WrittenSpan.ToArray();
    }

    private static List<IProjectionSource<IDocumentOperations, IQuerySession>> Registered(IDocumentStore documents) =>
        ((StoreOptions)documents.Options).Projections.All;
}
