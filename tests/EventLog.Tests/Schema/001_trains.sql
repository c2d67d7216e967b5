-- The state and the read models of the trains that the specs book seats on.
create schema trains;

create table trains.trains (
    tenant_id varchar not null,
    id uuid not null,
    version bigint not null,
    data jsonb not null,
    primary key (tenant_id, id)
) with (fillfactor = 70);

-- Booked adds up, so that an event projected twice or never shows.
create table trains.occupancy (
    tenant_id varchar not null,
    train uuid not null,
    booked bigint not null,
    events bigint not null,
    last_seq_id bigint not null,
    constraint occupancy_one_row_per_train primary key (tenant_id, train)
) with (fillfactor = 60);
create index occupancy_by_booked on trains.occupancy (tenant_id, booked desc);

create table trains.delays (like trains.occupancy including all);
create table trains.unrelated (id bigint);
