using System.Globalization;
using System.Text;
using Npgsql;
using NpgsqlTypes;
using PixeeEvents.Catalog.Products;
using PixeeEvents.Catalog.Values;
using PixeeEvents.EventLog;

namespace PixeeEvents.Catalog.Settings;

/// <summary>A category; roots have no parent and level 0. The number identifies it as the id does, for callers that count.</summary>
public sealed record Category(
    Guid Id, long Number, string? SourceId, string Name, string Slug, Guid? ParentId, long? ParentNumber, int Level, int SortOrder);

/// <summary>What a caller says of a category.</summary>
/// <param name="SortOrder">Null puts a new category behind its siblings.</param>
public sealed record CategoryDraft(string Name, string? SourceId = null, long? Parent = null, int? SortOrder = null);

/// <summary>The category trees of companies. A name is unique among siblings, whatever the case.</summary>
public sealed class CategoryTree(NpgsqlDataSource dataSource)
{
    public const int MinName = 2;
    public const int MaxName = 64;
    private const int MaxSourceId = 255;

    private const string Columns = "c.id, c.number, c.source_id, c.name, c.slug, c.parent_id, p.number, c.level, c.sort_order";

    private const string From = "catalog.categories c left join catalog.categories p on p.tenant_id = c.tenant_id and p.id = c.parent_id";

    /// <summary>The categories of <c>$2</c> and all their ancestors.</summary>
    private const string BranchesSql =
        $"""
         with recursive branch as (
             select b.tenant_id, b.id, b.parent_id from catalog.categories b where b.tenant_id = $1 and b.number = any($2)
             union
             select a.tenant_id, a.id, a.parent_id from branch b join catalog.categories a on a.tenant_id = b.tenant_id
                 and a.id = b.parent_id
         )
         select {Columns} from {From} join branch b on b.tenant_id = c.tenant_id and b.id = c.id order by c.level, c.sort_order, c.name,
             c.id
         """;

    /// <summary>Categories by number, and all their ancestors.</summary>
    public static Query<IReadOnlyList<Category>> Branches(string tenant, IReadOnlyCollection<long> numbers) =>
        new(BranchesSql, [Sql.Text(tenant), Sql.Longs(numbers)], ReadAll);

