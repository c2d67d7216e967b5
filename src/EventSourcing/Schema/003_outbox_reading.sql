-- What a reader of the outbox needs: which messages it has yet to take, and the call whose events a message speaks of.
alter table outbox add column causation_id text, add column taken_at timestamptz;
create index outbox_to_take on outbox (last_seq_id) where taken_at is null;
create index outbox_positions on outbox (tenant_id, last_seq_id);
