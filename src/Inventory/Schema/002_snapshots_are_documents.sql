-- The state decisions are made on is a document of Marten's, which keeps it as the inline snapshot of its stream.
insert into mt_doc_stock (tenant_id, id, data, mt_version, mt_dotnet_type)
select tenant_id, id, data || jsonb_build_object('Id', id), version, 'PixeeEvents.Inventory.Stock' from inventory.stock_levels;
drop table inventory.stock_levels;
alter table mt_doc_stock set (fillfactor = 70);
