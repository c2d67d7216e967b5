using Npgsql;
using PixeeEvents.EventLog;

namespace PixeeEvents.Winddle.Rows;

/// <summary>Set-based writes of winddle.products, the counts that paging stands on, and winddle.variants.</summary>
internal static class WinddleStatements
{
    /// <summary>Ids per row of page_blocks.</summary>
    public const int BlockSize = 1000;

    private const string AddToBlocks =
        "on conflict (tenant_id, block) do update set listed = b.listed + excluded.listed, total = b.total + excluded.total";

    /// <summary>The company's own fields, each with the time of its event in place of the number.</summary>
    private const string Customs =
        """
        case when i.customs = '{}' then i.customs else (
            select jsonb_object_agg(
                c.key, jsonb_build_object('value', c.value -> 'value', 'updated_at', log.times[(c.value ->> 'updated_at')::int]))
            from jsonb_each(i.customs) c) end
        """;

    public static void Insert(NpgsqlBatch statements, string schema, string tenant, List<ProductDelta> rows)
    {
        if (rows.Count == 0)
        {
            return;
        }

        statements.Add(
            $"""
             {EventBatch.Log},
             numbers as (
                 insert into {schema}.ordinals as o (tenant_id, last) values ($1, $2)
                 on conflict (tenant_id) do update set last = o.last + excluded.last returning last - $2 as before),
             added as (
                 insert into {schema}.products (tenant_id, product_id, id, archived, cancelled, showcased, created_at, updated_at, fields,
                     customs, liked_by)
                 select $1, i.product_id, n.before + i.ordinality, i.archived, i.cancelled, i.showcased, log.times[i.created],
                     log.times[i.updated], i.fields, {Customs},
                     string_to_array(i.liked, ',')::bigint[]
                 from unnest($3::uuid[], $4::bool[], $5::bool[], $6::bool[], $7::int[], $8::int[], $9::jsonb[], $10::jsonb[], $11::text[])
                     with ordinality as i(product_id, archived, cancelled, showcased, created, updated, fields, customs, liked, ordinality)
                 cross join numbers n
                 cross join log
                 returning id, archived)
             insert into {schema}.page_blocks as b (tenant_id, block, listed, total)
             select $1, (id - 1) / {BlockSize}, count(*) filter (where not archived), count(*) from added group by 2 order by 2
             {AddToBlocks}
             """,
            Sql.Text(tenant), Sql.Long(rows.Count), Sql.Uuids(rows.Select(r => r.Product)), Sql.Bools(rows.Select(r => r.Archived == true)),
            Sql.Bools(rows.Select(r => r.Cancelled == true)), Sql.Bools(rows.Select(r => r.Showcased == true)),
            Sql.Ints(rows.Select(r => r.Created!.Value)), Sql.Ints(rows.Select(r => r.Updated)), Sql.Jsonbs(rows.Select(r => r.FieldsSet)),
            Sql.Jsonbs(rows.Select(r => r.CustomsSet)), Sql.Texts(rows.Select(r => r.Liked)));
    }

    public static void Update(NpgsqlBatch statements, string schema, string tenant, List<ProductDelta> deltas)
    {
        if (deltas.Count == 0)
        {
            return;
        }

        statements.Add(
            $"""
             {EventBatch.Log}
             update {schema}.products p set
                 updated_at = log.times[i.updated],
                 cancelled = coalesce(i.cancelled, p.cancelled),
                 showcased = coalesce(i.showcased, p.showcased),
                 fields = (p.fields - string_to_array(i.cleared, ',')) || i.fields,
                 customs = (p.customs - string_to_array(i.customs_cleared, ',')) || {Customs},
                 liked_by = case when i.liked = '' and i.unliked = '' then p.liked_by else array(
                     select u from unnest(p.liked_by) u where u <> all(string_to_array(i.unliked, ',')::bigint[])
                         and u <> all(string_to_array(i.liked, ',')::bigint[])
                     union all select unnest(string_to_array(i.liked, ',')::bigint[])) end
             from unnest($2::uuid[], $3::int[], $4::bool[], $5::bool[], $6::jsonb[], $7::text[], $8::jsonb[], $9::text[], $10::text[],
                 $11::text[])
                 as i(product_id, updated, cancelled, showcased, fields, cleared, customs, customs_cleared, liked, unliked)
             cross join log
             where p.tenant_id = $1 and p.product_id = i.product_id
             """,
            Sql.Text(tenant), Sql.Uuids(deltas.Select(d => d.Product)), Sql.Ints(deltas.Select(d => d.Updated)),
            Sql.NullableBools(deltas.Select(d => d.Cancelled)),
            Sql.NullableBools(deltas.Select(d => d.Showcased)), Sql.Jsonbs(deltas.Select(d => d.FieldsSet)),
            Sql.Texts(deltas.Select(d => d.FieldsCleared)), Sql.Jsonbs(deltas.Select(d => d.CustomsSet)),
            Sql.Texts(deltas.Select(d => d.CustomsCleared)),
            Sql.Texts(deltas.Select(d => d.Liked)), Sql.Texts(deltas.Select(d => d.Unliked)));
        List<ProductDelta> flips = [.. deltas.Where(d => d.Archived is not null)];
        if (flips.Count > 0)
        {
            statements.Add(
                $"""
                 with flipped as (
                     update {schema}.products p set archived = i.archived from unnest($2::uuid[], $3::bool[]) as i(product_id, archived)
                     where p.tenant_id = $1 and p.product_id = i.product_id and p.archived <> i.archived
                     returning p.id, p.archived)
                 insert into {schema}.page_blocks as b (tenant_id, block, listed, total)
                 select $1, (id - 1) / {BlockSize}, sum(case when archived then -1 else 1 end), 0 from flipped group by 2 order by 2
                 {AddToBlocks}
                 """,
                Sql.Text(tenant), Sql.Uuids(flips.Select(f => f.Product)), Sql.Bools(flips.Select(f => f.Archived!.Value)));
        }
    }

