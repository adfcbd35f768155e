-- occupancy_bays --
-- Find the bays that distances were measured above, with where the time to look at lies in each stay; one sensor is looked at by one at a time.
with given as (
    select series.device_id, series.id as distance_id, given.since, given.until
    from unnest(%(series)s::int[], %(since)s::timestamptz[], %(until)s::timestamptz[]) as given (series_id, since, until)
    join series on series.id = given.series_id and channel = ''
    join observed_property on observed_property.id = property_id and observed_property.name = 'distance'
),
bay as (
    select given.*, from_at, to_at,
           (detail ->> 'occupied_below_mm')::float8 as below,
           (detail ->> 'occupied_below_mm')::float8 + coalesce((detail ->> 'occupied_hysteresis_mm')::float8, %(hysteresis)s::float8) as above
    from given
    join device on device.id = device_id
    join installation on installation.dev_eui = device.dev_eui and from_at <= given.until and coalesce(to_at, 'infinity') > given.since
    join place on place.id = installation.place_id and place.kind = 'bay' and detail ? 'occupied_below_mm'
),
added as (
    insert into series (device_id, channel, property_id)
    select distinct device_id, '', observed_property.id from bay join observed_property on observed_property.name = 'parking_occupied'
    on conflict do nothing
)
select device_id, distance_id, greatest(since, from_at), until, from_at, to_at, below, above,
       pg_advisory_xact_lock(hashtextextended('boroughsense.occupancy', device_id))
from (select * from bay order by device_id, from_at) as sorted;

-- occupancy_derive --
-- Say of bays whether they are taken, from a time to the first reading after another that is outside the band, and mark the hours that change.
with bay as (
    select given.*, series.id as state_id,
           coalesce((select min(phenomenon_time) from observation
                     where series_id = distance_id and quality in (1, 2)
                       and phenomenon_time > until and phenomenon_time < coalesce(to_at, 'infinity')
                       and (result < below or result >= above)), to_at, 'infinity') as ends
    from unnest(%(devices)s::int[], %(distances)s::int[], %(since)s::timestamptz[], %(until)s::timestamptz[], %(from_at)s::timestamptz[],
                %(to_at)s::timestamptz[], %(below)s::float8[], %(above)s::float8[])
         as given (device_id, distance_id, since, until, from_at, to_at, below, above)
    join observed_property on observed_property.name = 'parking_occupied'
    join series on series.device_id = given.device_id and channel = '' and property_id = observed_property.id
),
seen as (
    select state_id, from_at, phenomenon_time, quality, phenomenon_time >= since as is_wanted,
           case when result < below then 1.0 when result >= above then 0.0 end as says
    from bay
    cross join lateral (
        select phenomenon_time, result, quality from observation
        where series_id = distance_id and quality in (1, 2) and phenomenon_time >= since and phenomenon_time < ends
        union all
        (select phenomenon_time, result, quality from observation
         where series_id = distance_id and quality in (1, 2) and phenomenon_time >= from_at and phenomenon_time < since
           and (result < below or result >= above)
         order by phenomenon_time desc limit 1)
    ) as distance
),
numbered as (
    select *, count(says) over (partition by state_id, from_at order by phenomenon_time) as number from seen
),
said as (
    select state_id, phenomenon_time, quality, is_wanted, max(says) over (partition by state_id, from_at, number) as state
    from numbered where number > 0
),
put as (
    insert into observation (series_id, phenomenon_time, result, quality)
    select state_id, phenomenon_time, state, quality from said where is_wanted
    on conflict (series_id, phenomenon_time) do update set result = excluded.result, quality = excluded.quality
    where (observation.result, observation.quality) is distinct from (excluded.result, excluded.quality)
    returning series_id, phenomenon_time
),
gone as (
    delete from observation
    using bay
    where observation.series_id = state_id and phenomenon_time >= since and phenomenon_time < ends
      and not exists (select from said where said.state_id = observation.series_id and said.phenomenon_time = observation.phenomenon_time and is_wanted)
    returning observation.series_id, phenomenon_time
),
marked as (
    insert into dirty_interval (series_id, interval_start)
    select distinct series_id, date_bin('1 hour', phenomenon_time, '2000-01-01 00:00:00Z')
    from (select * from put union all select * from gone) as changed
)
select distinct series_id from (select * from put union all select * from gone) as changed;

