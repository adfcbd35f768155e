-- What the broker said last of how many messages it has dropped at full queues.

create table broker_drops (
    only_row boolean primary key default true check (only_row),
    total    bigint      not null,
    at       timestamptz not null
);
