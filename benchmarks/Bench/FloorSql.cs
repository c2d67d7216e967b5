namespace PixeeEvents.Bench;

/// <summary>
/// The cheapest set-based SQL that stores what one call of the product stores. $1 is the tenant, $2 to $10 describe one event each,
/// $11 to $13 are the type, the trace and the headers that all of them share. No state is read back: the caller knows it.
/// </summary>
internal static class FloorSql
{
    /// <summary>Run once on the floor's own copy, outside the timing: stream ids are derived from the product's.</summary>
    public const string ListProducts = """
        select key, product_id, uuid_generate_v5(product_id, 'stock'), uuid_generate_v5(product_id, 'price'), tenant_id
        from catalog.product_keys where kind = 'ean'
        """;

    public const string ResolveEans = "select key, product_id from catalog.product_keys where tenant_id = $1 and kind = 'ean' and key = any($2)";

    public const string ResolveReference = "select product_id from catalog.product_keys where tenant_id = $1 and kind = 'reference' and key = $2";

    private const string Input = """
        unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::jsonb[], $6::jsonb[], $7::numeric[], $8::numeric[], $9::bigint[], $10::text[])
            as i(stream_id, product_id, event_id, body, state, price_ht, price_ttc, stock, name)
        """;

    /// <summary>Stream versions and numbers of events on streams that exist; <c>event</c> is what the following parts store.</summary>
    private const string Advance = $"""
        with stream as (
          update public.mt_streams s set version = s.version + 1, timestamp = clock_timestamp()
          from {Input} where s.tenant_id = $1 and s.id = i.stream_id
          returning i.*, s.version),
        event as materialized (select *, nextval('public.mt_events_sequence') as seq_id from stream),
        """;

    /// <summary>The same for streams that begin; a stream's type is the first word of its events' types.</summary>
    private const string Begin = $"""
        with event as materialized (select *, 1::bigint as version, nextval('public.mt_events_sequence') as seq_id from {Input}),
        stream as (
          insert into public.mt_streams (tenant_id, id, type, version) select $1, stream_id, split_part($11, '_', 1), version from event),
        """;

    private const string Events = """
        stored as (
          insert into public.mt_events (seq_id, id, stream_id, version, data, type, timestamp, tenant_id, correlation_id, causation_id, headers)
          select seq_id, event_id, stream_id, version, body, $11, clock_timestamp(), $1, $12, $12, $13::jsonb from event),
        """;

    private const string Folded = "set version = e.version, data = e.state from event e where t.tenant_id = $1 and t.id = e.stream_id)";

    private const string StockStates = $"snapshot as (update inventory.stock_levels t {Folded}";

    private const string PriceStates = $"snapshot as (update pricing.prices t {Folded}";

    private const string ProductStates = $"snapshot as (update catalog.products t {Folded}";

    private const string Moved = "shown as (update windev.figures f set seq_id = e.seq_id, updated_at = clock_timestamp()";

    private const string OfEvent = "from event e where f.tenant_id = $1 and f.product_id = e.product_id)";

    private const string Described = $"described as (update windev.products f set version = e.version, fields = e.state -> 'Fields' {OfEvent}";

    private const string Renamed = $"""
        described as (
          update windev.products f
          set version = e.version, fields = e.state -> 'Fields', name = e.name, search = lower(e.name) || E'\n' || lower(f.reference) {OfEvent}
        """;

    private const string Outbox = """
        insert into public.outbox (id, tenant_id, type, data, occurred_at, first_seq_id, last_seq_id, correlation_id, headers)
        select gen_random_uuid(), $1, $11, jsonb_build_object('total', count(*), 'eans', (array_agg(product_id))[1:50]), clock_timestamp(),
          min(seq_id), max(seq_id), $12, $13::jsonb
        from event
        """;

    public const string StoreStocks = $"{Advance} {Events} {StockStates}, {Moved}, stock = e.stock, generic = e.stock {OfEvent} {Outbox}";

    public const string StorePrices = $"{Advance} {Events} {PriceStates}, {Moved}, price_ht = e.price_ht, price_ttc = e.price_ttc {OfEvent} {Outbox}";

    public const string StoreDetails = $"{Advance} {Events} {ProductStates}, {Moved} {OfEvent}, {Described} {Outbox}";

    /// <summary>A synced product's stock and price events; the row that the list shows moves once, with the name.</summary>
    public const string StoreSyncedStocks = $"{Advance} {Events} {StockStates} select 1";

    public const string StoreSyncedPrices = $"{Advance} {Events} {PriceStates} select 1";

    public const string StoreSyncedNames = $"""
        {Advance} {Events} {ProductStates},
        {Moved}, price_ht = e.price_ht, price_ttc = e.price_ttc, stock = e.stock, generic = e.stock {OfEvent}, {Renamed} {Outbox}
        """;

    public const string CreateStocks =
        $"{Begin} {Events} snapshot as (insert into inventory.stock_levels (tenant_id, id, version, data) select $1, stream_id, version, state from event) select 1";

    public const string CreatePrices =
        $"{Begin} {Events} snapshot as (insert into pricing.prices (tenant_id, id, version, data) select $1, stream_id, version, state from event) select 1";

    public const string CreateProducts = $"""
        {Begin} {Events}
        snapshot as (insert into catalog.products (tenant_id, id, version, data) select $1, stream_id, version, state from event),
        keys as (
          insert into catalog.product_keys (tenant_id, kind, key, product_id)
          select $1, k.kind, body -> 'Fields' ->> k.kind, product_id from event, (values ('ean'), ('reference')) as k(kind)),
        shown as (
          insert into windev.figures (tenant_id, product_id, seq_id, updated_at, price_ht, price_ttc, stock, generic)
          select $1, product_id, seq_id, clock_timestamp(), price_ht, price_ttc, stock, stock from event),
        numbers as (update windev.ordinals set last = last + cardinality($2::uuid[]) where tenant_id = $1 returning last - cardinality($2::uuid[]) as before),
        listed as (
          insert into windev.products (tenant_id, product_id, ordinal, version, is_active, ean, reference, name, brand, search, fields)
          select $1, product_id, n.before + row_number() over (), version, true, body -> 'Fields' ->> 'ean', body -> 'Fields' ->> 'reference', name,
            body -> 'Fields' ->> 'brand', lower(name) || E'\n' || lower(body -> 'Fields' ->> 'reference'), body -> 'Fields'
          from event, numbers n
          returning ordinal),
        counted as (
          insert into windev.page_blocks as b (tenant_id, block, active, total)
          select $1, (ordinal - 1) / 1000, count(*), count(*) from listed group by 2
          on conflict (tenant_id, block) do update set active = b.active + excluded.active, total = b.total + excluded.total)
        {Outbox}
        """;
}
