-- Prices of products: the state decisions are made on, one row per price stream.
create schema pricing;

create table pricing.prices (
    tenant_id varchar not null,
    id uuid not null,
    version bigint not null,
    data jsonb not null,
    primary key (tenant_id, id)
) with (fillfactor = 70);
