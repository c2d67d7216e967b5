-- What the Winddle face shows: one row per product and per variant. Fields of the catalogue that it does not show, stock and prices
-- never touch them. The columns that searches and look-ups need are made from the fields.
create schema winddle;

create table winddle.products (
    tenant_id varchar not null,
    product_id uuid not null,
    id bigint not null,
    archived boolean not null,
    cancelled boolean not null,
    showcased boolean not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    fields jsonb not null,
    customs jsonb not null,
    liked_by bigint[] not null,
    name text not null generated always as (fields ->> 'name') stored,
    source_id text generated always as (fields ->> 'source_id') stored,
    reference text generated always as (fields ->> 'reference') stored,
    owner_id bigint generated always as ((fields ->> 'owner_id')::bigint) stored,
    category_id bigint generated always as ((fields ->> 'category_id')::bigint) stored,
    primary key (tenant_id, product_id)
) with (fillfactor = 80);
create unique index products_one_per_id on winddle.products (tenant_id, id);
create index products_by_name on winddle.products (tenant_id, name);
create index products_by_source_id on winddle.products (tenant_id, source_id);
create index products_by_reference on winddle.products (tenant_id, reference);
create index products_by_owner on winddle.products (tenant_id, owner_id, id);
create index products_by_category on winddle.products (tenant_id, category_id, id);

create table winddle.variants (
    tenant_id varchar not null,
    id bigint not null,
    product_id uuid not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    fields jsonb not null,
    customs jsonb not null,
    primary key (tenant_id, product_id, id)
) with (fillfactor = 80);

-- The integer ids of a company's products: the order of their registrations.
create table winddle.ordinals (
    tenant_id varchar primary key,
    last bigint not null
);

-- How many products each thousand of ids holds, and how many of them are not archived: any page is found by adding up blocks.
create table winddle.page_blocks (
    tenant_id varchar not null,
    block bigint not null,
    listed bigint not null,
    total bigint not null,
    primary key (tenant_id, block)
) with (fillfactor = 50);

insert into due_rebuilds (name) values ('WinddleProducts');
