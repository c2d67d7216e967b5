using Npgsql;
using PixeeEvents.EventSourcing;

namespace PixeeEvents.Host.WinDev;

/// <summary>Reads of windev.products and windev.figures.</summary>
internal static class ProductQueries
{
    private const string Joined = "windev.products p join windev.figures f on f.tenant_id = p.tenant_id and f.product_id = p.product_id";

    /// <summary>By reference, then by EAN.</summary>
    public static Task<ProductRow?> ByKey(NpgsqlDataSource dataSource, string tenant, string reference, CancellationToken cancellationToken) => Detail(
        dataSource,
        $"""
         select {ProductRow.DetailColumns} from {Joined} where p.tenant_id = $1 and p.reference = $2
         union all
         select {ProductRow.DetailColumns} from {Joined} where p.tenant_id = $1 and p.ean = $2
         limit 1
         """,
        cancellationToken, Sql.Text(tenant), Sql.Text(reference));

    public static Task<ProductRow?> ById(NpgsqlDataSource dataSource, string tenant, Guid product, CancellationToken cancellationToken) => Detail(
        dataSource, $"select {ProductRow.DetailColumns} from {Joined} where p.tenant_id = $1 and p.product_id = $2", cancellationToken, Sql.Text(tenant), Sql.Uuid(product));

    /// <summary>A page of the catalogue in the order of registration. Its cost is that of the page and of the block it begins in.</summary>
    public static async Task<(List<ProductRow> Rows, long Total)> Page(
        NpgsqlDataSource dataSource, string tenant, bool activeOnly, long offset, int limit, CancellationToken cancellationToken)
    {
        await using var batch = dataSource.CreateBatch();
        var counted = activeOnly ? "active" : "total";
        batch.Add($"select coalesce(sum({counted}), 0)::bigint from windev.page_blocks where tenant_id = $1", Sql.Text(tenant));
        batch.Add(
            $"""
             with counts as (
                 select block, {counted} as n, (sum({counted}) over (order by block) - {counted})::bigint as before from windev.page_blocks where tenant_id = $1),
             start as (select block, before from counts where before <= $2 and $2 < before + n)
             select {ProductRow.ListColumns} from (
                 select p.* from start s, windev.products p
                 where p.tenant_id = $1 and p.ordinal > s.block * {ProductRows.BlockSize} {(activeOnly ? "and p.is_active" : "")}
                 order by p.ordinal offset $2 - (select before from start) limit $3) p
             join windev.figures f on f.tenant_id = p.tenant_id and f.product_id = p.product_id
             order by p.ordinal
             """,
            Sql.Text(tenant), Sql.Long(offset), Sql.Long(limit));
        return await ReadPage(batch, cancellationToken);
    }

    /// <summary>A page of the products that match a search, an EAN, or both.</summary>
    public static async Task<(List<ProductRow> Rows, long Total)> Search(
        NpgsqlDataSource dataSource, string tenant, string[] patterns, string? ean, bool activeOnly, long offset, int limit, CancellationToken cancellationToken)
    {
        // One LIKE for each word: no index serves LIKE ALL.
        var condition = "p.tenant_id = $1" + (ean is not null ? " and p.ean = $2" : "") + (activeOnly ? " and p.is_active" : "")
            + string.Concat(patterns.Select((_, i) => $" and p.search like ${i + 5}"));
        NpgsqlParameter[] Parameters() => [Sql.Text(tenant), Sql.Text(ean), Sql.Long(offset), Sql.Long(limit), .. patterns.Select(Sql.Text)];
        await using var batch = dataSource.CreateBatch();
        batch.Add($"select count(*) from windev.products p where {condition}", Parameters());
        batch.Add(
            $"""
             select {ProductRow.ListColumns} from (select p.* from windev.products p where {condition} order by p.ordinal offset $3 limit $4) p
             join windev.figures f on f.tenant_id = p.tenant_id and f.product_id = p.product_id
             order by p.ordinal
             """,
            Parameters());
        return await ReadPage(batch, cancellationToken);
    }

    private static async Task<(List<ProductRow> Rows, long Total)> ReadPage(NpgsqlBatch batch, CancellationToken cancellationToken)
    {
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var total = reader.GetInt64(0);
        await reader.NextResultAsync(cancellationToken);
        var rows = new List<ProductRow>();
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(ProductRow.Read(reader));
        }

        return (rows, total);
    }

    private static async Task<ProductRow?> Detail(NpgsqlDataSource dataSource, string sql, CancellationToken cancellationToken, params NpgsqlParameter[] parameters)
    {
        await using var command = dataSource.CreateCommand(sql).With(parameters);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? ProductRow.ReadDetail(reader) : null;
    }
}