    /// <summary>Variants added, changed and removed.</summary>
    public static void Write(NpgsqlBatch statements, string schema, string tenant, IReadOnlyCollection<VariantDelta> deltas)
    {
        List<VariantDelta> added = [.. deltas.Where(d => d is { Created: not null, IsGone: false })];
        if (added.Count > 0)
        {
            statements.Add(
                $"""
                 {EventBatch.Log}
                 insert into {schema}.variants (tenant_id, id, product_id, created_at, updated_at, fields, customs)
                 select $1, i.id, i.product_id, log.times[i.created], log.times[i.updated], i.fields, {Customs}
                 from unnest($2::bigint[], $3::uuid[], $4::int[], $5::int[], $6::jsonb[], $7::jsonb[]) as i(id, product_id, created,
                     updated, fields, customs)
                 cross join log
                 """,
                Sql.Text(tenant), Sql.Longs(added.Select(d => d.Id)), Sql.Uuids(added.Select(d => d.Product)),
                Sql.Ints(added.Select(d => d.Created!.Value)),
                Sql.Ints(added.Select(d => d.Updated)), Sql.Jsonbs(added.Select(d => d.FieldsSet)),
                Sql.Jsonbs(added.Select(d => d.CustomsSet)));
        }

        List<VariantDelta> changed = [.. deltas.Where(d => d is { Created: null, IsGone: false })];
        if (changed.Count > 0)
        {
            statements.Add(
                $"""
                 {EventBatch.Log}
                 update {schema}.variants v set
                     updated_at = log.times[i.updated],
                     fields = (v.fields - string_to_array(i.cleared, ',')) || i.fields,
                     customs = (v.customs - string_to_array(i.customs_cleared, ',')) || {Customs}
                 from unnest($2::bigint[], $3::uuid[], $4::int[], $5::jsonb[], $6::text[], $7::jsonb[], $8::text[])
                     as i(id, product_id, updated, fields, cleared, customs, customs_cleared)
                 cross join log
                 where v.tenant_id = $1 and v.product_id = i.product_id and v.id = i.id
                 """,
                Sql.Text(tenant), Sql.Longs(changed.Select(d => d.Id)), Sql.Uuids(changed.Select(d => d.Product)),
                Sql.Ints(changed.Select(d => d.Updated)),
                Sql.Jsonbs(changed.Select(d => d.FieldsSet)), Sql.Texts(changed.Select(d => d.FieldsCleared)),
                Sql.Jsonbs(changed.Select(d => d.CustomsSet)),
                Sql.Texts(changed.Select(d => d.CustomsCleared)));
        }

        List<VariantDelta> removed = [.. deltas.Where(d => d is { Created: null, IsGone: true })];
        if (removed.Count > 0)
        {
            statements.Add(
                $"""
                 delete from {schema}.variants v using unnest($2::uuid[], $3::bigint[]) as i(product_id, id)
                 where v.tenant_id = $1 and v.product_id = i.product_id and v.id = i.id
                 """,
                Sql.Text(tenant), Sql.Uuids(removed.Select(d => d.Product)), Sql.Longs(removed.Select(d => d.Id)));
        }
    }

    public static void Destroy(NpgsqlBatch statements, string schema, string tenant, List<Guid> products)
    {
        if (products.Count > 0)
        {
            statements.Add(
                $"""
                 with gone as (delete from {schema}.products where tenant_id = $1 and product_id = any($2) returning id, archived)
                 insert into {schema}.page_blocks as b (tenant_id, block, listed, total)
                 select $1, (id - 1) / {BlockSize}, -count(*) filter (where not archived), -count(*) from gone group by 2 order by 2
                 {AddToBlocks}
                 """,
                Sql.Text(tenant), Sql.Uuids(products));
            statements.Add(
                $"delete from {schema}.variants where tenant_id = $1 and product_id = any($2)", Sql.Text(tenant), Sql.Uuids(products));
        }
    }
}