    /// <summary>All categories of a company by level, then display order, then name.</summary>
    public async Task<IReadOnlyList<Category>> List(string tenant, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            $"select {Columns} from {From} where c.tenant_id = $1 order by c.level, c.sort_order, c.name, c.id")
            .With(Sql.Text(tenant));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await ReadAll(reader, cancellationToken);
    }

    /// <summary>A category with its ancestors, root first; empty when there is no such category.</summary>
    public Task<IReadOnlyList<Category>> Path(string tenant, long number, CancellationToken cancellationToken) =>
        Branches(tenant, [number]).Run(dataSource, cancellationToken);

    /// <summary>
    /// Numbers of categories named by number or name; a name that several share is refused. See <see cref="References"/>.
    /// </summary>
    public static Task<IReadOnlyDictionary<string,
    Reference>> Resolve(EventSession session, IReadOnlyCollection<string> keys, CancellationToken cancellationToken) =>
        References.Resolve(session, "catalog.categories", "number", ["name"], "category", keys, cancellationToken);

    /// <summary>The number of the category that a number or a name stands for.</summary>
    public Task<Reference> Find(string tenant, string key, CancellationToken cancellationToken) =>
        References.Find(dataSource, tenant, "catalog.categories", "number", ["name"], "category", key, cancellationToken);

    public async Task<(Category? Created, Refusal? Refusal)> Create(string tenant, CategoryDraft draft, CancellationToken cancellationToken)
    {
        if (Check(draft) is { } refusal)
        {
            return (null, refusal);
        }

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await Begin(connection, tenant, cancellationToken);
        Category? parent = null;
        if (draft.Parent is { } number && (parent = await Find(connection, tenant, number, "", cancellationToken)) is null)
        {
            return (null, NoSuchParent);
        }

        await using var insert = new NpgsqlCommand(
            """
            insert into catalog.categories (tenant_id, id, source_id, name, slug, parent_id, level, sort_order)
            values ($1, $2, $3, $4, $5, $6, $7, coalesce($8, (
                select coalesce(max(s.sort_order), 0) + 1 from catalog.categories s where s.tenant_id = $1 and s.parent_id is not distinct
                    from $6)))
            returning number
            """,
            connection).With(
                Sql.Text(tenant), Sql.Uuid(Guid.CreateVersion7()), Sql.Text(draft.SourceId), Sql.Text(draft.Name),
                Sql.Text(await FreeSlug(connection, tenant, draft.Name, cancellationToken)), Uuid(parent?.Id), Int(parent?.Level + 1 ?? 0),
                Int(draft.SortOrder));
        try
        {
            var created = await Find(
                connection, tenant, (long)(await insert.ExecuteScalarAsync(cancellationToken))!, "", cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            return (created, null);
        }
        catch (PostgresException e) when (IsNameTaken(e))
        {
            return (null, NameTaken);
        }
    }

    /// <summary>Renames or moves a category with its branch; the slug stays.</summary>
    /// <returns>Neither a category nor a refusal when there is no such category.</returns>
    public async Task<(Category? Changed, Refusal? Refusal)> Change(
        string tenant, long number, Func<CategoryDraft, CategoryDraft> change, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await Begin(connection, tenant, cancellationToken);
        if (await Find(connection, tenant, number, "", cancellationToken) is not { } before)
        {
            return (null, null);
        }

        var draft = change(new CategoryDraft(before.Name, before.SourceId, before.ParentNumber, before.SortOrder));
        var path = draft.Parent is { } parent ? await Path(connection, tenant, parent, cancellationToken) : [];
        var refusal = Check(draft)
            ?? (draft.Parent is not null && path.Count == 0 ? NoSuchParent
                : path.Any(c => c.Number == number) ? new Refusal("parent_below", "lies below the category itself")
                : null);
        if (refusal is not null)
        {
            return (null, refusal);
        }

        await using var update = new NpgsqlBatch(connection)
            .Add(
                """
                update catalog.categories set name = $3, source_id = $4, parent_id = $5, sort_order = $6
                where tenant_id = $1 and number = $2
                """,
                Sql.Text(tenant), Sql.Long(number), Sql.Text(draft.Name), Sql.Text(draft.SourceId),
                Uuid(path.Count == 0 ? null : path[^1].Id), Int(draft.SortOrder ?? before.SortOrder))
            .Add(
                """
                with recursive branch as (
                    select c.id from catalog.categories c where c.tenant_id = $1 and c.number = $2 and $3 <> 0
                    union all
                    select c.id from branch b join catalog.categories c on c.tenant_id = $1 and c.parent_id = b.id
                )
                update catalog.categories c set level = c.level + $3 from branch b where c.tenant_id = $1 and c.id = b.id
                """,
                Sql.Text(tenant), Sql.Long(number), Int(path.Count - before.Level));
        try
        {
            await update.ExecuteNonQueryAsync(cancellationToken);
            var changed = await Find(connection, tenant, number, "", cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            return (changed, null);
        }
        catch (PostgresException e) when (IsNameTaken(e))
        {
            return (null, NameTaken);
        }
    }

    /// <summary>Deletes a category without children that nothing uses.</summary>
    /// <returns>Neither deleted nor refused when there is no such category.</returns>
    public async Task<(bool Deleted, Refusal? Refusal)> Delete(string tenant, long number, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await Begin(connection, tenant, cancellationToken);
        if (await Find(connection, tenant, number, "for update of c", cancellationToken) is not { } category)
        {
            return (false, null);
        }

        await using var uses = new NpgsqlCommand(
            $"""
            select case
                when exists (select from catalog.categories where tenant_id = $1 and parent_id = $3) then 'has categories below it'
                when exists (select from catalog.sizesets where tenant_id = $1 and category = $2) then 'is in use by a size set'
                when {InUse.ByProducts(ProductFields.Category)} then 'is in use by a product'
            end
            """,
            connection).With(Sql.Text(tenant), Sql.Long(number), Sql.Uuid(category.Id));
        if (await uses.ExecuteScalarAsync(cancellationToken) is string use)
        {
            return (false, new Refusal("in_use", $"The category '{category.Name}' {use}."));
        }

        await using var delete = new NpgsqlCommand("delete from catalog.categories where tenant_id = $1 and number = $2", connection)
            .With(Sql.Text(tenant), Sql.Long(number));
        await delete.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return (true, null);
    }

    /// <summary>Adds a category below a parent (by slug), or renames and reorders the existing one of that slug.</summary>
    public async Task<Refusal?> Put(
        string tenant, string name, string slug, string? parentSlug, int sortOrder, CancellationToken cancellationToken)
    {
        if (Check(new CategoryDraft(name)) is { } refusal)
        {
            return refusal;
        }

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await Begin(connection, tenant, cancellationToken);
        await using var put = new NpgsqlCommand(
            """
            insert into catalog.categories (tenant_id, id, name, slug, parent_id, level, sort_order)
            select $1, $2, $3, $4, p.id, coalesce(p.level + 1, 0), $6
            from (select) one left join catalog.categories p on p.tenant_id = $1 and p.slug = $5
            where $5::text is null or p.id is not null
            on conflict on constraint categories_one_per_slug do update set name = excluded.name, sort_order = excluded.sort_order
            """,
            connection).With(
                Sql.Text(tenant), Sql.Uuid(Guid.CreateVersion7()), Sql.Text(name), Sql.Text(slug), Sql.Text(parentSlug), Int(sortOrder));
        try
        {
            var rows = await put.ExecuteNonQueryAsync(cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            return rows > 0 ? null : NoSuchParent;
        }
        catch (PostgresException e) when (IsNameTaken(e))
        {
            return NameTaken;
        }
    }

    private static async Task<IReadOnlyList<Category>> ReadAll(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        var categories = new List<Category>();
        while (await reader.ReadAsync(cancellationToken))
        {
            categories.Add(Read(reader));
        }

        return categories;
    }

    /// <summary>A short name in plain letters, digits and dashes.</summary>
    internal static string SlugOf(string name)
    {
        var slug = new StringBuilder(name.Length);
        foreach (var c in TextForm.Decomposed(name).ToLowerInvariant())
        {
            if (char.IsAsciiLetterOrDigit(c))
            {
                slug.Append(c);
            }
            else if (CharUnicodeInfo.GetUnicodeCategory(c) != UnicodeCategory.NonSpacingMark && slug is [.., not '-'])
            {
                slug.Append('-');
            }
        }

        return slug.ToString().Trim('-') is { Length: > 0 } text ? text : "category";
    }

    private static Refusal NoSuchParent { get; } = new("parent_unknown", "does not exist");

    private static Refusal NameTaken { get; } = new("name_taken", "has already been taken under the same parent");

    private static Refusal? Check(CategoryDraft draft) =>
        draft.Name.Length is < MinName or > MaxName ? new Refusal("name_length", $"has {MinName} to {MaxName} characters")
        : draft.SourceId is { Length: 0 or > MaxSourceId } ? new Refusal("source_id_length", $"has 1 to {MaxSourceId} characters")
        : null;

    private static bool IsNameTaken(PostgresException e) =>
        e is { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "categories_one_name_among_siblings" };

    /// <summary>One writer of a company's tree at a time: moves cannot tie it in a knot, and a free slug stays free.</summary>
    private static async Task<NpgsqlTransaction> Begin(NpgsqlConnection connection, string tenant, CancellationToken cancellationToken)
    {
        var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var held = new NpgsqlCommand(
            "select pg_advisory_xact_lock(hashtextextended('catalog.categories ' || $1, 0))", connection).With(Sql.Text(tenant));
        await held.ExecuteNonQueryAsync(cancellationToken);
        return transaction;
    }

    private static async Task<Category?> Find(
        NpgsqlConnection connection, string tenant, long number, string locked, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            $"select {Columns} from {From} where c.tenant_id = $1 and c.number = $2 {locked}", connection)
            .With(Sql.Text(tenant), Sql.Long(number));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? Read(reader) : null;
    }

    private static async Task<IReadOnlyList<Category>> Path(
        NpgsqlConnection connection, string tenant, long number, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(BranchesSql, connection).With(Sql.Text(tenant), Sql.Longs([number]));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await ReadAll(reader, cancellationToken);
    }

    private static async Task<string> FreeSlug(NpgsqlConnection connection, string tenant, string name, CancellationToken cancellationToken)
    {
        var slug = SlugOf(name);
        await using var command = new NpgsqlCommand(
            """
            select c.slug from (select $2 as slug, 1 as n union all select $2 || '-' || n, n from generate_series(2, (
                select count(*) + 2 from catalog.categories where tenant_id = $1 and (slug = $2 or starts_with(slug, $2 || '-')))) n) c
            where not exists (select from catalog.categories t where t.tenant_id = $1 and t.slug = c.slug)
            order by c.n limit 1
            """,
            connection).With(Sql.Text(tenant), Sql.Text(slug));
        return (string)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private static Category Read(NpgsqlDataReader reader) => new(
        reader.GetGuid(0), reader.GetInt64(1), reader.IsDBNull(2) ? null : reader.GetString(2), reader.GetString(3), reader.GetString(4),
        reader.IsDBNull(5) ? null : reader.GetGuid(5), reader.IsDBNull(6) ? null : reader.GetInt64(6), reader.GetInt32(7),
        reader.GetInt32(8));

    private static NpgsqlParameter Int(int? value) =>
        new() { Value = value is { } v ? v : DBNull.Value, NpgsqlDbType = NpgsqlDbType.Integer };

    private static NpgsqlParameter Uuid(Guid? value) =>
        new() { Value = value is { } v ? v : DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid };
}
