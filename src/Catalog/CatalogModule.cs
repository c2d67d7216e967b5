using Npgsql;
using PixeeEvents.EventSourcing;

namespace PixeeEvents.Catalog;

/// <summary>A category; roots have no parent and level 0.</summary>
public sealed record Category(Guid Id, string Name, string Slug, Guid? ParentId, int Level, int SortOrder);

/// <summary>Products, their keys, and categories. Streams: <c>product</c>.</summary>
public sealed class CatalogModule(NpgsqlDataSource dataSource)
{
    public static void Register(EventTypes.Builder types) => types
        .Add<ProductRegistered>("product_registered")
        .Add<ProductDetailsChanged>("product_details_changed")
        .Add<ProductActivated>("product_activated")
        .Add<ProductDeactivated>("product_deactivated")
        .Add<ProductDestroyed>("product_destroyed");

    /// <summary>
    /// Lets one writer at a time give out keys in a company. Whoever may register a product or change an EAN or a reference holds
    /// this first, so that nobody else's answer to "who owns this key" changes under its hands.
    /// </summary>
    public static async Task HoldKeys(EventSession session, CancellationToken cancellationToken)
    {
        await using var batch = session.Batch();
        batch.Add("select pg_advisory_xact_lock(hashtextextended('catalog.product_keys ' || $1, 0))", Sql.Text(session.Tenant));
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>
    /// Finds products by keys of one or both kinds and locks their streams, in id order. The lock of the product's stream guards
    /// its stock and price streams too.
    /// </summary>
    public static async Task<Dictionary<(string Kind, string Key), Guid>> Lock(
        EventSession session, IReadOnlyCollection<(string Kind, string Key)> keys, CancellationToken cancellationToken)
    {
        await using var batch = session.LockingBatch();
        AddLock(batch, session.Tenant, keys);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        return await ReadOwners(reader, keys.Count, cancellationToken);
    }

    /// <summary>As <see cref="Lock"/> for few keys, and the products found, in one round trip.</summary>
    public static async Task<(Dictionary<(string Kind, string Key), Guid> Owners, IReadOnlyDictionary<Guid, EventStream<Product>> Products)> LockAndFetch(
        EventSession session, IReadOnlyCollection<(string Kind, string Key)> keys, CancellationToken cancellationToken)
    {
        Dictionary<(string Kind, string Key), Guid> owners;
        if (session.IsAfterConflict)
        {
            owners = await Lock(session, keys, cancellationToken);
            return (owners, await Products(session, [.. owners.Values.Distinct()], cancellationToken));
        }

        await using var batch = session.LockingBatch();
        AddLock(batch, session.Tenant, keys);
        EventSession.AddFetch(
            batch, Product.Aggregate,
            "select distinct k.product_id from unnest($2::text[], $3::text[]) as i(kind, key) join catalog.product_keys k on k.tenant_id = $1 and k.kind = i.kind and k.key = i.key",
            Parameters(session.Tenant, keys));
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        owners = await ReadOwners(reader, keys.Count, cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        return (owners, await session.ReadFetched(Product.Aggregate, reader, cancellationToken));
    }

    private static void AddLock(NpgsqlBatch batch, string tenant, IReadOnlyCollection<(string Kind, string Key)> keys) => batch.Add(
        """
        select k.kind, k.key, s.id
        from mt_streams s
        join catalog.product_keys k on s.id = k.product_id
        join unnest($2::text[], $3::text[]) as i(kind, key) on k.kind = i.kind and k.key = i.key
        where s.tenant_id = $1 and k.tenant_id = $1
        order by s.id for update of s
        """,
        Parameters(tenant, keys));

    private static NpgsqlParameter[] Parameters(string tenant, IReadOnlyCollection<(string Kind, string Key)> keys) =>
        [Sql.Text(tenant), Sql.Texts(keys.Select(k => k.Kind)), Sql.Texts(keys.Select(k => k.Key))];

    private static async Task<Dictionary<(string Kind, string Key), Guid>> ReadOwners(NpgsqlDataReader reader, int count, CancellationToken cancellationToken)
    {
        var owners = new Dictionary<(string, string), Guid>(count);
        while (await reader.ReadAsync(cancellationToken))
        {
            owners[(reader.GetString(0), reader.GetString(1))] = reader.GetGuid(2);
        }

        return owners;
    }

    /// <summary>The streams of products that the session has locked, or of new ones.</summary>
    public static Task<IReadOnlyDictionary<Guid, EventStream<Product>>> Products(
        EventSession session, IReadOnlyCollection<Guid> products, CancellationToken cancellationToken) =>
        session.Fetch(Product.Aggregate, products, cancellationToken);

    /// <summary>All categories of a company by level, then display order, then name.</summary>
    public async Task<IReadOnlyList<Category>> Categories(string tenant, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            "select id, name, slug, parent_id, level, sort_order from catalog.categories where tenant_id = $1 order by level, sort_order, name, id")
            .With(Sql.Text(tenant));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var categories = new List<Category>();
        while (await reader.ReadAsync(cancellationToken))
        {
            categories.Add(new Category(
                reader.GetGuid(0), reader.GetString(1), reader.GetString(2), reader.IsDBNull(3) ? null : reader.GetGuid(3), reader.GetInt32(4), reader.GetInt32(5)));
        }

        return categories;
    }

    /// <summary>Adds a category below a parent (by slug), or renames and reorders the existing one of that slug.</summary>
    /// <returns>False when there is no such parent.</returns>
    public async Task<bool> PutCategory(string tenant, string name, string slug, string? parentSlug, int sortOrder, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            """
            insert into catalog.categories (tenant_id, id, name, slug, parent_id, level, sort_order)
            select $1, $2, $3, $4, p.id, coalesce(p.level + 1, 0), $6
            from (select) one left join catalog.categories p on p.tenant_id = $1 and p.slug = $5
            where $5::text is null or p.id is not null
            on conflict on constraint categories_one_per_slug do update set name = excluded.name, sort_order = excluded.sort_order
            """)
            .With(Sql.Text(tenant), Sql.Uuid(Guid.CreateVersion7()), Sql.Text(name), Sql.Text(slug), Sql.Text(parentSlug),
                new NpgsqlParameter { Value = sortOrder, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Integer });
        return await command.ExecuteNonQueryAsync(cancellationToken) > 0;
    }
}
