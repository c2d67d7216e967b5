-- Messages whose handling fails or ends its process: tried again later, then set aside.
alter table outbox add column if not exists begun smallint not null default 0;
alter table outbox add column if not exists failures smallint not null default 0;
alter table outbox add column if not exists retry_at timestamptz;
alter table outbox add column if not exists failure text;
alter table outbox add column if not exists dead_at timestamptz;
create index if not exists outbox_waiting on outbox (tenant_id, last_seq_id, id) where taken_at is null;
drop index if exists outbox_to_take;
create index if not exists outbox_dead on outbox (dead_at) where dead_at is not null;

alter table webhooks.replays drop constraint replays_known_state;
alter table webhooks.replays add constraint replays_known_state check (state in ('running', 'done', 'cancelled', 'failed'));
