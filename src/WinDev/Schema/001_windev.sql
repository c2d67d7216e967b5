-- What the WinDev face shows. Cold columns stand in products, hot ones in figures, so that a price or stock change moves one
-- narrow row and its place in the since order, and nothing else.
create extension if not exists pg_trgm;
create extension if not exists btree_gin;
create schema windev;

create table windev.products (
    tenant_id varchar not null,
    product_id uuid not null,
    ordinal bigint not null,
    version bigint not null,
    is_active boolean not null,
    ean text,
    reference text,
    name text not null,
    brand text,
    search text not null,
    fields jsonb not null,
    primary key (tenant_id, product_id)
) with (fillfactor = 80);
create unique index products_in_list_order on windev.products (tenant_id, ordinal);
create index products_by_reference on windev.products (tenant_id, reference);
create index products_by_ean on windev.products (tenant_id, ean);
create index products_by_text on windev.products using gin (tenant_id, search gin_trgm_ops);

-- seq_id is the log position of the product's last change, whatever facet it touched. A destroyed product stays as a tombstone.
create table windev.figures (
    tenant_id varchar not null,
    product_id uuid not null,
    seq_id bigint not null,
    updated_at timestamptz not null,
    price_ht numeric,
    price_ttc numeric,
    tax_rate numeric,
    stock bigint not null default 0,
    generic bigint,
    stocks jsonb not null default '{}',
    tombstone jsonb,
    primary key (tenant_id, product_id)
) with (fillfactor = 80);
create index figures_in_since_order on windev.figures (tenant_id, seq_id desc) include (updated_at);

-- How many products each thousand of ordinals holds: any page is found by adding up blocks, not by walking the rows before it.
create table windev.page_blocks (
    tenant_id varchar not null,
    block bigint not null,
    active bigint not null,
    total bigint not null,
    primary key (tenant_id, block)
) with (fillfactor = 50);

create table windev.ordinals (
    tenant_id varchar primary key,
    last bigint not null
);
