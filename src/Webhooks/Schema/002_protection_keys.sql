-- The keys that secrets are encrypted with, as the host's key ring writes them; indexes for what owners look up.
create table webhooks.data_protection_keys (
    name text not null,
    xml text not null,
    created_at timestamptz not null default clock_timestamp(),
    constraint pkey_data_protection_keys primary key (name)
);

create index notices_log on webhooks.notices (tenant_id, subscription_id, at);
create index replays_log on webhooks.replays (tenant_id, subscription_id, created_at);
