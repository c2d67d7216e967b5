using System.Text.Json;
using Npgsql;
using PixeeEvents.EventLog;

namespace PixeeEvents.Host.WinDev.Rows;

/// <summary>Set-based writes of windev.figures. The stock shown is the generic figure, or the sum over suppliers without one.</summary>
internal static class FigureStatements
{
    private const string Input =
        """
        unnest($2::uuid[], $3::uuid[], $4::bigint[], $5::bool[], $6::numeric[], $7::numeric[], $8::numeric[], $9::bigint[], $10::jsonb[],
                $11::bigint[], $12::timestamptz[])
            as i(product_id, stream_id, version, priced, cost, selling_price, tax_rate, generic, suppliers, seq_id, at)
        left join mt_events e on e.tenant_id = $1 and e.stream_id = i.stream_id and e.version = case when i.seq_id is null then i.version end
        """;

    private const string Position = "coalesce(i.seq_id, e.seq_id)";

    private const string Time = "coalesce(i.at, e.timestamp, (select m.timestamp from mt_events m where m.seq_id = $13))";

    public static void Insert(NpgsqlBatch statements, string schema, EventBatch events, List<FiguresDelta> figures)
    {
        if (figures.Count > 0)
        {
            statements.Add(
                $"""
                 insert into {schema}.figures (tenant_id, product_id, seq_id, updated_at, price_ht, price_ttc, tax_rate, stock, generic, stocks)
                 select $1, i.product_id, {Position}, {Time}, i.cost, i.selling_price, i.tax_rate,
                     coalesce(i.generic, (select sum(s.value::bigint) from jsonb_each_text(i.suppliers) s), 0), i.generic, coalesce(i.suppliers, '{"{}"}')
                 from {Input}
                 """,
                Parameters(events, figures));
        }
    }

    public static void Update(NpgsqlBatch statements, string schema, EventBatch events, List<FiguresDelta> figures)
    {
        if (figures.Count > 0)
        {
            statements.Add(
                $"""
                 update {schema}.figures f set
                     seq_id = {Position},
                     updated_at = {Time},
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
                Parameters(events, figures));
        }
    }

    private static NpgsqlParameter[] Parameters(EventBatch events, List<FiguresDelta> figures) =>
    [
        Sql.Text(events.Tenant),
        Sql.Uuids(figures.Select(f => f.Product)),
        Sql.Uuids(figures.Select(f => f.Last.StreamId)),
        Sql.Longs(figures.Select(f => f.Last.Version)),
        Sql.Bools(figures.Select(f => f.Price is not null)),
        Sql.Numerics(figures.Select(f => f.Price?.Cost)),
        Sql.Numerics(figures.Select(f => f.Price?.SellingPrice)),
        Sql.Numerics(figures.Select(f => f.Price?.TaxRate)),
        Sql.NullableLongs(figures.Select(f => f.Generic)),
        Sql.Jsonbs(figures.Select(f => f.Suppliers is null ? null : JsonSerializer.SerializeToUtf8Bytes(f.Suppliers))),
        Sql.NullableLongs(figures.Select(f => EventBatch.PositionOf(f.Last))),
        Sql.NullableTimestamps(figures.Select(f => EventBatch.TimeOf(f.Last))),
        Sql.Long(events.Moment),
    ];
}
