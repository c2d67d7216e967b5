-- Products: the state decisions are made on, the keys that find them, and the categories.
create schema catalog;

create table catalog.products (
    tenant_id varchar not null,
    id uuid not null,
    version bigint not null,
    data jsonb not null,
    primary key (tenant_id, id)
) with (fillfactor = 80);

-- One owner per EAN and per reference in a company. Written with the events, read before decisions.
create table catalog.product_keys (
    tenant_id varchar not null,
    kind text not null,
    key text not null,
    product_id uuid not null,
    primary key (tenant_id, kind, key)
);

create table catalog.categories (
    tenant_id varchar not null,
    id uuid not null,
    name text not null,
    slug text not null,
    parent_id uuid,
    level int not null,
    sort_order int not null,
    primary key (tenant_id, id),
    constraint categories_one_per_slug unique (tenant_id, slug),
    foreign key (tenant_id, parent_id) references catalog.categories (tenant_id, id)
);
