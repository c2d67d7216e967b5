-- What products are described with: the category tree as seen by integer ids, custom fields, statuses, seasons, size sets.
alter table catalog.categories
    add column number bigint generated always as identity,
    add column source_id text;
create unique index categories_one_per_number on catalog.categories (tenant_id, number);
create index categories_by_name on catalog.categories (tenant_id, lower(name));

update catalog.categories c set name = c.name || ' (' || c.slug || ')'
where exists (
    select from catalog.categories o
    where o.tenant_id = c.tenant_id and o.parent_id is not distinct from c.parent_id and lower(o.name) = lower(c.name) and o.id < c.id);
create unique index categories_one_name_among_siblings on catalog.categories (tenant_id, parent_id, lower(name)) nulls not distinct;

create table catalog.custom_fields (
    tenant_id varchar not null,
    id bigint not null generated always as identity,
    name text not null,
    type text not null,
    options text[] not null default '{}',
    position int not null,
    primary key (tenant_id, id)
);
create unique index custom_fields_one_per_name on catalog.custom_fields (tenant_id, lower(name));

-- Ids below 100 belong to the statuses that a company without its own has.
create table catalog.product_statuses (
    tenant_id varchar not null,
    id bigint not null generated always as identity (start with 101),
    name text not null,
    position int not null,
    primary key (tenant_id, id)
);
create unique index product_statuses_one_per_name on catalog.product_statuses (tenant_id, lower(name));

create table catalog.seasons (
    tenant_id varchar not null,
    id bigint not null generated always as identity,
    name text not null,
    code text not null,
    position int not null,
    primary key (tenant_id, id)
);
create unique index seasons_one_per_name on catalog.seasons (tenant_id, lower(name));
create unique index seasons_one_per_code on catalog.seasons (tenant_id, lower(code));

-- A size set without a category applies to every product, one with a category to that branch of the tree.
create table catalog.sizesets (
    tenant_id varchar not null,
    id bigint not null generated always as identity,
    name text not null,
    sizes text[] not null,
    category bigint,
    position int not null,
    primary key (tenant_id, id),
    constraint sizesets_of_a_category foreign key (tenant_id, category) references catalog.categories (tenant_id, number)
);
create unique index sizesets_one_per_name on catalog.sizesets (tenant_id, lower(name));
