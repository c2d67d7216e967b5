-- Attachments as they are shown: the words about each and all its versions, the last one current.
create table catalog.attachments (
    tenant_id varchar not null,
    product_id uuid not null,
    id bigint not null,
    name text not null,
    source_id text,
    folder text,
    versions jsonb not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    primary key (tenant_id, product_id, id)
);
