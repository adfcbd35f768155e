-- Stored payloads that were decoded again: who asked for it, and up to when nobody is told of what comes of it.

create table redecode_run (
    id           integer generated always as identity primary key,
    at           timestamptz not null default now(),
    actor        text        not null,
    wanted       jsonb       not null,
    uplinks      integer     not null,
    added        integer     not null,
    removed      integer     not null,
    changed      integer     not null
);

create table redecoded (
    device_id   integer primary key references device,
    quiet_until timestamptz not null
);
