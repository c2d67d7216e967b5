using System.Globalization;
using Marten;
using Npgsql;
using PixeeEvents.Catalog.Files;
using PixeeEvents.Catalog.Planning;
using PixeeEvents.Catalog.Products;
using PixeeEvents.Catalog.Settings;
using PixeeEvents.EventLog;

namespace PixeeEvents.Catalog;

public static class CatalogStore
{
    public static void AddCatalog(this StoreOptions options)
    {
        options.AddAggregate(
            Product.Aggregate,
            ("product_registered", typeof(ProductRegistered)),
            ("product_details_changed", typeof(ProductDetailsChanged)),
            ("product_activated", typeof(ProductActivated)),
            ("product_deactivated", typeof(ProductDeactivated)),
            ("product_archived", typeof(ProductArchived)),
            ("product_unarchived", typeof(ProductUnarchived)),
            ("product_cancelled", typeof(ProductCancelled)),
            ("product_uncancelled", typeof(ProductUncancelled)),
            ("product_showcased", typeof(ProductShowcased)),
            ("product_unshowcased", typeof(ProductUnshowcased)),
            ("product_liked", typeof(ProductLiked)),
            ("product_unliked", typeof(ProductUnliked)),
            ("variant_added", typeof(VariantAdded)),
            ("variant_changed", typeof(VariantChanged)),
            ("variant_removed", typeof(VariantRemoved)),
            ("product_destroyed", typeof(ProductDestroyed)),
            ("image_set", typeof(ImageSet)),
            ("image_removed", typeof(ImageRemoved)),
            ("attachment_added", typeof(AttachmentAdded)),
            ("attachment_version_added", typeof(AttachmentVersionAdded)),
            ("attachment_renamed", typeof(AttachmentRenamed)),
            ("attachment_removed", typeof(AttachmentRemoved)));
        options.AddRows(new ProductKeys(), new ServedFiles(), new AttachmentRows());
    }
}

/// <summary>Products and their keys, what they are described with, and the projects that use them. Streams: <c>product</c>.</summary>
public sealed class CatalogModule(NpgsqlDataSource dataSource)
{
    private const string HoldSql = "select pg_advisory_xact_lock(hashtextextended('catalog.product_keys ' || $1, 0))";

    private const string OwnersSql =
        """
        select k.kind, k.key, k.product_id, k.twin, k.spelling from unnest($2::text[], $3::text[]) as i(kind, key)
        join catalog.product_keys k on k.tenant_id = $1 and k.kind = i.kind and k.key = i.key
        """;

    public CategoryTree Categories { get; } = new(dataSource);

    public CustomFields CustomFields { get; } = new(dataSource);

    public ProductStatuses Statuses { get; } = new(dataSource);

    public Seasons Seasons { get; } = new(dataSource);

    public Sizesets Sizesets { get; } = new(dataSource);

    public Projects Projects { get; } = new(dataSource);

    public ProjectLines ProjectLines { get; } = new(dataSource);


