using System.Text.Json;
using Npgsql;
using PixeeEvents.EventLog;

namespace PixeeEvents.WinDev.Rows;

/// <summary>Set-based writes of windev.figures. The stock shown is the generic figure, or the sum over suppliers without one.</summary>
internal static class FigureStatements
{
    private const string Input =
        """
        unnest($2::uuid[], $3::int[], $4::bool[], $5::numeric[], $6::numeric[], $7::numeric[], $8::bigint[], $9::jsonb[])
            as i(product_id, last, priced, cost, selling_price, tax_rate, generic, suppliers)
        cross join log
        """;

    public static void Insert(NpgsqlBatch statements, string schema, string tenant, List<FiguresDelta> figures)
    {
        if (figures.Count > 0)
        {
            statements.Add(
                $"""
                 {EventBatch.Log}
                 insert into {schema}.figures (tenant_id, product_id, seq_id, updated_at, price_ht, price_ttc, tax_rate, stock, generic,
                     stocks)
                 select $1, i.product_id, log.positions[i.last], log.times[i.last], i.cost, i.selling_price, i.tax_rate,
                     coalesce(i.generic, (select sum(s.value::bigint) from jsonb_each_text(i.suppliers) s), 0), i.generic,
                         coalesce(i.suppliers, '{"{}"}')
                 from {Input}
                 """,
                Parameters(tenant, figures));
        }
    }

    public static void Update(NpgsqlBatch statements, string schema, string tenant, List<FiguresDelta> figures)
    {
        if (figures.Count > 0)
        {
            statements.Add(
                $"""
                 {EventBatch.Log}
                 update {schema}.figures f set
                     seq_id = log.positions[i.last],
                     updated_at = log.times[i.last],
                     price_ht = case when i.priced then i.cost else f.price_ht end,
                     price_ttc = case when i.priced then i.selling_price else f.price_ttc end,
                     tax_rate = case when i.priced then i.tax_rate else f.tax_rate end,
                     generic = coalesce(i.generic, f.generic),
                     stocks = case when i.suppliers is null then f.stocks else f.stocks || i.suppliers end,
                     stock = case
                         when i.generic is not null then i.generic
                         when i.suppliers is null or f.generic is not null then f.stock
                         else (select sum(s.value::bigint) from jsonb_each_text(f.stocks || i.suppliers) s) end
                 from {Input}
                 where f.tenant_id = $1 and f.product_id = i.product_id
                 """,
                Parameters(tenant, figures));
        }
    }

    private static NpgsqlParameter[] Parameters(string tenant, List<FiguresDelta> figures) =>
    [
        Sql.Text(tenant),
        Sql.Uuids(figures.Select(f => f.Product)),
        Sql.Ints(figures.Select(f => f.Last)),
        Sql.Bools(figures.Select(f => f.Price is not null)),
        Sql.Numerics(figures.Select(f => f.Price?.Cost)),
        Sql.Numerics(figures.Select(f => f.Price?.SellingPrice)),
        Sql.Numerics(figures.Select(f => f.Price?.TaxRate)),
        Sql.NullableLongs(figures.Select(f => f.Generic)),
        Sql.Jsonbs(figures.Select(f => f.Suppliers is null ? null : JsonSerializer.SerializeToUtf8Bytes(f.Suppliers))),
    ];
}
