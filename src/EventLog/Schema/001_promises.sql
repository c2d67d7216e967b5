-- What the log promises beyond Marten's own tables. Each statement holds for a new database and for one that is older than Marten here.

-- An append moves one row of a stream, and leaves it in its page.
alter table mt_streams set (fillfactor = 70);

-- Append-only: archiving is the only change an event ever sees.
create or replace function mt_events_are_append_only() returns trigger language plpgsql as $$
begin
    raise exception 'mt_events is append-only: % is refused', lower(tg_op) using errcode = 'PE001';
end $$;
create or replace trigger append_only_update before update on mt_events for each row
    when ((old.seq_id, old.id, old.stream_id, old.version, old.data, old.bdata, old.type, old.timestamp, old.tenant_id,
           old.mt_dotnet_type, old.correlation_id, old.causation_id, old.headers)
        is distinct from
          (new.seq_id, new.id, new.stream_id, new.version, new.data, new.bdata, new.type, new.timestamp, new.tenant_id,
           new.mt_dotnet_type, new.correlation_id, new.causation_id, new.headers))
    execute function mt_events_are_append_only();
create or replace trigger append_only_delete before delete on mt_events for each row execute function mt_events_are_append_only();
create or replace trigger append_only_truncate before truncate on mt_events for each statement execute function mt_events_are_append_only();

-- One clock for all nodes: an event's time is this server's, taken while its stream is held, whatever the writer's clock says.
create or replace function mt_events_have_one_clock() returns trigger language plpgsql as $$
begin
    new.timestamp := clock_timestamp();
    return new;
end $$;
create or replace trigger one_clock before insert on mt_events for each row
    when (new.timestamp not between statement_timestamp() and clock_timestamp())
    execute function mt_events_have_one_clock();

-- Public messages, written in the transaction that appends the events they speak of, and taken in the order of the log.
create table if not exists outbox (
    id uuid not null,
    tenant_id varchar not null,
    type text not null,
    data jsonb not null,
    occurred_at timestamptz not null,
    first_seq_id bigint not null,
    last_seq_id bigint not null,
    correlation_id text,
    headers jsonb,
    causation_id text,
    taken_at timestamptz,
    constraint pkey_outbox primary key (tenant_id, id)
);
create index if not exists outbox_to_take on outbox (last_seq_id) where taken_at is null;
create index if not exists outbox_positions on outbox (tenant_id, last_seq_id);

-- Read models that a schema file has made or changed, until they are built from the log.
create table if not exists due_rebuilds (
    name text primary key
);