    /// <summary>
    /// Lets one writer at a time give out keys in a company. Whoever may register a product or change an EAN or a reference holds
    /// this first, so that nobody else's answer to "who owns this key" changes under its hands.
    /// </summary>
    public static async Task HoldKeys(EventSession session, CancellationToken cancellationToken)
    {
        await using var batch = await session.Batch(cancellationToken);
        batch.Add(HoldSql, Sql.Text(session.Tenant));
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>
    /// As <see cref="HoldKeys"/>, from right before the append draws its numbers: for a writer that has looked its keys up already.
    /// Was one of
    /// them given to somebody else since, the save fails with a violation of <see cref="ProductKeys.OneOwner"/>.
    /// </summary>
    public static void HoldKeysLast(EventSession session) => session.Documents.QueueOperation(
        new SqlQuery(HoldSql, [Sql.Text(session.Tenant)], (_, _, _) => Task.CompletedTask));

    /// <summary>
    /// Finds products by keys of one or both kinds and locks their streams, in id order. The lock of the product's stream guards
    /// its stock and price streams too. An EAN finds its product in any padding.
    /// </summary>
    public static async Task<KeyOwners> Lock(
        EventSession session, IReadOnlyCollection<(string Kind, string Key)> keys, CancellationToken cancellationToken)
    {
        await using var batch = await session.Batch(cancellationToken, locksStreams: true);
        AddLock(batch, session.Tenant, keys);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        return await ReadOwners(reader, keys.Count, cancellationToken);
    }

    /// <summary>
    /// As <see cref="Lock"/> for few keys, and the products found, in one round trip. One is missing when its snapshot is behind its
    /// stream: a session that is opened after a conflict catches up on it.
    /// </summary>
    /// <param name="wait">How long a lock is waited for, here and until the end of the transaction, if not as long as usual.</param>
    public static async Task<(KeyOwners Owners, IReadOnlyDictionary<Guid, EventStream<Product>> Products)> LockAndFetch(
        EventSession session, IReadOnlyCollection<(string Kind, string Key)> keys, CancellationToken cancellationToken,
        TimeSpan? wait = null)
    {
        if (session.IsAfterConflict)
        {
            var owners = await Lock(session, keys, cancellationToken);
            return (owners, await Products(session, owners.Products, cancellationToken));
        }

        var (found, versions) = (new KeyOwners(keys.Count), new Dictionary<Guid, long>());
        await using var batch = await session.Batch(cancellationToken, locksStreams: true);
        if (wait is { } most)
        {
            batch.Add(string.Create(CultureInfo.InvariantCulture, $"set local lock_timeout = {most.TotalMilliseconds:0}"));
        }

        AddLock(batch, session.Tenant, keys);
        var products = await session.Fetch(
            Product.Aggregate, batch,
            """
            select distinct k.product_id from unnest($2::text[], $3::text[]) as i(kind, key)
            join catalog.product_keys k on k.tenant_id = $1 and k.kind = i.kind and k.key = i.key
            """,
            Parameters(session.Tenant, keys), async reader => found = await ReadOwners(reader, keys.Count, cancellationToken, versions),
            cancellationToken);
        return (found, products.Where(p => p.Value.Version == versions.GetValueOrDefault(p.Key)).ToDictionary());
    }

    private static void AddLock(NpgsqlBatch batch, string tenant, IReadOnlyCollection<(string Kind, string Key)> keys) => batch.Add(
        """
        select k.kind, k.key, s.id, k.twin, k.spelling, s.version
        from mt_streams s
        join catalog.product_keys k on s.id = k.product_id
        join unnest($2::text[], $3::text[]) as i(kind, key) on k.kind = i.kind and k.key = i.key
        where s.tenant_id = $1 and k.tenant_id = $1
        order by s.id for update of s
        """,
        Parameters(tenant, keys));

    /// <summary>In the order of their index, where neighbours are found in the same page.</summary>
    private static NpgsqlParameter[] Parameters(string tenant, IReadOnlyCollection<(string Kind, string Key)> keys)
    {
        var stored = keys.Select(k => (k.Kind, Key: ProductKeys.Stored(k.Kind, k.Key))).ToList();
        stored.Sort((a, b) => string.CompareOrdinal(a.Kind, b.Kind) is not 0 and var kind ? kind : string.CompareOrdinal(a.Key, b.Key));
        return [Sql.Text(tenant), Sql.Texts(stored.Select(k => k.Kind)), Sql.Texts(stored.Select(k => k.Key))];
    }

    /// <param name="versions">Takes the versions of the locked streams.</param>
    private static async Task<KeyOwners> ReadOwners(
        NpgsqlDataReader reader, int count, CancellationToken cancellationToken, Dictionary<Guid, long>? versions = null)
    {
        var owners = new KeyOwners(count);
        while (await reader.ReadAsync(cancellationToken))
        {
            var key = reader.GetString(1);
            var owner = new KeyOwner(reader.GetGuid(2), reader.IsDBNull(4) ? key : reader.GetString(4));
            owners.Add(reader.GetString(0), key, reader.GetInt32(3), owner);
            versions?.TryAdd(owner.Product, reader.GetInt64(5));
        }

        return owners;
    }

    /// <summary>Who owns keys now.</summary>
    public static Query<KeyOwners> OwnersOf(string tenant, IReadOnlyCollection<(string Kind, string Key)> keys) =>
        new(OwnersSql, Parameters(tenant, keys), (reader, cancellationToken) => ReadOwners(reader, keys.Count, cancellationToken));

    /// <summary>Who owns keys, for a session that holds the keys: the answer stays true until its end.</summary>
    public static async Task<KeyOwners> Owners(
        EventSession session, IReadOnlyCollection<(string Kind, string Key)> keys, CancellationToken cancellationToken)
    {
        await using var batch = await session.Batch(cancellationToken);
        batch.Add(OwnersSql, Parameters(session.Tenant, keys));
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        return await ReadOwners(reader, keys.Count, cancellationToken);
    }

    /// <summary>The streams of products that the session has locked, or of new ones.</summary>
    public static Task<IReadOnlyDictionary<Guid, EventStream<Product>>> Products(
        EventSession session, IReadOnlyCollection<Guid> products, CancellationToken cancellationToken) =>
        session.Fetch(Product.Aggregate, products, cancellationToken);

    /// <summary>The names of products that the session has locked, in the order of their ids as given.</summary>
    public static async Task<IReadOnlyList<ProductName>> Names(
        EventSession session, IReadOnlyCollection<Guid> products, CancellationToken cancellationToken)
    {
        await using var batch = await session.Batch(cancellationToken);
        batch.Add(
            """
            select i.id, p.data->'Fields'->>'ean', p.data->'Fields'->>'reference'
            from unnest($2::uuid[]) with ordinality as i(id, n) left join mt_doc_product p on p.tenant_id = $1 and p.id = i.id
            order by i.n
            """,
            Sql.Text(session.Tenant), Sql.Uuids(products));
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        var names = new List<ProductName>(products.Count);
        while (await reader.ReadAsync(cancellationToken))
        {
            names.Add(new ProductName(
                reader.GetGuid(0), reader.IsDBNull(1) ? null : reader.GetString(1), reader.IsDBNull(2) ? null : reader.GetString(2)));
        }

        return names;
    }

    /// <summary>
    /// EAN and reference of products as they were right after a position of the log, those of destroyed products included.
    /// </summary>
    /// <remarks>What is today, but for a key that an event after the position changed or freed: that event knows it.</remarks>
    public async Task<IReadOnlyDictionary<Guid, (string? Ean, string? Reference)>> KeysAt(
        string tenant, IReadOnlyCollection<Guid> products, long position, CancellationToken cancellationToken)
    {
        var keys = new Dictionary<Guid, (string? Ean, string? Reference)>(products.Count);
        await using var command = dataSource.CreateCommand(
            """
            select i.id,
                   case when array_length(was.eans, 1) > 0 then was.eans[1] else p.data->'Fields'->>'ean' end,
                   case when array_length(was.refs, 1) > 0 then was.refs[1] else p.data->'Fields'->>'reference' end
            from unnest($2::uuid[]) as i(id)
            left join mt_doc_product p on p.tenant_id = $1 and p.id = i.id
            cross join lateral (
                select array_agg(coalesce(e.data->'Changes'->'ean'->>'Before', e.data->>'Ean') order by e.version)
                           filter (where e.type = 'product_destroyed' or e.data->'Changes' ? 'ean') as eans,
                       array_agg(coalesce(e.data->'Changes'->'reference'->>'Before', e.data->>'Reference') order by e.version)
                           filter (where e.type = 'product_destroyed' or e.data->'Changes' ? 'reference') as refs
                from mt_events e
                where e.tenant_id = $1 and e.stream_id = i.id and e.seq_id > $3 and e.type in ('product_details_changed',
                    'product_destroyed')) was
            """)
            .With(Sql.Text(tenant), Sql.Uuids(products), Sql.Long(position));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            keys[reader.GetGuid(0)] = (reader.IsDBNull(1) ? null : reader.GetString(1), reader.IsDBNull(2) ? null : reader.GetString(2));
        }

        return keys;
    }

    /// <summary>Everything that products of a company are described with, in one round trip.</summary>
    /// <param name="categories">Numbers of the categories whose branches are wanted.</param>
    public async Task<CompanySettings> Settings(string tenant, IReadOnlyCollection<long> categories, CancellationToken cancellationToken)
    {
        var batch = new QueryBatch();
        var settings = Settings(batch, tenant, categories);
        await batch.Run(dataSource, cancellationToken);
        return await settings;
    }

    /// <summary>The same with other queries: what it asks is added before it returns.</summary>
    public async Task<CompanySettings> Settings(QueryBatch batch, string tenant, IReadOnlyCollection<long> categories)
    {
        var (fields, statuses) = (batch.Add(CustomFields.All(tenant)), batch.Add(Statuses.All(tenant)));
        var (seasons, sizesets) = (batch.Add(Seasons.All(tenant)), batch.Add(Sizesets.All(tenant)));
        var branches = categories.Count == 0
            ? Task.FromResult<IReadOnlyList<Category>>([])
            : batch.Add(CategoryTree.Branches(tenant, categories));
        return new CompanySettings(await fields, ProductStatuses.OrDefaults(await statuses), await seasons, await sizesets, await branches);
    }
}