-- occupancy_stays --
-- List the stays of a device above bays with a threshold, and those of others above one bay.
select dev_eui, from_at, coalesce(to_at, '2102-01-01Z'), place_id,
       (detail ->> 'occupied_below_mm')::float8, (detail ->> 'occupied_hysteresis_mm')::float8
from installation
join place on place.id = place_id and place.kind = 'bay' and detail ? 'occupied_below_mm'
where dev_eui = %(dev_eui)s::text or place_id = %(place)s::int;

-- occupancy_mark --
-- Have states derived again that changed their threshold or their time.
insert into occupancy_mark (dev_eui, from_at, to_at)
select * from unnest(%(dev_euis)s::text[], %(from_at)s::timestamptz[], %(to_at)s::timestamptz[]);

-- occupancy_marks --
-- List what is to be derived again, the oldest first.
select id, dev_eui from occupancy_mark order by id limit 1000;

-- occupancy_writers --
-- List the transactions of those who are writing now.
select coalesce(array_agg(virtualtransaction), '{}') from pg_locks
where locktype = 'advisory' and granted and pid <> pg_backend_pid() and objsubid = 1
  and database = (select oid from pg_database where datname = current_database())
  and (classid::bigint << 32 | objid::bigint) = hashtextextended('boroughsense.write', 0);

-- occupancy_take --
-- Take a mark away, with the sensor looked at by one at a time; none when somebody else took it.
with taken as (
    delete from occupancy_mark
    where id = (select id from occupancy_mark where id = %(id)s::bigint for update skip locked)
    returning dev_eui, from_at, to_at
)
select from_at, to_at, pg_advisory_xact_lock(hashtextextended('boroughsense.occupancy', device.id))
from taken
left join device using (dev_eui);

-- occupancy_clear --
-- Take states back that were derived from a distance above a bay that has no threshold any more, and mark their hours.
with sensor as (
    select far.id as distance_id, state.id as state_id
    from device
    join series as far on far.device_id = device.id and far.channel = ''
                      and far.property_id = (select id from observed_property where name = 'distance')
    join series as state on state.device_id = device.id and state.channel = ''
                        and state.property_id = (select id from observed_property where name = 'parking_occupied')
    where device.dev_eui = %(dev_eui)s::text
),
gone as (
    delete from observation
    using sensor
    where observation.series_id = state_id
      and phenomenon_time >= %(from_at)s::timestamptz and phenomenon_time < %(to_at)s::timestamptz
      and exists (select from observation as distance
                  where distance.series_id = distance_id and distance.phenomenon_time = observation.phenomenon_time)
      and not exists (select from installation
                      join place on place.id = place_id and place.kind = 'bay' and detail ? 'occupied_below_mm'
                      where installation.dev_eui = %(dev_eui)s::text and installation.from_at <= observation.phenomenon_time
                        and coalesce(installation.to_at, 'infinity') > observation.phenomenon_time)
    returning series_id, phenomenon_time
),
marked as (
    insert into dirty_interval (series_id, interval_start)
    select distinct series_id, date_bin('1 hour', phenomenon_time, '2000-01-01 00:00:00Z') from gone
)
select distinct series_id from gone;

-- occupancy_of_stay --
-- Give the distances that a device measured in a time.
select series.id, min(phenomenon_time), max(phenomenon_time)
from device
join series on series.device_id = device.id and channel = ''
join observed_property on observed_property.id = property_id and observed_property.name = 'distance'
join observation on observation.series_id = series.id
                and phenomenon_time >= %(from_at)s::timestamptz and phenomenon_time < %(to_at)s::timestamptz
where device.dev_eui = %(dev_eui)s::text
group by series.id;
