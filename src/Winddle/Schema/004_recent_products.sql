-- Who asks what changed in the last days pays for that, not for the catalogue.
create index products_by_update on winddle.products (tenant_id, updated_at desc, id desc);
