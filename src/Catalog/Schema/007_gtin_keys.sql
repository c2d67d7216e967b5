-- A GTIN's key is its number; a spelling that differs stands beside. Two products that were given one number in two spellings
-- keep it both: the later ones are its twins.
alter table catalog.product_keys add column twin int not null default 0, add column spelling text;
alter table catalog.product_keys drop constraint product_keys_pkey, add primary key (tenant_id, kind, key, twin);

insert into due_rebuilds (name) values ('ProductKeys');
