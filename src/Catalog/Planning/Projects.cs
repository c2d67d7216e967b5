using System.Text.Json;
using Npgsql;
using PixeeEvents.Catalog.Settings;
using PixeeEvents.EventLog;

namespace PixeeEvents.Catalog.Planning;

/// <summary>The projects of companies.</summary>
public sealed class Projects(NpgsqlDataSource dataSource)
{
    private const string Columns =
        """
        p.id, p.name, p.source_id, p.reference, p.owner, array(select m.member from catalog.project_members m
            where m.tenant_id = p.tenant_id and m.project = p.id order by 1),
        p.season, p.archived, p.details, p.created_at, p.updated_at
        """;

    /// <summary>Holds for <c>p</c> when <c>$2</c> sees all or <c>$3</c> is its owner or a member.</summary>
    private const string Visible =
        """
        ($2 or p.owner = $3 or exists (
            select from catalog.project_members m where m.tenant_id = p.tenant_id and m.project = p.id and m.member = $3))
        """;

    /// <summary>The newest first.</summary>
    /// <param name="archived">Null for both kinds.</param>
    public async Task<(IReadOnlyList<Project> Projects, long Total)> List(
        string tenant, Viewer viewer, bool? archived, long offset, int limit, CancellationToken cancellationToken)
    {
        const string chosen = $"from catalog.projects p where p.tenant_id = $1 and {Visible} and ($4::boolean is null or p.archived = $4)";
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection);
        batch.Add($"select count(*) {chosen}", [.. Who(tenant, viewer), Flag(archived)]);
        batch.Add(
            $"select {Columns} {chosen} order by p.id desc offset $5 limit $6",
            [.. Who(tenant, viewer), Flag(archived), Sql.Long(offset), Sql.Long(limit)]);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var total = reader.GetInt64(0);
        await reader.NextResultAsync(cancellationToken);
        var projects = new List<Project>();
        while (await reader.ReadAsync(cancellationToken))
        {
            projects.Add(Read(reader));
        }

