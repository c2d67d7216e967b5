-- Headers of subscribers carry credentials: their names in clear, their values encrypted. The column headers is emptied into this one
-- at the next start, which has the keys.
alter table webhooks.subscriptions add column sealed_headers jsonb not null default '{}';
