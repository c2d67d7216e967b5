using System.Text.Json;
using Npgsql;
using NpgsqlTypes;
using PixeeEvents.Catalog.Products;
using PixeeEvents.Catalog.Settings;
using PixeeEvents.EventLog;

namespace PixeeEvents.Catalog.Planning;

/// <summary>What lines use of some products, archived lines included.</summary>
public sealed record ProductUses(IReadOnlySet<Guid> Products, IReadOnlySet<long> Variants);

/// <summary>The lines of projects. A product or variant that a line uses stays in the catalogue.</summary>
public sealed class ProjectLines(NpgsqlDataSource dataSource)
{
    private const string Columns =
        """
        l.id, l.project, l.product_id, l.variants, l.name, l.source_id, l.reference, l.start_at, l.deliver_at, l.locked, l.cancelled,
        l.archived, l.details,
        l.created_at, l.updated_at
        """;

    private const string UsesSql =
        "select l.product_id, l.variants from catalog.project_lines l where l.tenant_id = $1 and l.product_id = any($2)";

    /// <summary>In the order of creation.</summary>
    public async Task<IReadOnlyList<ProjectLine>> List(string tenant, long project, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            $"select {Columns} from catalog.project_lines l where l.tenant_id = $1 and l.project = $2 order by l.id")
            .With(Sql.Text(tenant), Sql.Long(project));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var lines = new List<ProjectLine>();
        while (await reader.ReadAsync(cancellationToken))
        {
            lines.Add(Read(reader));
        }