        return (projects, total);
    }

    /// <summary>
    /// A project that the viewer sees: by id, else by source id, else by name; of several the one not archived, then the oldest.
    /// </summary>
    public async Task<Project?> Find(string tenant, Viewer viewer, string key, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            $"""
             select {Columns} from catalog.projects p where p.tenant_id = $1 and {Visible} and (p.id = $5 or p.source_id = $4
                 or p.name = $4)
             order by p.id = $5 desc nulls last, p.source_id is not distinct from $4 desc, p.archived, p.id limit 1
             """).With([.. Who(tenant, viewer), Sql.Text(key), Sql.Long(Settings.References.NumberOf(key))]);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? Read(reader) : null;
    }

    /// <summary>The last three projects that the viewer sees and that have a line with a product: the newest line first.</summary>
    /// <returns>By product; products without such a project are missing.</returns>
    public static Query<IReadOnlyDictionary<Guid,
    IReadOnlyList<(long Id, string Name)>>> LastOf(string tenant, Viewer viewer, IReadOnlyCollection<Guid> products) => new(
        $"""
         select i.product_id, x.id, x.name
         from unnest($4::uuid[]) as i(product_id)
         cross join lateral (
             select p.id, p.name, max(l.id) as newest
             from catalog.project_lines l join catalog.projects p on p.tenant_id = l.tenant_id and p.id = l.project
             where l.tenant_id = $1 and l.product_id = i.product_id and {Visible}
             group by p.id, p.name order by newest desc limit 3
         ) x
         order by i.product_id, x.newest desc
         """,
        [.. Who(tenant, viewer), Sql.Uuids(products.Distinct())],
        ReadLast);

    private static async Task<IReadOnlyDictionary<Guid,
    IReadOnlyList<(long Id, string Name)>>> ReadLast(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        var last = new Dictionary<Guid, IReadOnlyList<(long, string)>>();
        while (await reader.ReadAsync(cancellationToken))
        {
            var product = reader.GetGuid(0);
            if (!last.TryGetValue(product, out var projects))
            {
                last.Add(product, projects = new List<(long, string)>());
            }

            ((List<(long, string)>)projects).Add((reader.GetInt64(1), reader.GetString(2)));
        }

        return last;
    }

    /// <summary>Adds a project; id and times of <paramref name="draft"/> are ignored.</summary>
    public async Task<(Project? Created, Refusal? Refusal)> Create(string tenant, Project draft, CancellationToken cancellationToken)
    {
        if (draft.Check() is { } refusal)
        {
            return (null, refusal);
        }

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var insert = new NpgsqlCommand(
            """
            insert into catalog.projects (tenant_id, name, source_id, reference, owner, season, archived, details)
            values ($1, $2, $3, $4, $5, $6, $7, $8) returning id
            """,
            connection).With([Sql.Text(tenant), .. Values(draft)]);
        try
        {
            var id = (long)(await insert.ExecuteScalarAsync(cancellationToken))!;
            await PutMembers(connection, tenant, id, draft.Members, cancellationToken);
            var created = await Find(connection, tenant, id, "", cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            return (created, null);
        }
        catch (PostgresException e) when (RefusalOf(e) is { } no)
        {
            return (null, no);
        }
    }

    /// <summary>Changes a project under its lock. The same values again leave it as it was, its time of update included.</summary>
    /// <returns>Neither a project nor a refusal when there is no such project.</returns>
    public async Task<(Project? Changed, Refusal? Refusal)> Change(
        string tenant, long id, Func<Project, Project> change, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (await Find(connection, tenant, id, "for no key update of p", cancellationToken) is not { } before)
        {
            return (null, null);
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

        await using var update = new NpgsqlCommand(
            """
            update catalog.projects
            set name = $3, source_id = $4, reference = $5, owner = $6, season = $7, archived = $8, details = $9,
                updated_at = clock_timestamp()
            where tenant_id = $1 and id = $2
            """,
            connection).With([Sql.Text(tenant), Sql.Long(id), .. Values(after)]);
        try
        {
            await update.ExecuteNonQueryAsync(cancellationToken);
            await PutMembers(connection, tenant, id, after.Members, cancellationToken);
            var changed = await Find(connection, tenant, id, "", cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            return (changed, null);
        }
        catch (PostgresException e) when (RefusalOf(e) is { } no)
        {
            return (null, no);
        }
    }

    /// <summary>Deletes a project without lines.</summary>
    /// <returns>Neither deleted nor refused when there is no such project.</returns>
    public async Task<(bool Deleted, Refusal? Refusal)> Delete(string tenant, long id, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("delete from catalog.projects where tenant_id = $1 and id = $2")
            .With(Sql.Text(tenant), Sql.Long(id));
        try
        {
            return (await command.ExecuteNonQueryAsync(cancellationToken) > 0, null);
        }
        catch (PostgresException e) when (
            e is { SqlState: PostgresErrorCodes.ForeignKeyViolation, ConstraintName: "project_lines_of_a_project" })
        {
            return (false, new Refusal("in_use", "The project has lines."));
        }
    }

    private static NpgsqlParameter[] Who(string tenant, Viewer viewer) =>
        [Sql.Text(tenant), Sql.Bool(viewer.SeesAll), Sql.Long(viewer.User)];

    private static NpgsqlParameter Flag(bool? value) =>
        new() { Value = value is { } v ? v : DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Boolean };

    private static NpgsqlParameter[] Values(Project project) =>
    [
        Sql.Text(project.Name), Sql.Text(project.SourceId), Sql.Text(project.Reference), Sql.Long(project.Owner), Sql.Long(project.Season),
        Sql.Bool(project.Archived), Sql.Jsonb(JsonSerializer.SerializeToUtf8Bytes(project.Details)),
    ];

    private static Refusal? RefusalOf(PostgresException e) => e.ConstraintName switch
    {
        "projects_one_per_reference" => new Refusal("reference_taken", "has already been taken"),
        "projects_of_a_season" => new Refusal("season_unknown", "does not exist"),
        _ => null,
    };

    private static async Task PutMembers(
        NpgsqlConnection connection, string tenant, long id, IReadOnlyList<long> members, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection)
            .Add(
                "delete from catalog.project_members where tenant_id = $1 and project = $2 and member <> all($3)", Sql.Text(tenant),
                Sql.Long(id), Sql.Longs(members))
            .Add(
                """
                insert into catalog.project_members (tenant_id, project, member)
                select $1, $2, i from unnest($3::bigint[]) i on conflict do nothing
                """,
                Sql.Text(tenant), Sql.Long(id), Sql.Longs(members));
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task<Project?> Find(
        NpgsqlConnection connection, string tenant, long id, string locked, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            $"select {Columns} from catalog.projects p where p.tenant_id = $1 and p.id = $2 {locked}", connection)
            .With(Sql.Text(tenant), Sql.Long(id));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? Read(reader) : null;
    }

    private static Project Read(NpgsqlDataReader reader) => new(
        reader.GetInt64(0), reader.GetString(1), reader.IsDBNull(2) ? null : reader.GetString(2),
        reader.IsDBNull(3) ? null : reader.GetString(3),
        reader.GetInt64(4), reader.GetFieldValue<long[]>(5), reader.IsDBNull(6) ? null : reader.GetInt64(6), reader.GetBoolean(7),
        JsonSerializer.Deserialize<Dictionary<string, string>>(reader.GetFieldValue<byte[]>(8))!,
        reader.GetFieldValue<DateTimeOffset>(9), reader.GetFieldValue<DateTimeOffset>(10));
}
