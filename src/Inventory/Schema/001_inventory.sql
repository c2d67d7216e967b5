-- Stock of products: the state decisions are made on, one row per stock stream; and the suppliers.
create schema inventory;

create table inventory.stock_levels (
    tenant_id varchar not null,
    id uuid not null,
    version bigint not null,
    data jsonb not null,
    primary key (tenant_id, id)
) with (fillfactor = 70);

create table inventory.suppliers (
    tenant_id varchar not null,
    id uuid not null,
    code text not null,
    name text not null,
    country text,
    is_active boolean not null default true,
    primary key (tenant_id, id),
    constraint suppliers_one_per_code unique (tenant_id, code)
);
