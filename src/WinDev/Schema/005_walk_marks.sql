-- Every so many rows of the walk under way, where a page out of order is looked for from, and how many rows were in front of them.
alter table sync.bookmarks add column walk_marks bigint[], add column walk_mark_step integer, add column walk_front bigint;
