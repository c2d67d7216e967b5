-- Files: contents kept once per company under their hash, and the keys under which they are served.
create table catalog.blobs (
    tenant_id varchar not null,
    sha256 bytea not null,
    size bigint not null,
    created_at timestamptz not null default clock_timestamp(),
    primary key (tenant_id, sha256),
    constraint blobs_are_named_by_their_hash check (octet_length(sha256) = 32)
);

-- Pieces of bounded size, so that no statement and no node ever holds more of a file than it sends.
create table catalog.blob_chunks (
    tenant_id varchar not null,
    sha256 bytea not null,
    number int not null,
    bytes bytea not null,
    primary key (tenant_id, sha256, number),
    foreign key (tenant_id, sha256) references catalog.blobs (tenant_id, sha256)
);
-- Pictures and documents are packed already.
alter table catalog.blob_chunks alter column bytes set storage external;

-- The log names a content for ever, so it is kept for ever.
create function catalog.blobs_are_kept() returns trigger language plpgsql as $$
begin
    raise exception 'a stored file is never changed: % is refused', lower(tg_op) using errcode = 'PE002';
end $$;
create trigger blobs_are_kept before update or delete on catalog.blobs for each row execute function catalog.blobs_are_kept();
create trigger blob_chunks_are_kept before update or delete on catalog.blob_chunks for each row execute function catalog.blobs_are_kept();

create table catalog.files (
    tenant_id varchar not null,
    key text not null,
    name text not null,
    product_id uuid not null,
    attachment_id bigint,
    sha256 bytea not null,
    size bigint not null,
    media_type text not null,
    filename text,
    primary key (tenant_id, key, name)
);
create index files_of_a_product on catalog.files (tenant_id, product_id);

create sequence catalog.file_numbers;
