-- The registry: what is measured, where, and by which device from when to when, on both tiers.
-- A reading belongs to the place that its device was at, at the time of the reading: so replacing a
-- device keeps the place, its identifier and its series. Identifiers are never reused.

create table place (
    id         integer generated always as identity primary key,
    public_id  text collate "C" not null unique,
    kind       text        not null check (kind in ('site', 'position', 'dwelling', 'room', 'zone', 'bay', 'station')),
    parent_id  integer references place,
    name       text        not null check (name <> ''),
    area       text        not null default '',
    patch      text        not null default '',
    latitude   double precision check (latitude between -90 and 90),
    longitude  double precision check (longitude between -180 and 180),
    detail     jsonb       not null default '{}',
    created_at timestamptz not null default now(),
    retired_at timestamptz,
    check ((kind in ('position', 'room', 'bay')) = (parent_id is not null)),
    -- A dwelling is never a point on a map.
    check (kind not in ('dwelling', 'room') or (latitude is null and longitude is null))
);

create unique index place_named on place (kind, coalesce(parent_id, 0), name) where retired_at is null and kind <> 'dwelling';
create index place_children on place (parent_id) where parent_id is not null;

-- The only place where a property's number stands; everywhere else it is a keyed pseudonym.
create schema housing;

create table housing.dwelling (
    place_id  integer primary key references place,
    uprn      text collate "C" not null unique check (uprn ~ '^[0-9]{1,12}$'),
    pseudonym text collate "C" not null unique
);

create table housing.tenancy (
    id       integer generated always as identity primary key,
    place_id integer not null references place,
    starts   date    not null,
    ends     date,
    check (ends is null or ends >= starts)
);

create table installation (
    id                integer generated always as identity primary key,
    dev_eui           text collate "C" not null check (dev_eui ~ '^[0-9a-f]{16}$'),
    place_id          integer     not null references place,
    from_at           timestamptz not null,
    to_at             timestamptz,
    expected_interval interval check (expected_interval > interval '0'),
    check (to_at is null or to_at > from_at)
);

create index installation_of_device on installation (dev_eui, from_at);
create index installation_at_place on installation (place_id, from_at);

-- A device is at one place at a time.
create function installation_is_alone() returns trigger language plpgsql as $$
begin
    perform pg_advisory_xact_lock(hashtextextended('boroughsense.installation', 0));
    if exists (select from installation as other
               where other.dev_eui = new.dev_eui and other.id <> new.id
                 and tstzrange(other.from_at, other.to_at) && tstzrange(new.from_at, new.to_at)) then
        raise exception using errcode = 'exclusion_violation',
            message = format('device %s is at another place in that time', new.dev_eui);
    end if;
    return new;
end
$$;

create trigger installation_is_alone before insert or update on installation
    for each row execute function installation_is_alone();

-- y = slope * x + offset, for one device and property, from when to when, with where it comes from.
create table calibration (
    id          integer generated always as identity primary key,
    dev_eui     text collate "C" not null check (dev_eui ~ '^[0-9a-f]{16}$'),
    property_id smallint    not null references observed_property,
    name        text        not null,
    slope       double precision not null check (slope > 0),
    "offset"    double precision not null,
    valid_from  timestamptz not null,
    valid_to    timestamptz,
    source      text        not null,
    r2          double precision check (r2 between 0 and 1),
    pairs       integer check (pairs > 0),
    recorded_at timestamptz not null default now(),
    check (valid_to is null or valid_to > valid_from)
);

create index calibration_of_device on calibration (dev_eui, property_id, valid_from);
