-- instance_mode --
-- Read what the database is for.
select mode from instance;

-- instance_table --
-- Tell whether the table of the mode is there.
select to_regclass('instance') is not null;

-- instance_create --
-- Decide what the database is for, unless it is decided.
insert into instance (mode) values (%(mode)s::text) on conflict do nothing;

-- migration_table --
-- Tell whether the database was ever migrated.
select to_regclass('migration') is not null;

-- migration_create_table --
-- Make the table that remembers what was applied.
create table if not exists migration (
    number     integer primary key,
    name       text not null,
    tier       text not null check (tier in ('plain', 'timescale')),
    checksum   text not null,
    applied_at timestamptz not null default now()
);

-- migration_applied --
-- List what was applied, oldest first.
select number, name, tier, checksum from migration order by number;

-- migration_record --
-- Remember that a migration was applied.
insert into migration (number, name, tier, checksum)
values (%(number)s::int, %(name)s::text, %(tier)s::text, %(checksum)s::text);

-- migration_try_lock --
-- Take the lock of the one process that migrates, without waiting for it.
select pg_try_advisory_lock(hashtextextended('boroughsense.migrate.' || current_database(), 0));

-- migration_unlock --
-- Let the next process migrate.
select pg_advisory_unlock(hashtextextended('boroughsense.migrate.' || current_database(), 0));

-- timescale_is_available --
-- Tell whether the server has TimescaleDB on its disk.
select exists (select from pg_available_extensions where name = 'timescaledb');

-- timescale_is_installed --
-- Tell whether the database uses TimescaleDB.
select exists (select from pg_extension where extname = 'timescaledb');

-- timescale_create --
-- Bring TimescaleDB into the database.
create extension if not exists timescaledb;

-- properties_read --
-- List the observed properties with their numbers.
select id, name, unit from observed_property order by id;

-- properties_add --
-- Add observed properties, numbered after the highest number ever given.
insert into observed_property (id, name, unit)
select highest.id + added.position, added.name, added.unit
from unnest(%(names)s::text[], %(units)s::text[]) with ordinality as added (name, unit, position),
     (select coalesce(max(id), 0) as id from observed_property) as highest;

-- conversion_table --
-- Tell whether the table of conversions is there.
select to_regclass('conversion') is not null;

-- conversions_set --
-- Set what one property is in the unit of another, and give the properties of which that is new.
insert into conversion (property_id, into_id, factor)
select source.id, target.id, given.factor
from unnest(%(names)s::text[], %(into)s::text[], %(factors)s::float8[]) as given (name, into_name, factor)
join observed_property as source on source.name = given.name
join observed_property as target on target.name = given.into_name
on conflict (property_id, into_id) do update set factor = excluded.factor where conversion.factor <> excluded.factor
returning property_id;

-- conversions_series --
-- Make the series of what series of some properties become.
insert into series (device_id, channel, property_id)
select device_id, channel, into_id
from series
join conversion using (property_id)
where property_id = any (%(properties)s::smallint[])
on conflict do nothing;

-- conversions_mark --
-- Mark the hours of some properties to be computed again.
insert into dirty_interval (series_id, interval_start)
select series_id, interval_start
from rollup_1h
join series on series.id = series_id
where property_id = any (%(properties)s::smallint[]);