        return lines;
    }

    /// <summary>A line of a project: by id, else by source id, else by name; of several the one not archived, then the oldest.</summary>
    public async Task<ProjectLine?> Find(string tenant, long project, string key, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            $"""
             select {Columns} from catalog.project_lines l
             where l.tenant_id = $1 and l.project = $2 and (l.id = $4 or l.source_id = $3 or l.name = $3)
             order by l.id = $4 desc nulls last, l.source_id is not distinct from $3 desc, l.archived, l.id limit 1
             """).With(Sql.Text(tenant), Sql.Long(project), Sql.Text(key), Sql.Long(Settings.References.NumberOf(key)));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? Read(reader) : null;
    }

    /// <summary>Which of the products, and of their variants, are in use by any line.</summary>
    public static Query<ProductUses> Uses(string tenant, IReadOnlyCollection<Guid> products) =>
        new(UsesSql, [Sql.Text(tenant), Sql.Uuids(products)], ReadUses);

    /// <summary>
    /// As <see cref="Uses(string, IReadOnlyCollection{Guid})"/>, for products whose streams the session has locked: no line comes
    /// in between.
    /// </summary>
    public static async Task<ProductUses> Uses(
        EventSession session, IReadOnlyCollection<Guid> products, CancellationToken cancellationToken)
    {
        await using var batch = await session.Batch(cancellationToken);
        batch.Add(UsesSql, Sql.Text(session.Tenant), Sql.Uuids(products));
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        return await ReadUses(reader, cancellationToken);
    }

    /// <summary>
    /// Adds a line for a product whose stream the session has locked, or is about to start; durable with the session's changes.
    /// </summary>
    /// <param name="draft">Its id and times are ignored.</param>
    public static async Task<(ProjectLine? Created, Refusal? Refusal)> Create(
        EventSession session, ProjectLine draft, CancellationToken cancellationToken)
    {
        if (draft.Check() is { } refusal)
        {
            return (null, refusal);
        }

        await using var batch = await session.Batch(cancellationToken);
        batch.Add(
            $"""
             insert into catalog.project_lines as l
                 (tenant_id, project, product_id, name, source_id, reference, start_at, deliver_at, locked, cancelled, archived,
                 variants, details)
             select $1, p.id, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13 from catalog.projects p where p.tenant_id = $1
                 and p.id = $2 for key share
             returning {Columns}
             """,
            [Sql.Text(session.Tenant), Sql.Long(draft.Project), Sql.Uuid(draft.Product), .. Values(draft)]);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? (Read(reader), null) : (null, new Refusal("project_unknown", "does not exist"));
    }

    /// <summary>Changes a line whose product's stream the session has locked; its project and product stay.</summary>
    /// <returns>Neither a line nor a refusal when there is no such line.</returns>
    public static async Task<(ProjectLine? Changed, Refusal? Refusal)> Change(
        EventSession session, long id, Func<ProjectLine, ProjectLine> change, CancellationToken cancellationToken)
    {
        ProjectLine before;
        await using (var batch = await session.Batch(cancellationToken))
        {
            batch.Add(
                $"select {Columns} from catalog.project_lines l where l.tenant_id = $1 and l.id = $2 for no key update",
                Sql.Text(session.Tenant), Sql.Long(id));
            await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
            if (!await reader.ReadAsync(cancellationToken))
            {
                return (null, null);
            }

            before = Read(reader);
        }

        var after = change(before);
        if (after.Check() is { } refusal)
        {
            return (null, refusal);
        }

        if (after.SameAs(before))
        {
            return (before, null);
        }

        await using var update = await session.Batch(cancellationToken);
        update.Add(
            $"""
             update catalog.project_lines l
             set name = $3, source_id = $4, reference = $5, start_at = $6, deliver_at = $7, locked = $8, cancelled = $9, archived = $10,
                 variants = $11, details = $12,
                 updated_at = clock_timestamp()
             where l.tenant_id = $1 and l.id = $2
             returning {Columns}
             """,
            [Sql.Text(session.Tenant), Sql.Long(id), .. Values(after)]);
        await using var changed = await update.ExecuteReaderAsync(cancellationToken);
        return await changed.ReadAsync(cancellationToken) ? (Read(changed), null) : (null, null);
    }

    /// <returns>False when there is no such line.</returns>
    public async Task<bool> Delete(string tenant, long id, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("delete from catalog.project_lines where tenant_id = $1 and id = $2")
            .With(Sql.Text(tenant), Sql.Long(id));
        return await command.ExecuteNonQueryAsync(cancellationToken) > 0;
    }

    private static async Task<ProductUses> ReadUses(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        var (products, variants) = (new HashSet<Guid>(), new HashSet<long>());
        while (await reader.ReadAsync(cancellationToken))
        {
            products.Add(reader.GetGuid(0));
            variants.UnionWith(reader.GetFieldValue<long[]>(1));
        }

        return new ProductUses(products, variants);
    }

    private static NpgsqlParameter[] Values(ProjectLine line) =>
    [
        Sql.Text(line.Name), Sql.Text(line.SourceId), Sql.Text(line.Reference), Date(line.StartAt), Date(line.DeliverAt),
        Sql.Bool(line.Locked), Sql.Bool(line.Cancelled),
        Sql.Bool(line.Archived), Sql.Longs(line.Variants.Distinct().Order()), Sql.Jsonb(JsonSerializer.SerializeToUtf8Bytes(line.Details)),
    ];

    private static NpgsqlParameter Date(DateOnly? value) =>
        new() { Value = value is { } v ? v : DBNull.Value, NpgsqlDbType = NpgsqlDbType.Date };

    private static ProjectLine Read(NpgsqlDataReader reader) => new(
        reader.GetInt64(0), reader.GetInt64(1), reader.GetGuid(2), reader.GetFieldValue<long[]>(3), reader.GetString(4),
        reader.IsDBNull(5) ? null : reader.GetString(5), reader.IsDBNull(6) ? null : reader.GetString(6), reader.GetFieldValue<DateOnly>(7),
        reader.IsDBNull(8) ? null : reader.GetFieldValue<DateOnly>(8), reader.GetBoolean(9), reader.GetBoolean(10), reader.GetBoolean(11),
        JsonSerializer.Deserialize<Dictionary<string, string>>(reader.GetFieldValue<byte[]>(12))!,
        reader.GetFieldValue<DateTimeOffset>(13), reader.GetFieldValue<DateTimeOffset>(14));
}
