-- The server's ed25519 keys. A new one is published for a day before it signs, the one before it for a day after it last signed.
create table webhooks.signing_keys (
    kid text not null,
    protected bytea not null,
    published_at timestamptz not null,
    signs_from timestamptz not null,
    published_until timestamptz,
    constraint pkey_signing_keys primary key (kid)
);
