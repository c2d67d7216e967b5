-- Subscriptions, what each is owed (deliveries, in order per lane), and every attempt at it.
create schema webhooks;

create table webhooks.subscriptions (
    tenant_id varchar not null,
    id uuid not null,
    name text not null,
    url text not null,
    events text[] not null,
    state text not null default 'enabled' constraint subscriptions_known_state check (state in ('enabled', 'disabled')),
    state_reason text,
    headers jsonb not null default '{}',
    max_retries integer,
    retry_delays integer[],
    timeout_seconds integer not null default 10,
    rate_per_second numeric,
    concurrency integer not null default 10,
    body text not null default 'full',
    granularity text not null default 'call',
    latest_wins boolean not null default false,
    ordering text,
    format text not null default 'standard',
    schema_version text not null,
    signatures text[] not null default '{v1}',
    fields text[],
    supplier_codes text[],
    exclude_own boolean not null default false,
    created_by uuid,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint pkey_subscriptions primary key (tenant_id, id),
    constraint subscriptions_one_per_id unique (id)
);

-- The current secret has no end; those it replaced sign until theirs.
create table webhooks.secrets (
    tenant_id varchar not null,
    subscription_id uuid not null,
    id uuid not null,
    protected bytea not null,
    created_at timestamptz not null,
    expires_at timestamptz,
    constraint pkey_secrets primary key (tenant_id, subscription_id, id),
    constraint fkey_secrets_subscription foreign key (tenant_id, subscription_id) references webhooks.subscriptions on delete cascade
);

-- What changes with the traffic of a subscription, apart from what its owner set.
create table webhooks.endpoints (
    tenant_id varchar not null,
    subscription_id uuid not null,
    last_sequence bigint not null default 0,
    next_slot_at timestamptz,
    hold_until timestamptz,
    pace numeric,
    paced_at timestamptz,
    is_open boolean not null default false,
    failing_since timestamptz,
    failed_attempts integer not null default 0,
    failed_lanes integer not null default 0,
    last_failed_lane uuid,
    notices integer not null default 0,
    noticed_at timestamptz,
    last_success_at timestamptz,
    last_failure_at timestamptz,
    constraint pkey_endpoints primary key (tenant_id, subscription_id),
    constraint endpoints_one_per_subscription unique (subscription_id),
    constraint fkey_endpoints_subscription foreign key (tenant_id, subscription_id) references webhooks.subscriptions on delete cascade
) with (fillfactor = 50);

create table webhooks.deliveries (
    tenant_id varchar not null,
    id uuid not null,
    ordinal bigint generated always as identity,
    subscription_id uuid not null,
    event_id uuid not null,
    message_id uuid,
    type text not null,
    origin text not null constraint deliveries_known_origin check (origin in ('event', 'test', 'resend', 'replay')),
    replay_id uuid,
    sequence bigint,
    lane uuid,
    supersedes boolean not null default false,
    entity uuid,
    previous_version bigint,
    version bigint,
    body bytea not null,
    traceparent text,
    -- What waits for a disabled subscription is held: nothing but the subscription says so.
    state text not null constraint deliveries_known_state check (state in ('waiting', 'delivered', 'exhausted', 'superseded', 'cancelled')),
    attempts integer not null default 0,
    -- Attempts that ended with the node that made them; they do not count.
    interruptions integer not null default 0,
    -- Null while it waits behind another of its lane.
    due_at timestamptz,
    lease_until timestamptz,
    occurred_at timestamptz not null,
    created_at timestamptz not null,
    settled_at timestamptz,
    constraint pkey_deliveries primary key (tenant_id, id),
    constraint fkey_deliveries_subscription foreign key (tenant_id, subscription_id) references webhooks.subscriptions on delete cascade
) with (fillfactor = 80);
create index deliveries_due on webhooks.deliveries (tenant_id, subscription_id, due_at, ordinal) where state = 'waiting' and due_at is not null and lease_until is null;
create index deliveries_leased on webhooks.deliveries (tenant_id, subscription_id, lease_until) where lease_until is not null;
create index deliveries_lanes on webhooks.deliveries (tenant_id, subscription_id, lane, ordinal) where state = 'waiting' and lane is not null;
create index deliveries_replayed on webhooks.deliveries (tenant_id, replay_id) where state = 'waiting' and replay_id is not null;
create unique index deliveries_once_per_event on webhooks.deliveries (tenant_id, subscription_id, event_id) where origin = 'event';
create index deliveries_log on webhooks.deliveries (tenant_id, subscription_id, ordinal);
create index deliveries_events on webhooks.deliveries (tenant_id, event_id);
create index deliveries_time on webhooks.deliveries (tenant_id, subscription_id, occurred_at);

create table webhooks.attempts (
    tenant_id varchar not null,
    delivery_id uuid not null,
    number integer not null,
    started_at timestamptz not null,
    duration_ms double precision not null,
    status integer,
    error text,
    remote_ip text,
    response text,
    trace_id text,
    constraint pkey_attempts primary key (tenant_id, delivery_id, number),
    constraint fkey_attempts_delivery foreign key (tenant_id, delivery_id) references webhooks.deliveries on delete cascade
);

-- What operators are told: exhausted, failing, disabled, enabled.
create table webhooks.notices (
    tenant_id varchar not null,
    id uuid not null,
    subscription_id uuid not null,
    type text not null,
    delivery_id uuid,
    at timestamptz not null,
    detail text not null,
    constraint pkey_notices primary key (tenant_id, id),
    constraint fkey_notices_subscription foreign key (tenant_id, subscription_id) references webhooks.subscriptions on delete cascade
);

create table webhooks.replays (
    tenant_id varchar not null,
    id uuid not null,
    subscription_id uuid not null,
    since timestamptz,
    until timestamptz,
    types text[],
    only_failed boolean not null,
    state text not null default 'running' constraint replays_known_state check (state in ('running', 'done', 'cancelled')),
    position bigint not null default 0,
    end_position bigint not null,
    enqueued bigint not null default 0,
    created_at timestamptz not null,
    ended_at timestamptz,
    constraint pkey_replays primary key (tenant_id, id),
    constraint fkey_replays_subscription foreign key (tenant_id, subscription_id) references webhooks.subscriptions on delete cascade
);
