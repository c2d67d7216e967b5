-- Projects and their lines: who plans what with which products. A product that any line uses cannot be destroyed.
create table catalog.projects (
    tenant_id varchar not null,
    id bigint not null generated always as identity,
    name text not null,
    source_id text,
    reference text,
    owner bigint not null,
    season bigint,
    archived boolean not null default false,
    details jsonb not null default '{}',
    created_at timestamptz not null default clock_timestamp(),
    updated_at timestamptz not null default clock_timestamp(),
    primary key (tenant_id, id),
    constraint projects_one_per_reference unique (tenant_id, reference),
    constraint projects_of_a_season foreign key (tenant_id, season) references catalog.seasons (tenant_id, id)
);
create index projects_by_name on catalog.projects (tenant_id, name);
create index projects_by_source_id on catalog.projects (tenant_id, source_id);

create table catalog.project_members (
    tenant_id varchar not null,
    project bigint not null,
    member bigint not null,
    primary key (tenant_id, project, member),
    foreign key (tenant_id, project) references catalog.projects (tenant_id, id) on delete cascade
);

create table catalog.project_lines (
    tenant_id varchar not null,
    id bigint not null generated always as identity,
    project bigint not null,
    product_id uuid not null,
    variants bigint[] not null default '{}',
    name text not null,
    source_id text,
    reference text,
    start_at date not null,
    deliver_at date,
    locked boolean not null default false,
    cancelled boolean not null default false,
    archived boolean not null default false,
    details jsonb not null default '{}',
    created_at timestamptz not null default clock_timestamp(),
    updated_at timestamptz not null default clock_timestamp(),
    primary key (tenant_id, id),
    constraint project_lines_of_a_project foreign key (tenant_id, project) references catalog.projects (tenant_id, id)
);
create index project_lines_by_project on catalog.project_lines (tenant_id, project, id);
create index project_lines_by_product on catalog.project_lines (tenant_id, product_id, id desc);
