using System.Globalization;
using Npgsql;
using PixeeEvents.EventLog;
using PixeeEvents.Winddle.Products;
using PixeeEvents.Winddle.Wire;

namespace PixeeEvents.Winddle.Rows;

/// <summary>Reads of winddle.products and winddle.variants.</summary>
internal static class ProductQueries
{
    private const string FindSql =
        $"""
         select * from (
             select {ProductRow.Columns}, 0 as rank from winddle.products p where p.tenant_id = $1 and p.id = $2
             union all
             select {ProductRow.Columns}, 1 from winddle.products p where p.tenant_id = $1 and p.source_id = $3
             union all
             select {ProductRow.Columns}, 2 from winddle.products p where p.tenant_id = $1 and p.name = $3) p
         order by p.rank, p.archived, p.id limit 1
         """;

    /// <summary>A product by id, else by source id, else by name; of several the one not archived, then the oldest.</summary>
    public static async Task<ProductRow?> Find(NpgsqlDataSource dataSource, string tenant, string key, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(FindSql).With(Key(tenant, key));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? ProductRow.Read(reader) : null;
    }

    /// <summary>As the other, in a unit of work: a second connection beside the session's could wait for ever.</summary>
    public static async Task<ProductRow?> Find(EventSession session, string key, CancellationToken cancellationToken)
    {
        await using var batch = await session.Batch(cancellationToken);
        batch.Add(FindSql, Key(session.Tenant, key));
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? ProductRow.Read(reader) : null;
    }

    public static Query<IReadOnlyList<ProductRow>> ById(string tenant, IReadOnlyCollection<Guid> products) => new(
        $"select {ProductRow.Columns} from winddle.products p where p.tenant_id = $1 and p.product_id = any($2) order by p.id",
        [Sql.Text(tenant), Sql.Uuids(products)],
        (reader, cancellationToken) => ReadAll(reader, ProductRow.Read, cancellationToken));

    /// <summary>A page of the products that a filter lets through, in the order of their ids, and how many there are in all.</summary>
    /// <remarks>
    /// Where nothing but the archive is filtered, the cost is that of the page and of the block it begins in; else that of the matches,
    /// found once.
    /// </remarks>
    public static Task<(IReadOnlyList<ProductRow> Rows, long Total)> List(
        NpgsqlDataSource dataSource, string tenant, Filter filter, Page page, CancellationToken cancellationToken)
    {
        var parameters = filter.Parameters(Sql.Text(tenant));
        var (offset, limit) = ($"${parameters.Length + 1}", $"${parameters.Length + 2}");
        var sql = filter.Counted is { } counted
            ? $"""
               with counts as (
                   select block, {counted} as n, (sum({counted}) over (order by block))::bigint as upto
                   from winddle.page_blocks where tenant_id = $1),
               start as (
                   select block * {WinddleStatements.BlockSize} as id, upto - n as before
                   from counts where upto - n <= {offset} and {offset} < upto)
               select {ProductRow.Columns}, t.total
               from (select coalesce(max(upto), 0) as total from counts) t
               left join lateral (
                   select p.* from winddle.products p
                   where p.tenant_id = $1 and p.id > (select id from start) {filter.Sql}
                   order by p.id offset {offset} - (select before from start) limit {limit}) p on true
               order by p.id
               """
            : $"""
               with matches as materialized (select p.product_id, p.id from winddle.products p where p.tenant_id = $1 {filter.Sql}),
               page as (select m.product_id from matches m order by m.id offset {offset} limit {limit})
               select {ProductRow.Columns}, t.total
               from (select count(*) as total from matches) t
               left join lateral (
                   select p.* from page m
                   cross join lateral (
                       select p.* from winddle.products p where p.tenant_id = $1 and p.product_id = m.product_id limit 1) p) p on true
               order by p.id
               """;
        return ReadPage(
            dataSource.CreateCommand(sql).With([.. parameters, Sql.Long(page.Offset), Sql.Long(page.Size)]), cancellationToken);
    }

    /// <summary>
    /// A page of the products that were created or changed since a moment, the latest first, and how many there are in all.
    /// </summary>
    /// <param name="owner">Null for everybody's.</param>
    public static async Task<(IReadOnlyList<ProductRow> Rows, long Total)> Recent(
        NpgsqlDataSource dataSource, string tenant, long? owner, DateTimeOffset since, Page page, CancellationToken cancellationToken)
    {
        const string chosen =
            "from winddle.products p where p.tenant_id = $1 and ($2::bigint is null or p.owner_id = $2) and p.updated_at >= $3";
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection);
        batch.Add($"select count(*) {chosen}", Sql.Text(tenant), Sql.Long(owner), Sql.Timestamp(since));
        batch.Add(
            $"select {ProductRow.Columns} {chosen} order by p.updated_at desc, p.id desc offset $4 limit $5",
            Sql.Text(tenant), Sql.Long(owner), Sql.Timestamp(since), Sql.Long(page.Offset), Sql.Long(page.Size));
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var total = reader.GetInt64(0);
        await reader.NextResultAsync(cancellationToken);
        return (await ReadAll(reader, ProductRow.Read, cancellationToken), total);
    }

    /// <summary>The variants of some products, in the order in which they were added.</summary>
    public static Query<ILookup<Guid, VariantRow>> Variants(string tenant, IReadOnlyCollection<Guid> products) => new(
        $"select {VariantRow.Columns} from winddle.variants v where v.tenant_id = $1 and v.product_id = any($2) order by v.id",
        [Sql.Text(tenant), Sql.Uuids(products)],
        async (reader, cancellationToken) => (await ReadAll(reader, VariantRow.Read, cancellationToken)).ToLookup(v => v.Product));

    /// <summary>Every row carries the total; a page without products is one row without a product.</summary>
    private static async Task<(IReadOnlyList<ProductRow> Rows, long Total)> ReadPage(
        NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using var owned = command;
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var (rows, total) = (new List<ProductRow>(), 0L);
        while (await reader.ReadAsync(cancellationToken))
        {
            total = reader.GetInt64(ProductRow.ColumnCount);
            if (!reader.IsDBNull(0))
            {
                rows.Add(ProductRow.Read(reader));
            }
        }

        return (rows, total);
    }

    private static NpgsqlParameter[] Key(string tenant, string key) =>
    [
        Sql.Text(tenant),
        Sql.Long(long.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : null),
        Sql.Text(key),
    ];

    private static async Task<IReadOnlyList<T>> ReadAll<T>(
        NpgsqlDataReader reader, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken)
    {
        var rows = new List<T>();
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(read(reader));
        }

        return rows;
    }
}
