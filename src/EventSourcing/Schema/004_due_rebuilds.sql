-- Read models that a schema file has made or changed, until they are built from the log.
create table due_rebuilds (
    name text primary key
);
