-- Companies and their API keys. Only hashes of keys are kept.
create schema accounts;

create table accounts.companies (
    id varchar primary key,
    name text not null,
    created_at timestamptz not null default clock_timestamp()
);

create table accounts.api_keys (
    id uuid primary key,
    tenant_id varchar not null references accounts.companies (id),
    name text not null,
    hash bytea not null,
    hint text not null,
    scopes text[] not null,
    created_at timestamptz not null default clock_timestamp(),
    expires_at timestamptz,
    last_used_at timestamptz,
    revoked_at timestamptz,
    constraint api_keys_one_per_hash unique (hash)
);
