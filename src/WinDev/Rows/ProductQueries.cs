using Npgsql;
using PixeeEvents.Catalog;
using PixeeEvents.EventLog;
using PixeeEvents.WinDev.Wire;

namespace PixeeEvents.WinDev.Rows;

/// <summary>Reads of windev.products and windev.figures.</summary>
internal static class ProductQueries
{
    private const string Joined = "windev.products p join windev.figures f on f.tenant_id = p.tenant_id and f.product_id = p.product_id";

    /// <summary>One look-up per row of the page; a plan for unknown page sizes would read the whole table instead.</summary>
    private const string FiguresOfProduct =
        "(select f.* from windev.figures f where f.tenant_id = p.tenant_id and f.product_id = p.product_id limit 1) f";

    /// <summary>By reference, then by EAN as it is spelled, then by EAN in any padding.</summary>
    public static Query<ProductRow?> ByKey(string tenant, string reference) => new(
        $"""
         select {ProductRow.DetailColumns} from {Joined} where p.tenant_id = $1 and p.reference = $2
         union all
         select {ProductRow.DetailColumns} from {Joined} where p.tenant_id = $1 and p.ean = $2
         union all
         (select {ProductRow.DetailColumns} from {Joined} where p.tenant_id = $1 and p.ean = any($3) order by p.ordinal limit 1)
         limit 1
         """,
        [Sql.Text(tenant), Sql.Text(reference), Sql.Texts(Gtin.Spellings(reference).Skip(1))], ReadDetail);

    public static Query<Dictionary<Guid, ProductRow>> ByIds(string tenant, IEnumerable<Guid> products) => new(
        $"""
         select {ProductRow.DetailColumns} from unnest($2::uuid[]) i(id)
         join windev.products p on p.tenant_id = $1 and p.product_id = i.id
         join windev.figures f on f.tenant_id = $1 and f.product_id = i.id
         """,
        [Sql.Text(tenant), Sql.Uuids(products)], async (reader, cancellationToken) =>
        {
            var rows = new Dictionary<Guid, ProductRow>();
            while (await ReadDetail(reader, cancellationToken) is { } row)
            {
                rows.Add(row.Id, row);
            }

            return rows;
        });

    /// <summary>A page of the catalogue in the order of registration. Its cost is that of the page and of the block it begins in.</summary>
    public static async Task<(List<ProductRow> Rows, long Total)> Page(
        NpgsqlDataSource dataSource, string tenant, bool activeOnly, long offset, int limit, CancellationToken cancellationToken)
    {
        var counted = activeOnly ? "active" : "total";
        await using var command = dataSource.CreateCommand(
            $"""
             with counts as (
                 select block, {counted} as n, (sum({counted}) over (order by block))::bigint as upto from windev.page_blocks
                     where tenant_id = $1),
             start as (select block * {ProductRows.BlockSize} as ordinal, upto - n as before from counts where upto - n <= $2 and $2 < upto)
             select {ProductRow.ListColumns}, t.total
             from (select coalesce(max(upto), 0) as total from counts) t
             left join lateral (
                 select p.* from windev.products p
                 where p.tenant_id = $1 and p.ordinal > (select ordinal from start) {(activeOnly ? "and p.is_active" : "")}
                 order by p.ordinal offset $2 - (select before from start) limit $3) p on true
             left join lateral {FiguresOfProduct} on true
             order by p.ordinal
             """);
        command.With(Sql.Text(tenant), Sql.Long(offset), Sql.Long(limit));
        return await ReadPage(command, limit, cancellationToken);
    }

    /// <summary>
    /// A page of the products that match a search, an EAN, or both; the matches are found once, for the page and the count.
    /// </summary>
    public static async Task<(List<ProductRow> Rows, long Total)> Search(
        NpgsqlDataSource dataSource, string tenant, string[] patterns, string? ean, bool activeOnly, long offset, int limit,
        CancellationToken cancellationToken)
    {
        // One condition per word: LIKE ALL over an array would not use the index.
        var conditions = string.Concat(patterns.Select((_, i) => $" and p.search like ${i + 5}"));
        await using var command = dataSource.CreateCommand(
            $"""
             with matches as materialized (
                 select p.product_id, p.ordinal from windev.products p
                 where p.tenant_id = $1 {(ean is null ? "and $2::text[] is null" : "and p.ean = any($2)")}
                     {(activeOnly ? "and p.is_active" : "")} {conditions}),
             page as (select m.product_id from matches m order by m.ordinal offset $3 limit $4)
             select {ProductRow.ListColumns}, t.total
             from (select count(*) as total from matches) t
             left join lateral (
                 select p.* from page m
                 cross join lateral (select p.* from windev.products p where p.tenant_id = $1 and p.product_id = m.product_id limit 1) p) p
                     on true
             left join lateral {FiguresOfProduct} on true
             order by p.ordinal
             """);
        command.With(Sql.Text(tenant), ean is null ? Sql.NoTexts() : Sql.Texts(Gtin.Spellings(ean)), Sql.Long(offset), Sql.Long(limit));
        foreach (var pattern in patterns)
        {
            command.With(Sql.Text(pattern));
        }

        return await ReadPage(command, limit, cancellationToken);
    }

    /// <summary>Every row carries the total; a page without products is one row without a product.</summary>
    private static async Task<(List<ProductRow> Rows, long Total)> ReadPage(
        NpgsqlCommand command, int limit, CancellationToken cancellationToken)
    {
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var (rows, total) = (new List<ProductRow>(limit), 0L);
        while (await reader.ReadAsync(cancellationToken))
        {
            if (rows.Count == 0)
            {
                total = reader.GetInt64(ProductRow.ListColumnCount);
            }

            if (!reader.IsDBNull(0))
            {
                rows.Add(ProductRow.Read(reader));
            }
        }

        return (rows, total);
    }

    private static async Task<ProductRow?> ReadDetail(NpgsqlDataReader reader, CancellationToken cancellationToken) =>
        await reader.ReadAsync(cancellationToken) ? ProductRow.ReadDetail(reader) : null;
}
