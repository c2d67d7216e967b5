-- Deliveries of events before this time may have been removed: what is counted of them is no proof.
alter table webhooks.endpoints add column swept_until timestamptz;
