using System.Text.Json;
using Npgsql;
using PixeeEvents.EventSourcing;

namespace PixeeEvents.Catalog;

/// <summary>A version with the time at which it was attached.</summary>
public sealed record ShownVersion(AttachmentVersion Version, DateTimeOffset CreatedAt);

/// <summary>An attachment as it is shown.</summary>
/// <param name="Versions">In the order in which they came; the last is current.</param>
public sealed record ShownAttachment(
    long Id, AttachmentDetails Details, IReadOnlyList<ShownVersion> Versions, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt)
{
    public AttachmentVersion Current => Versions[^1].Version;
}

/// <summary>Keeps the attachments of products as they are shown.</summary>
public sealed class AttachmentRows : IProjection
{
    public string Name => "Attachments";

    public string Schema => "catalog";

    public IReadOnlyList<string> Tables { get; } = ["attachments"];

    /// <summary>The attachments of a product in the order in which they came.</summary>
    public static Query<IReadOnlyList<ShownAttachment>> Of(string tenant, Guid product) => new(
        "select id, name, source_id, folder, versions, created_at, updated_at from catalog.attachments where tenant_id = $1 and product_id = $2 order by id",
        [Sql.Text(tenant), Sql.Uuid(product)],
        ReadAll);

    private static async Task<IReadOnlyList<ShownAttachment>> ReadAll(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        var attachments = new List<ShownAttachment>();
        while (await reader.ReadAsync(cancellationToken))
        {
            attachments.Add(new ShownAttachment(
                reader.GetInt64(0), new AttachmentDetails(reader.GetString(1), Text(reader, 2), Text(reader, 3)),
                JsonSerializer.Deserialize<List<ShownVersion>>(reader.GetFieldValue<byte[]>(4), EventTypes.Json)!,
                reader.GetFieldValue<DateTimeOffset>(5), reader.GetFieldValue<DateTimeOffset>(6)));
        }

        return attachments;
    }

    public void Project(EventBatch events, NpgsqlBatch statements, string schema)
    {
        var added = new Dictionary<long, Row>();
        var changed = new Dictionary<long, Row>();
        var removed = new List<(Guid Product, long? Id)>();
        foreach (var @event in events.Events)
        {
            switch (@event.Data)
            {
                case AttachmentAdded e:
                    added.Add(e.Id, new Row(@event.Stream, e.Id, @event.Timestamp));
                    Change(@event, e.Id, e.Details, e.Version);
                    break;
                case AttachmentVersionAdded e:
                    Change(@event, e.Id, null, e.Version);
                    break;
                case AttachmentRenamed e:
                    Change(@event, e.Id, e.After, null);
                    break;
                case AttachmentRemoved e:
                    added.Remove(e.Id);
                    changed.Remove(e.Id);
                    removed.Add((@event.Stream, e.Id));
                    break;
                case ProductDestroyed:
                    foreach (var row in added.Values.Concat(changed.Values).Where(r => r.Product == @event.Stream).ToList())
                    {
                        added.Remove(row.Id);
                        changed.Remove(row.Id);
                    }

                    removed.Add((@event.Stream, null));
                    break;
            }
        }

        Remove(statements, schema, events.Tenant, removed);
        Add(statements, schema, events.Tenant, added.Values);
        Update(statements, schema, events.Tenant, changed.Values);

        void Change(StoredEvent @event, long id, AttachmentDetails? details, AttachmentVersion? version)
        {
            if (!added.TryGetValue(id, out var row) && !changed.TryGetValue(id, out row))
            {
                changed.Add(id, row = new Row(@event.Stream, id, @event.Timestamp));
            }

            row.UpdatedAt = @event.Timestamp;
            row.Details = details ?? row.Details;
            if (version is not null)
            {
                row.Versions.Add(new ShownVersion(version, @event.Timestamp));
            }
        }
    }

    private static void Remove(NpgsqlBatch statements, string schema, string tenant, List<(Guid Product, long? Id)> rows)
    {
        if (rows.Count > 0)
        {
            statements.Add(
                $"""
                 delete from {schema}.attachments a using unnest($2::uuid[], $3::bigint[]) as i(product_id, id)
                 where a.tenant_id = $1 and a.product_id = i.product_id and (i.id is null or a.id = i.id)
                 """,
                Sql.Text(tenant), Sql.Uuids(rows.Select(r => r.Product)), Sql.NullableLongs(rows.Select(r => r.Id)));
        }
    }

    private static void Add(NpgsqlBatch statements, string schema, string tenant, IReadOnlyCollection<Row> rows)
    {
        if (rows.Count > 0)
        {
            statements.Add(
                $"""
                 insert into {schema}.attachments (tenant_id, product_id, id, name, source_id, folder, versions, created_at, updated_at)
                 select $1, i.product_id, i.id, i.name, i.source_id, i.folder, i.versions, i.created_at, i.updated_at
                 from unnest($2::uuid[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::jsonb[], $8::timestamptz[], $9::timestamptz[])
                     as i(product_id, id, name, source_id, folder, versions, created_at, updated_at)
                 """,
                [.. Parameters(tenant, rows), Sql.Timestamps(rows.Select(r => r.CreatedAt)), Sql.Timestamps(rows.Select(r => r.UpdatedAt))]);
        }
    }

    private static void Update(NpgsqlBatch statements, string schema, string tenant, IReadOnlyCollection<Row> rows)
    {
        if (rows.Count > 0)
        {
            statements.Add(
                $"""
                 update {schema}.attachments a set
                     name = coalesce(i.name, a.name),
                     source_id = case when i.name is null then a.source_id else i.source_id end,
                     folder = case when i.name is null then a.folder else i.folder end,
                     versions = a.versions || i.versions,
                     updated_at = i.updated_at
                 from unnest($2::uuid[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::jsonb[], $8::timestamptz[])
                     as i(product_id, id, name, source_id, folder, versions, updated_at)
                 where a.tenant_id = $1 and a.product_id = i.product_id and a.id = i.id
                 """,
                [.. Parameters(tenant, rows), Sql.Timestamps(rows.Select(r => r.UpdatedAt))]);
        }
    }

    private static NpgsqlParameter[] Parameters(string tenant, IReadOnlyCollection<Row> rows) =>
    [
        Sql.Text(tenant), Sql.Uuids(rows.Select(r => r.Product)), Sql.Longs(rows.Select(r => r.Id)), Sql.Texts(rows.Select(r => r.Details?.Name)),
        Sql.Texts(rows.Select(r => r.Details?.SourceId)), Sql.Texts(rows.Select(r => r.Details?.Folder)),
        Sql.Jsonbs(rows.Select(r => JsonSerializer.SerializeToUtf8Bytes(r.Versions, EventTypes.Json))),
    ];

    private static string? Text(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);

    /// <summary>Net change of one attachment; of a new one everything.</summary>
    private sealed class Row(Guid product, long id, DateTimeOffset createdAt)
    {
        public Guid Product => product;

        public long Id => id;

        public DateTimeOffset CreatedAt => createdAt;

        public DateTimeOffset UpdatedAt { get; set; }

        public AttachmentDetails? Details { get; set; }

        public List<ShownVersion> Versions { get; } = [];
    }
}
