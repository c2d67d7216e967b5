-- The users of a company and the tokens that speak for them. Only hashes of tokens are kept.
create table accounts.users (
    tenant_id varchar not null references accounts.companies (id),
    id bigint generated always as identity,
    name text not null,
    email text not null,
    is_admin boolean not null,
    is_product_owner boolean not null,
    is_enabled boolean not null default true,
    created_at timestamptz not null default clock_timestamp(),
    primary key (tenant_id, id)
);
create unique index users_one_per_email on accounts.users (tenant_id, lower(email));

create table accounts.tokens (
    id uuid primary key,
    tenant_id varchar not null,
    user_id bigint not null,
    name text not null,
    hash bytea not null,
    hint text not null,
    acts_for_others boolean not null,
    created_at timestamptz not null default clock_timestamp(),
    last_used_at timestamptz,
    revoked_at timestamptz,
    constraint tokens_one_per_hash unique (hash),
    foreign key (tenant_id, user_id) references accounts.users (tenant_id, id)
);
