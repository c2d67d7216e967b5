namespace PixeeEvents.Bench.Floors;

/// <summary>
/// The cheapest SQL that stores what one call of the product stores: a few set-based statements for one prepared batch. $1 is the tenant.
/// No state is read back: the caller knows ids and versions, and the numbers just drawn are those up to the sequence's current one.
/// </summary>
internal static class FloorSql
{
    /// <summary>Run once on the floor's own copy, outside the timing.</summary>
    public const string ListProducts = """
        select k.key, k.tenant_id, k.product_id, p.version, s.id, s.version, c.id, c.version
        from catalog.product_keys k
        join mt_streams p on p.tenant_id = k.tenant_id and p.id = k.product_id
        join mt_streams s on s.tenant_id = k.tenant_id and s.id = uuid_generate_v5(k.product_id, 'stock')
        join mt_streams c on c.tenant_id = k.tenant_id and c.id = uuid_generate_v5(k.product_id, 'price')
        where k.kind = 'ean'
        """;

    public const string ResolveEans = """
        select k.key, k.product_id
        from unnest($2::text[]) as i(key) join catalog.product_keys k on k.tenant_id = $1 and k.kind = 'ean' and k.key = i.key
        """;

    public const string ResolveReference =
        "select product_id from catalog.product_keys where tenant_id = $1 and kind = 'reference' and key = $2";

    public const string Advance = """
        update mt_streams s set version = i.version, timestamp = now() from unnest($2::uuid[], $3::bigint[]) as i(id, version)
        where s.tenant_id = $1 and s.id = i.id
        """;

    public const string Begin =
        "insert into mt_streams (tenant_id, id, type, version) select $1, i.* from unnest($2::uuid[], $3::text[], $4::bigint[]) as i";

    public const string Events = """
        insert into mt_events (seq_id, id, stream_id, version, data, type, mt_dotnet_type, timestamp, tenant_id, correlation_id,
            causation_id, headers)
        select nextval('mt_events_sequence'), i.id, i.stream_id, i.version, i.data, i.type,
            'PixeeEvents.Catalog.Event, PixeeEvents.Catalog', statement_timestamp(), $1, $7, $8, $9
        from unnest($2::uuid[], $3::uuid[], $4::bigint[], $5::text[], $6::jsonb[]) as i(id, stream_id, version, type, data)
        """;

    private const string Snapshots = "unnest($2::uuid[], $3::bigint[], $4::jsonb[]) as i(id, version, data)";

    private const string Figures = """
        from unnest($2::uuid[], $3::bigint[], $4::numeric[], $5::numeric[], $6::bigint[]) as i(product_id, before_last, price_ht,
            price_ttc, stock)
        """;

    private const string MovedFigures =
        "update windev.figures f set seq_id = (select currval('mt_events_sequence')) - i.before_last, updated_at = now()";

    private const string OfProduct = "where f.tenant_id = $1 and f.product_id = i.product_id";

    public const string FiguresOfStocks = $"{MovedFigures}, stock = i.stock, generic = i.stock {Figures} {OfProduct}";

    public const string FiguresOfPrices = $"{MovedFigures}, price_ht = i.price_ht, price_ttc = i.price_ttc {Figures} {OfProduct}";

    public const string FiguresOfSync =
        $"{MovedFigures}, price_ht = i.price_ht, price_ttc = i.price_ttc, stock = i.stock, generic = i.stock {Figures} {OfProduct}";

    public const string NewFigures = $"""
        insert into windev.figures (tenant_id, product_id, seq_id, updated_at, price_ht, price_ttc, stock, generic)
        select $1, i.product_id, (select currval('mt_events_sequence')) - i.before_last, now(), i.price_ht, i.price_ttc, i.stock,
            i.stock {Figures}
        """;

    public const string Renamed = """
        update windev.products f set version = i.version, fields = i.fields, name = i.name, search = i.search
        from unnest($2::uuid[], $3::bigint[], $4::jsonb[], $5::text[], $6::text[]) as i(product_id, version, fields, name, search)
        where f.tenant_id = $1 and f.product_id = i.product_id
        """;

    public const string Listed = """
        with numbers as (update windev.ordinals set last = last + cardinality($2::uuid[]) where tenant_id = $1
            returning last - cardinality($2::uuid[]) as before),
        listed as (
          insert into windev.products (tenant_id, product_id, ordinal, version, is_active, ean, reference, name, brand, search, fields)
          select $1, i.product_id, n.before + i.ordinality, 1, true, i.ean, i.reference, i.name, i.brand, i.search, i.fields
          from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::jsonb[])
            with ordinality as i(product_id, ean, reference, name, brand, search, fields), numbers n
          returning ordinal)
        insert into windev.page_blocks as b (tenant_id, block, active, total)
        select $1, (ordinal - 1) / 1000, count(*), count(*) from listed group by 2
        on conflict (tenant_id, block) do update set active = b.active + excluded.active, total = b.total + excluded.total
        """;

    public const string Keys = """
        insert into catalog.product_keys (tenant_id, kind, key, product_id)
        select $1, i.* from unnest($2::text[], $3::text[], $4::uuid[]) as i
        """;

    public const string Outbox = """
        insert into outbox (id, tenant_id, type, data, occurred_at, first_seq_id, last_seq_id, correlation_id, headers)
        select i.id, $1, i.type, i.data, now(), currval('mt_events_sequence') - $5, currval('mt_events_sequence'), $6, $7
        from unnest($2::uuid[], $3::text[], $4::jsonb[]) as i(id, type, data)
        """;

    public const string AdvanceOne = "update mt_streams set version = $3, timestamp = now() where tenant_id = $1 and id = $2";

    public const string EventOne = """
        insert into mt_events (seq_id, id, stream_id, version, data, type, mt_dotnet_type, timestamp, tenant_id, correlation_id,
            causation_id, headers)
        values (nextval('mt_events_sequence'), $2, $3, $4, $5, $6, 'PixeeEvents.Catalog.Event, PixeeEvents.Catalog', statement_timestamp(),
            $1, $7, $8, $9)
        """;

    public const string ProductOne =
        "update mt_doc_product set mt_version = $3, data = $4, mt_last_modified = now() where tenant_id = $1 and id = $2";

    public const string FiguresOne =
        "update windev.figures set seq_id = (select currval('mt_events_sequence')), updated_at = now() where tenant_id = $1 and product_id = $2";

    public const string DescribedOne = "update windev.products set version = $3, fields = $4 where tenant_id = $1 and product_id = $2";

    public const string OutboxOne = """
        insert into outbox (id, tenant_id, type, data, occurred_at, first_seq_id, last_seq_id, correlation_id, headers)
        values ($2, $1, $3, $4, now(), currval('mt_events_sequence'), currval('mt_events_sequence'), $5, $6)
        """;

    public static string UpdateSnapshots(string table) =>
        $"update {table} t set mt_version = i.version, data = i.data, mt_last_modified = now() from {Snapshots} where t.tenant_id = $1 and t.id = i.id";

    public static string InsertSnapshots(string table) =>
        $"insert into {table} (tenant_id, id, mt_version, data, mt_dotnet_type) select $1, i.*, 'PixeeEvents.Catalog.Product' from {Snapshots}";
}
