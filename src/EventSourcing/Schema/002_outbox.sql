-- Public messages, written in the transaction that appends the events they speak of.
create table outbox (
    id uuid not null,
    tenant_id varchar not null,
    type text not null,
    data jsonb not null,
    occurred_at timestamptz not null,
    first_seq_id bigint not null,
    last_seq_id bigint not null,
    correlation_id text,
    headers jsonb,
    constraint pkey_outbox primary key (tenant_id, id)
);
