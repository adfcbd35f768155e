-- The registry, the ledger and the tables that the write path fills, the same on both tiers.
-- Text keys compare by byte, so that no locale of the server changes an order or an index.

create table instance (
    only_row   boolean primary key default true check (only_row),
    mode       text        not null check (mode in ('live', 'simulation')),
    created_at timestamptz not null default now()
);

create function instance_stays() returns trigger language plpgsql as $$
begin
    raise exception 'the mode of a database is decided once';
end
$$;

create trigger instance_stays before update or delete on instance
    for each row execute function instance_stays();

create table observed_property (
    id   smallint primary key,
    name text collate "C" not null unique,
    unit text not null
);

create table device (
    id                 integer generated always as identity primary key,
    dev_eui            text collate "C" not null unique,
    name               text        not null,
    profile            text        not null,
    application        text        not null,
    codec              text        not null,
    environment        text        not null,
    reporting_interval interval    not null,
    tags               jsonb       not null,
    first_seen_at      timestamptz not null,
    last_seen_at       timestamptz not null
) with (fillfactor = 70);

create table series (
    id          integer generated always as identity primary key,
    device_id   integer  not null references device,
    channel     text collate "C" not null,
    property_id smallint not null references observed_property,
    unique (device_id, channel, property_id)
);

-- What has been handled: a message by its server's key, a frame ('frame') by its content.
create table ledger (
    source            text collate "C" not null,
    event_type        text collate "C" not null,
    deduplication_key text collate "C" not null,
    received_at       timestamptz not null,
    primary key (source, event_type, deduplication_key)
);

create table event (
    id          bigint generated always as identity primary key,
    received_at timestamptz not null,
    source      text  not null,
    event_type  text  not null,
    subject     text  not null,
    application text  not null,
    time        timestamptz,
    detail      jsonb not null
);

create table latest (
    series_id       integer primary key,
    phenomenon_time timestamptz      not null,
    result          double precision not null,
    quality         smallint         not null
) with (fillfactor = 50);

create table rollup_1h (
    series_id      integer     not null,
    interval_start timestamptz not null,
    count          integer     not null,
    expected       integer     not null,
    mean           double precision,
    minimum        double precision,
    maximum        double precision,
    valid          boolean     not null,
    computed_at    timestamptz not null,
    primary key (series_id, interval_start)
);

create table activity_1h (
    device_id      integer     not null,
    interval_start timestamptz not null,
    uplinks        integer     not null,
    first_at       timestamptz not null,
    last_at        timestamptz not null,
    primary key (device_id, interval_start)
) with (fillfactor = 70);

-- Logs of what must be computed again. Not unique on purpose: the evaluator deletes the rows it
-- has seen by id, so a reading that commits meanwhile keeps a row of its own.
create table dirty_interval (
    id             bigint generated always as identity primary key,
    series_id      integer     not null,
    interval_start timestamptz not null
);

create table dirty_activity (
    id             bigint generated always as identity primary key,
    device_id      integer     not null,
    interval_start timestamptz not null
);

create table quarantine (
    id                bigint generated always as identity primary key,
    received_at       timestamptz not null,
    topic             text    not null,
    payload           bytea   not null,
    origin            text    not null,
    reason            text    not null,
    detail            text    not null,
    source            text    not null,
    event_type        text    not null,
    deduplication_key text    not null,
    dev_eui           text    not null,
    attempts          integer not null default 1,
    status            text    not null default 'held' check (status in ('held', 'released')),
    resolved_at       timestamptz
);

-- One row per batch, outcome and reason; nothing is ever changed, a correction is a further row.
create table account_entry (
    id       bigint generated always as identity primary key,
    at       timestamptz not null,
    outcome  text    not null check (outcome in ('stored', 'refused', 'duplicate', 'redelivered')),
    reason   text    not null default '',
    messages integer not null
);

create table possible_gap (
    id      bigint generated always as identity primary key,
    from_at timestamptz not null,
    to_at   timestamptz not null,
    why     text        not null
);
