-- Payloads that were decoded again: who asked for what and when, and up to when nobody is told of what comes of it.

create table redecode_run (
    id          integer generated always as identity primary key,
    started_at  timestamptz not null default now(),
    finished_at timestamptz,
    actor       text        not null,
    wanted      jsonb       not null,
    uplinks     bigint      not null default 0,
    added       bigint      not null default 0,
    removed     bigint      not null default 0,
    changed     bigint      not null default 0
);

create table redecoded (
    device_id   integer primary key,
    quiet_until timestamptz not null
);
