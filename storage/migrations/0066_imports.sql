-- Files of measured series that were stored: by whom, which file, and what of it. History, like the readings.

create table import_run (
    id       integer generated always as identity primary key,
    at       timestamptz not null default now(),
    actor    text        not null,
    file     text        not null,
    sha256   text        not null,
    origin   text        not null default 'backfill',
    given    bigint      not null,
    added    bigint      not null,
    left_out bigint      not null
);
