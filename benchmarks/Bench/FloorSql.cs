namespace PixeeEvents.Bench;

/// <summary>
/// The cheapest set-based SQL that stores what one call of the product stores. $1 is always the tenant; the arrays describe one
/// event each. No state is read back: the caller knows the new figures.
/// </summary>
internal static class FloorSql
{
    public const string Tenant = "select tenant_id from catalog.products limit 1";

    /// <summary>Run once on the floor's own copy, outside the timing: stream ids are derived from the product's.</summary>
    public const string ListProducts = """
        select ean, id, uuid_generate_v5(id, 'stock'), uuid_generate_v5(id, 'price') from catalog.products where tenant_id = $1 and ean is not null
        """;

    public const string ResolveEans = "select ean, id from catalog.products where tenant_id = $1 and ean = any($2)";

    public const string ResolveReference = "select id, version from catalog.products where tenant_id = $1 and reference = $2";

    /// <summary>Stream versions and events of streams that exist; <c>event</c> is what the following parts store.</summary>
    private const string Advance = """
        with stream as (
          update public.mt_streams s set version = s.version + 1, timestamp = clock_timestamp()
          from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::jsonb[], $6::numeric[], $7::numeric[], $8::int[], $9::text[])
            as i(stream_id, product_id, event_id, body, price_ht, price_ttc, stock, name)
          where s.tenant_id = $1 and s.id = i.stream_id
          returning i.*, s.version),
        event as materialized (select *, nextval('public.mt_events_sequence') as seq_id from stream),
        """;

    /// <summary>The same for streams that begin.</summary>
    private const string Begin = """
        with event as materialized (
          select *, 1::bigint as version, nextval('public.mt_events_sequence') as seq_id
          from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::jsonb[], $6::numeric[], $7::numeric[], $8::int[], $9::text[])
            as i(stream_id, product_id, event_id, body, price_ht, price_ttc, stock, name)),
        stream as (
          insert into public.mt_streams (tenant_id, id, type, version) select $1, stream_id, $9, version from event),
        """;

    private const string Events = """
        stored as (
          insert into public.mt_events
            (seq_id, id, stream_id, version, data, type, timestamp, tenant_id, correlation_id, causation_id, headers)
          select seq_id, event_id, stream_id, version, body, $10, clock_timestamp(), $1, $11, $11, $12::jsonb from event),
        """;

    private const string Folded = "set version = e.version, data = t.data || e.body from event e where t.tenant_id = $1 and t.id = e.stream_id)";

    private const string StockSnapshots = $"snapshot as (update inventory.stock_levels t {Folded}";

    private const string PriceSnapshots = $"snapshot as (update pricing.prices t {Folded}";

    private const string ProductSnapshots = $"snapshot as (update catalog.products t {Folded}";

    private const string Moved = "set seq_id = e.seq_id, updated_at = clock_timestamp()";

    private const string OfEvent = "from event e where f.tenant_id = $1 and f.product_id = e.product_id)";

    private const string Outbox =
        "insert into public.outbox (tenant_id, type, body) "
        + "values ($1, $10, jsonb_build_object('total', cardinality($2::uuid[]), 'seq', (select max(seq_id) from event)))";

    public const string StoreStocks =
        $"{Advance} {Events} {StockSnapshots}, shown as (update windev.figures f {Moved}, stock = e.stock {OfEvent} {Outbox}";

    public const string StorePrices =
        $"{Advance} {Events} {PriceSnapshots}, shown as (update windev.figures f {Moved}, price_ht = e.price_ht, price_ttc = e.price_ttc {OfEvent} {Outbox}";

    public const string StoreDetails =
        $"{Advance} {Events} {ProductSnapshots}, shown as (update windev.figures f {Moved} {OfEvent} {Outbox}";

    /// <summary>A synced product's stock and price events; the row that the list shows moves with its details.</summary>
    public const string StoreSyncedStocks = $"{Advance} {Events} {StockSnapshots} select 1";

    public const string StoreSyncedPrices = $"{Advance} {Events} {PriceSnapshots} select 1";

    public const string StoreSyncedDetails = $"""
        {Advance} {Events} {ProductSnapshots},
        shown as (update windev.figures f {Moved}, price_ht = e.price_ht, price_ttc = e.price_ttc, stock = e.stock {OfEvent},
        named as (update windev.products f set name = e.name {OfEvent} {Outbox}
        """;

    public const string CreateStocks =
        $"{Begin} {Events} snapshot as (insert into inventory.stock_levels (tenant_id, id, version, data) select $1, stream_id, version, body from event) select 1";

    public const string CreatePrices =
        $"{Begin} {Events} snapshot as (insert into pricing.prices (tenant_id, id, version, data) select $1, stream_id, version, body from event) select 1";

    public const string CreateProducts = $"""
        {Begin} {Events}
        snapshot as (
          insert into catalog.products (tenant_id, id, version, data, reference, ean)
          select $1, stream_id, version, body, body ->> 'reference', body ->> 'ean' from event),
        shown as (
          insert into windev.figures (tenant_id, product_id, seq_id, updated_at, price_ht, price_ttc, stock)
          select $1, product_id, seq_id, clock_timestamp(), price_ht, price_ttc, stock from event),
        named as (
          insert into windev.products (tenant_id, product_id, ean, reference, name, brand, is_active)
          select $1, product_id, body ->> 'ean', body ->> 'reference', name, body ->> 'brand', true from event)
        {Outbox}
        """;
}
