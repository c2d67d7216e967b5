using System.Text.Json;
using JasperFx.Events;
using Npgsql;
using PixeeEvents.Catalog.Planning;
using PixeeEvents.Catalog.Products;
using PixeeEvents.EventLog;

namespace PixeeEvents.Catalog.Files;

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
public sealed class AttachmentRows : RowProjection
{
    private const string Versions =
        """
        coalesce((
            select jsonb_agg(v.value || jsonb_build_object('CreatedAt', log.times[(v.value ->> 'CreatedAt')::int]) order by v.ordinality)
            from jsonb_array_elements(i.versions) with ordinality v), '[]')
        """;

    public override string Name => "Attachments";

    public override string Schema => "catalog";

    public override IReadOnlyList<string> Tables { get; } = ["attachments"];

    /// <summary>The attachments of a product in the order in which they came.</summary>
    public static Query<IReadOnlyList<ShownAttachment>> Of(string tenant, Guid product) => new(
        """
        select id, name, source_id, folder, versions, created_at, updated_at from catalog.attachments
        where tenant_id = $1 and product_id = $2 order by id
        """,
        [Sql.Text(tenant), Sql.Uuid(product)],
        ReadAll);

    private static async Task<IReadOnlyList<ShownAttachment>> ReadAll(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        var attachments = new List<ShownAttachment>();
        while (await reader.ReadAsync(cancellationToken))
        {
            attachments.Add(new ShownAttachment(
                reader.GetInt64(0), new AttachmentDetails(reader.GetString(1), Text(reader, 2), Text(reader, 3)),
                JsonSerializer.Deserialize<List<ShownVersion>>(reader.GetFieldValue<byte[]>(4), JsonSerializerOptions.Default)!,
                reader.GetFieldValue<DateTimeOffset>(5), reader.GetFieldValue<DateTimeOffset>(6)));
        }

        return attachments;
    }

    public override void Project(EventBatch events, NpgsqlBatch statements, string schema)
    {
        var added = new Dictionary<long, Row>();
        var changed = new Dictionary<long, Row>();
        var removed = new List<(Guid Product, long? Id)>();
        foreach (var (n, @event) in events.Numbered)
        {
            switch (@event.Data)
            {
                case AttachmentAdded e:
                    added.Add(e.Id, new Row(@event.StreamId, e.Id, n));
                    Change(@event, n, e.Id, e.Details, e.Version);
                    break;
                case AttachmentVersionAdded e:
                    Change(@event, n, e.Id, null, e.Version);
                    break;
                case AttachmentRenamed e:
                    Change(@event, n, e.Id, e.After, null);
                    break;
                case AttachmentRemoved e:
                    added.Remove(e.Id);
                    changed.Remove(e.Id);
                    removed.Add((@event.StreamId, e.Id));
                    break;
                case ProductDestroyed:
                    foreach (var row in added.Values.Concat(changed.Values).Where(r => r.Product == @event.StreamId).ToList())
                    {
                        added.Remove(row.Id);
                        changed.Remove(row.Id);
                    }

                    removed.Add((@event.StreamId, null));
                    break;
            }
        }

        Remove(statements, schema, events.Tenant, removed);
        Add(statements, schema, events.Tenant, added.Values);
        Update(statements, schema, events.Tenant, changed.Values);

        void Change(IEvent @event, int n, long id, AttachmentDetails? details, AttachmentVersion? version)
        {
            if (!added.TryGetValue(id, out var row) && !changed.TryGetValue(id, out row))
            {
                changed.Add(id, row = new Row(@event.StreamId, id, n));
            }

            row.Updated = n;
            row.Details = details ?? row.Details;
            if (version is not null)
            {
                row.Versions.Add(new AddedVersion(version, n));
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
                 {EventBatch.Log}
                 insert into {schema}.attachments (tenant_id, product_id, id, name, source_id, folder, versions, created_at, updated_at)
                 select $1, i.product_id, i.id, i.name, i.source_id, i.folder, {Versions}, log.times[i.created], log.times[i.updated]
                 from unnest($2::uuid[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::jsonb[], $8::int[], $9::int[])
                     as i(product_id, id, name, source_id, folder, versions, updated, created)
                 cross join log
                 """,
                [.. Parameters(tenant, rows), Sql.Ints(rows.Select(r => r.Created))]);
        }
    }

    private static void Update(NpgsqlBatch statements, string schema, string tenant, IReadOnlyCollection<Row> rows)
    {
        if (rows.Count > 0)
        {
            statements.Add(
                $"""
                 {EventBatch.Log}
                 update {schema}.attachments a set
                     name = coalesce(i.name, a.name),
                     source_id = case when i.name is null then a.source_id else i.source_id end,
                     folder = case when i.name is null then a.folder else i.folder end,
                     versions = a.versions || {Versions},
                     updated_at = log.times[i.updated]
                 from unnest($2::uuid[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::jsonb[], $8::int[])
                     as i(product_id, id, name, source_id, folder, versions, updated)
                 cross join log
                 where a.tenant_id = $1 and a.product_id = i.product_id and a.id = i.id
                 """,
                Parameters(tenant, rows));
        }
    }

    private static NpgsqlParameter[] Parameters(string tenant, IReadOnlyCollection<Row> rows) =>
    [
        Sql.Text(tenant), Sql.Uuids(rows.Select(r => r.Product)), Sql.Longs(rows.Select(r => r.Id)),
        Sql.Texts(rows.Select(r => r.Details?.Name)),
        Sql.Texts(rows.Select(r => r.Details?.SourceId)), Sql.Texts(rows.Select(r => r.Details?.Folder)),
        Sql.Jsonbs(rows.Select(r => JsonSerializer.SerializeToUtf8Bytes(r.Versions))), Sql.Ints(rows.Select(r => r.Updated)),
    ];

    private static string? Text(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);

    /// <summary>A version as its row will show it, but for the time of its event, which the statement knows.</summary>
    /// <param name="CreatedAt">Number of that event.</param>
    private sealed record AddedVersion(AttachmentVersion Version, int CreatedAt);

    /// <summary>Net change of one attachment; of a new one everything. Its times are those of events, by their numbers.</summary>
    private sealed class Row(Guid product, long id, int created)
    {
        public Guid Product => product;

        public long Id => id;

        public int Created => created;

        public int Updated { get; set; }

        public AttachmentDetails? Details { get; set; }

        public List<AddedVersion> Versions { get; } = [];
    }
}
