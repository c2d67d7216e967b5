-- Where each API key's last complete walk of the since list began, and the walk under way. Positions of the log, not times.
create schema sync;

create table sync.bookmarks (
    tenant_id varchar not null,
    key_id uuid not null,
    position bigint,
    walk_since bigint,
    walk_is_complete boolean not null default false,
    walk_position bigint,
    walk_floor bigint,
    walk_total bigint,
    walk_served bigint,
    walk_last bigint,
    primary key (tenant_id, key_id)
) with (fillfactor = 50);
