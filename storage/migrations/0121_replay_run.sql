-- What `boroughsense replay` publishes, or published, so that the page of runs tells how far it came.

create table replay_run (
    id          integer generated always as identity primary key,
    started_at  timestamptz not null default now(),
    told_at     timestamptz not null default now(),
    finished_at timestamptz,
    stopped     boolean     not null default false,
    actor       text        not null,
    source      text        not null,
    origin      text        not null,
    speed       text        not null,
    published   bigint      not null default 0,
    fraction    double precision check (fraction between 0 and 1)
);
