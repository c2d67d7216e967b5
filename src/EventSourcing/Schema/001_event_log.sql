-- The event log in Marten 9's layout: conjoined tenancy, Guid streams, correlation, causation and headers on.
-- Column, key and constraint names are protocol for Marten applications that open this database.
create table mt_streams (
    tenant_id varchar not null default '*DEFAULT*',
    id uuid not null,
    type varchar,
    version bigint not null,
    timestamp timestamptz not null default now(),
    created timestamptz not null default now(),
    is_archived boolean not null default false,
    constraint pkey_mt_streams_tenant_id_id primary key (tenant_id, id)
) with (fillfactor = 70);

create table mt_events (
    seq_id bigint not null,
    id uuid not null,
    stream_id uuid not null,
    version bigint not null,
    data jsonb not null,
    bdata bytea,
    type varchar(500) not null,
    timestamp timestamptz not null default now(),
    tenant_id varchar not null default '*DEFAULT*',
    mt_dotnet_type varchar default '',
    correlation_id varchar,
    causation_id varchar,
    headers jsonb,
    is_archived boolean not null default false,
    constraint pkey_mt_events_seq_id primary key (seq_id),
    constraint fkey_mt_events_stream_id_tenant_id foreign key (tenant_id, stream_id) references mt_streams (tenant_id, id)
);
create unique index pk_mt_events_stream_and_version on mt_events (tenant_id, stream_id, version);
create sequence mt_events_sequence owned by mt_events.seq_id;

create table mt_event_progression (
    name varchar not null,
    last_seq_id bigint,
    last_updated timestamptz default transaction_timestamp(),
    constraint pk_mt_event_progression primary key (name)
);

create table mt_high_water_skips (
    ending_sequence bigint not null,
    starting_sequence bigint not null,
    timestamp timestamptz default transaction_timestamp(),
    constraint pkey_mt_high_water_skips_ending_sequence primary key (ending_sequence)
);

-- Append-only: archiving is the only change an event ever sees.
create function mt_events_are_append_only() returns trigger language plpgsql as $$
begin
    raise exception 'mt_events is append-only: % is refused', lower(tg_op) using errcode = 'PE001';
end $$;
create trigger append_only_update before update on mt_events for each row
    when ((old.seq_id, old.id, old.stream_id, old.version, old.data, old.bdata, old.type, old.timestamp, old.tenant_id,
           old.mt_dotnet_type, old.correlation_id, old.causation_id, old.headers)
        is distinct from
          (new.seq_id, new.id, new.stream_id, new.version, new.data, new.bdata, new.type, new.timestamp, new.tenant_id,
           new.mt_dotnet_type, new.correlation_id, new.causation_id, new.headers))
    execute function mt_events_are_append_only();
create trigger append_only_delete before delete on mt_events for each row execute function mt_events_are_append_only();
create trigger append_only_truncate before truncate on mt_events for each statement execute function mt_events_are_append_only();

-- What a Marten application calls to append when it may not create schema objects itself (AutoCreate.None).
-- Unlike Marten's own body, it locks the stream row before it draws a sequence number, so a lost race leaves no hole.
create function mt_quick_append_events(
    stream uuid, stream_type varchar, tenantid varchar, event_ids uuid[], event_types varchar[], dotnet_types varchar[],
    bodies jsonb[], bdatas bytea[], causation_ids varchar[], correlation_ids varchar[], headers jsonb[],
    timestamps timestamptz[], expected_version bigint default null) returns bigint[] language plpgsql as $$
declare
    current_version bigint;
    archived boolean;
    sequences bigint[];
begin
    insert into mt_streams (tenant_id, id, type, version) values (tenantid, stream, stream_type, 0)
        on conflict on constraint pkey_mt_streams_tenant_id_id do nothing;
    select s.version, s.is_archived into current_version, archived
        from mt_streams s where s.tenant_id = tenantid and s.id = stream for update;
    if archived then
        raise exception 'The stream % is archived', stream using errcode = 'MT001';
    end if;
    if expected_version is not null and expected_version <> current_version then
        raise exception 'The stream % is at version %, expected was %', stream, current_version, expected_version using errcode = 'MT003';
    end if;
    with inserted as (
        insert into mt_events (seq_id, id, stream_id, version, data, bdata, type, timestamp, tenant_id, mt_dotnet_type,
                               correlation_id, causation_id, headers)
        select nextval('mt_events_sequence'), e.id, stream, current_version + e.ord, e.body, e.bdata, e.type, e.at, tenantid,
               e.dotnet_type, e.correlation_id, e.causation_id, e.header
        from unnest(event_ids, event_types, dotnet_types, bodies, bdatas, causation_ids, correlation_ids, headers, timestamps)
            with ordinality as e(id, type, dotnet_type, body, bdata, causation_id, correlation_id, header, at, ord)
        returning seq_id)
    select coalesce(array_agg(seq_id order by seq_id), '{}') into sequences from inserted;
    current_version := current_version + cardinality(event_ids);
    update mt_streams s set version = current_version, timestamp = clock_timestamp() where s.tenant_id = tenantid and s.id = stream;
    return array_prepend(current_version, sequences);
end $$;

create function mt_archive_stream(streamid uuid, tenantid varchar) returns void language sql as $$
    update mt_streams set is_archived = true where id = streamid and tenant_id = tenantid;
    update mt_events set is_archived = true where stream_id = streamid and tenant_id = tenantid;
$$;

create function mt_mark_event_progression(name varchar, last_encountered bigint) returns void language sql as $$
    insert into mt_event_progression (name, last_seq_id, last_updated)
        values (mt_mark_event_progression.name, last_encountered, transaction_timestamp())
        on conflict on constraint pk_mt_event_progression
        do update set last_seq_id = excluded.last_seq_id, last_updated = excluded.last_updated;
$$;
