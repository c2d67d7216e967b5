-- The read model of the trains that the specs book seats on.
create schema trains;

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

create table trains.unrelated (id bigint);
