using System.Text.Json;
using Npgsql;
using PixeeEvents.Catalog;
using PixeeEvents.EventLog;

namespace PixeeEvents.WinDev.Rows;

/// <summary>Set-based writes of windev.products and the counts that paging stands on.</summary>
internal static class ProductStatements
{
    private const string AddToBlocks =
        "on conflict (tenant_id, block) do update set active = b.active + excluded.active, total = b.total + excluded.total";

    public static void Insert(NpgsqlBatch statements, string schema, string tenant, List<NewRow> rows)
    {
        if (rows.Count == 0)
        {
            return;
        }

        statements.Add(
            $"""
             with numbers as (
                 insert into {schema}.ordinals as o (tenant_id, last) values ($1, $2)
                 on conflict (tenant_id) do update set last = o.last + excluded.last returning last - $2 as before),
             added as (
                 insert into {schema}.products (tenant_id, product_id, ordinal, version, is_active, ean, reference, name, brand, search,
                     fields)
                 select $1, i.product_id, n.before + i.ordinality, i.version, i.is_active, i.ean, i.reference, i.name, i.brand, i.search,
                     i.fields
                 from unnest($3::uuid[], $4::bigint[], $5::bool[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[],
                     $11::jsonb[])
                     with ordinality as i(product_id, version, is_active, ean, reference, name, brand, search, fields), numbers n
                 returning ordinal, is_active)
             insert into {schema}.page_blocks as b (tenant_id, block, active, total)
             select $1, (ordinal - 1) / {ProductRows.BlockSize}, count(*) filter (where is_active), count(*) from added group by 2
                 order by 2
             {AddToBlocks}
             """,
            Sql.Text(tenant), Sql.Long(rows.Count), Sql.Uuids(rows.Select(r => r.Product)), Sql.Longs(rows.Select(r => r.Version)),
            Sql.Bools(rows.Select(r => r.IsActive)), Sql.Texts(rows.Select(r => r.Text(ProductFields.Ean))),
            Sql.Texts(rows.Select(r => r.Text(ProductFields.Reference))), Sql.Texts(rows.Select(r => r.Text(ProductFields.Name))),
            Sql.Texts(rows.Select(r => r.Text(ProductFields.Brand))),
            Sql.Texts(rows.Select(r => SearchText.Of(r.Text(ProductFields.Name), r.Text(ProductFields.Reference)))),
            Sql.Jsonbs(rows.Select(r => JsonSerializer.SerializeToUtf8Bytes(r.Fields))));
    }

    public static void Update(NpgsqlBatch statements, string schema, string tenant, Dictionary<Guid, DetailsDelta> details)
    {
        if (details.Count == 0)
        {
            return;
        }

        // Folding for search happens here, not in SQL, so both parts of the search text must be at hand when one of them changes.
        statements.Add(
            $"""
             update {schema}.products p set
                 version = i.version,
                 fields = (p.fields - string_to_array(i.removed, ',')) || i.changed,
                 name = coalesce(i.changed ->> 'name', p.name),
                 ean = case when i.removes_ean then null else coalesce(i.changed ->> 'ean', p.ean) end,
                 reference = case when i.removes_reference then null else coalesce(i.changed ->> 'reference', p.reference) end,
                 brand = case when i.removes_brand then null else coalesce(i.changed ->> 'brand', p.brand) end,
                 search = case when i.name_folded is null and i.reference_folded is null then p.search
                     else coalesce(i.name_folded, split_part(p.search, E'\n', 1)) || E'\n'
                         || coalesce(i.reference_folded, split_part(p.search, E'\n', 2)) end
             from unnest($2::uuid[], $3::bigint[], $4::jsonb[], $5::text[], $6::bool[], $7::bool[], $8::bool[], $9::text[], $10::text[])
                 as i(product_id, version, changed, removed, removes_ean, removes_reference, removes_brand, name_folded, reference_folded)
             where p.tenant_id = $1 and p.product_id = i.product_id
             """,
            Sql.Text(tenant), Sql.Uuids(details.Keys), Sql.Longs(details.Values.Select(d => d.Version)),
            Sql.Jsonbs(details.Values.Select(Changed)),
            Sql.Texts(details.Values.Select(d => string.Join(',', d.Changes.Where(c => c.Value is null).Select(c => c.Key)))),
            Sql.Bools(details.Values.Select(d => Removes(d, ProductFields.Ean))),
            Sql.Bools(details.Values.Select(d => Removes(d, ProductFields.Reference))),
            Sql.Bools(details.Values.Select(d => Removes(d, ProductFields.Brand))),
            Sql.Texts(details.Values.Select(d => Folded(d, ProductFields.Name))),
            Sql.Texts(details.Values.Select(d => Folded(d, ProductFields.Reference))));
        Flip(
            statements, schema, tenant,
            [.. details.Where(d => d.Value.IsActive is not null).Select(d => (d.Key, d.Value.IsActive!.Value))]);
    }

    public static void Destroy(NpgsqlBatch statements, string schema, string tenant, List<Guid> products)
    {
        if (products.Count == 0)
        {
            return;
        }

        statements.Add(
            $"""
             with gone as (
                 delete from {schema}.products p where p.tenant_id = $1 and p.product_id = any($2)
                 returning p.product_id, p.ordinal, p.is_active, p.ean, p.reference, p.name, p.brand),
             buried as (
                 update {schema}.figures f
                 set tombstone = jsonb_build_object('ean', g.ean, 'reference', g.reference, 'name', g.name, 'brand', g.brand)
                 from gone g where f.tenant_id = $1 and f.product_id = g.product_id)
             insert into {schema}.page_blocks as b (tenant_id, block, active, total)
             select $1, (ordinal - 1) / {ProductRows.BlockSize}, -count(*) filter (where is_active), -count(*) from gone group by 2
                 order by 2
             {AddToBlocks}
             """,
            Sql.Text(tenant), Sql.Uuids(products));
    }

    private static void Flip(NpgsqlBatch statements, string schema, string tenant, List<(Guid Product, bool IsActive)> flips)
    {
        if (flips.Count == 0)
        {
            return;
        }

        statements.Add(
            $"""
             with flipped as (
                 update {schema}.products p set is_active = i.is_active from unnest($2::uuid[], $3::bool[]) as i(product_id, is_active)
                 where p.tenant_id = $1 and p.product_id = i.product_id and p.is_active <> i.is_active
                 returning p.ordinal, p.is_active)
             insert into {schema}.page_blocks as b (tenant_id, block, active, total)
             select $1, (ordinal - 1) / {ProductRows.BlockSize}, sum(case when is_active then 1 else -1 end), 0 from flipped group by 2
                 order by 2
             {AddToBlocks}
             """,
            Sql.Text(tenant), Sql.Uuids(flips.Select(f => f.Product)), Sql.Bools(flips.Select(f => f.IsActive)));
    }

    private static byte[] Changed(DetailsDelta delta) =>
        JsonSerializer.SerializeToUtf8Bytes(
            delta.Changes.Where(c => c.Value is not null).ToDictionary(c => c.Key, c => c.Value!.Value, StringComparer.Ordinal));

    private static bool Removes(DetailsDelta delta, string field) => delta.Changes.TryGetValue(field, out var value) && value is null;

    /// <summary>The folded text of a field that changed ("" when it was cleared), null when it did not.</summary>
    private static string? Folded(DetailsDelta delta, string field) =>
        delta.Changes.TryGetValue(field, out var value) ? SearchText.Fold(value?.GetString() ?? "") : null;
}
