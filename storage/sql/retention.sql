-- retention_tenancies --
-- List the tenancies of homes, from the first day's beginning to the last day's end.
select place_id, london_day_begins(starts), coalesce(london_day_begins(ends + 1), '2102-01-01Z') from housing.tenancy;

-- retention_cases --
-- List the cases of homes, with when they were closed.
select place_id, aware_at,
       (select max(closing.at) from housing.case_event as closing
        where closing.case_id = hazard_case.id and closing.kind = 'closed'
          and not exists (select from housing.case_event as mistake where mistake.retracts = closing.id))
from housing.hazard_case;

-- retention_stays --
-- List when devices were in homes, and when indoor devices were nowhere.
select home.id, home.public_id, installation.dev_eui, device.id, array_remove(array_agg(series.id), null),
       installation.from_at, coalesce(installation.to_at, '2102-01-01Z')
from installation
join place on place.id = installation.place_id and place.kind in ('room', 'dwelling')
join place as home on home.id = coalesce(place.parent_id, place.id)
left join device on device.dev_eui = installation.dev_eui
left join series on series.device_id = device.id
group by home.id, home.public_id, installation.id, device.id
union all
-- What is worked out for a room belongs to the room, whatever device is there.
select home.id, home.public_id, null, null, array_agg(series.id), '1999-12-01Z', '2102-01-01Z'
from series
join place on place.id = series.owner_place_id and place.kind in ('room', 'dwelling')
join place as home on home.id = coalesce(place.parent_id, place.id)
group by home.id, home.public_id
union all
select 0, '', device.dev_eui, device.id, array_remove(array_agg(distinct series.id), null), free.from_at, free.to_at
from device
join series on series.device_id = device.id
cross join lateral (
    select lower(piece), upper(piece)
    from unnest(multirange(tstzrange('1999-12-01Z', '2102-01-01Z'))
                - (select coalesce(range_agg(tstzrange(from_at, coalesce(to_at, '2102-01-01Z'))), '{}')
                   from installation where installation.dev_eui = device.dev_eui)) as piece
) as free (from_at, to_at)
where device.environment = 'indoor'
group by device.id, free.from_at, free.to_at
order by 2, 3, 6;

-- erase_count --
-- Count what there is of a device in a time, and say from when on.
select (select count(*) from observation
        where series_id = any (%(series)s::int[]) and phenomenon_time >= %(since)s::timestamptz and phenomenon_time < %(until)s::timestamptz),
       (select count(*) from uplink
        where device_id = %(device)s::int and received_at >= %(since)s::timestamptz and received_at < %(until)s::timestamptz),
       (select count(*) from rollup_1h
        where series_id = any (%(series)s::int[])
          and interval_start > %(since)s::timestamptz - interval '1 hour' and interval_start < %(until)s::timestamptz),
       (select count(*) from quarantine
        where (dev_eui = %(dev_eui)s::text or %(dev_eui)s::text = '' and not exists (
           select from installation
           join place on place.id = place_id and place.kind in ('room', 'dwelling')
           where installation.dev_eui = quarantine.dev_eui))
          and received_at >= %(since)s::timestamptz and received_at < %(until)s::timestamptz);

-- erase_found_readings --
-- Find of which series there are readings in their times; items may be told several times.
select distinct given.item
from unnest(%(items)s::int[], %(series)s::int[], %(since)s::timestamptz[], %(until)s::timestamptz[]) as given (item, series_id, since, until)
cross join lateral (
    select from observation
    where observation.series_id = given.series_id and phenomenon_time >= given.since and phenomenon_time < given.until
    limit 1
) as found;

-- erase_found_uplinks --
-- Find of which devices there are uplinks in their times.
select distinct given.item
from unnest(%(items)s::int[], %(devices)s::int[], %(since)s::timestamptz[], %(until)s::timestamptz[]) as given (item, device_id, since, until)
cross join lateral (
    select from uplink
    where uplink.device_id = given.device_id and received_at >= given.since and received_at < given.until
    limit 1
) as found;

-- erase_found_refused --
-- Find of which devices there are refused messages in their times.
select distinct given.item
from unnest(%(items)s::int[], %(euis)s::text[], %(since)s::timestamptz[], %(until)s::timestamptz[]) as given (item, dev_eui, since, until)
join quarantine on (quarantine.dev_eui = given.dev_eui or given.dev_eui = '')
               and received_at >= given.since and received_at < given.until;

-- erase_found_means --
-- Find of which series there are hours that touch their times.
select distinct given.item
from unnest(%(items)s::int[], %(series)s::int[], %(since)s::timestamptz[], %(until)s::timestamptz[]) as given (item, series_id, since, until)
cross join lateral (
    select from rollup_1h
    where rollup_1h.series_id = given.series_id
      and interval_start > given.since - interval '1 hour' and interval_start < given.until
    limit 1
) as found;

-- erase_earliest --
-- Find when the first of what there is of a device in a time is.
select least((select min(phenomenon_time) from observation
              where series_id = any (%(series)s::int[]) and phenomenon_time >= %(since)s::timestamptz and phenomenon_time < %(until)s::timestamptz),
             (select min(received_at) from uplink
              where device_id = %(device)s::int and received_at >= %(since)s::timestamptz and received_at < %(until)s::timestamptz));

-- erase_waits --
-- Say whether an hour in a time is still to be computed from its readings.
select exists (select from dirty_interval
               where series_id = any (%(series)s::int[])
                 and interval_start > %(since)s::timestamptz - interval '1 hour' and interval_start < %(until)s::timestamptz
                 and not exists (select from erased_stretch
                                 where erased_stretch.series_id = dirty_interval.series_id
                                   and from_at < interval_start + interval '1 hour' and to_at > interval_start));

-- erase_note --
-- Write down that a stretch of series is erased, before it is.
insert into erased_stretch (series_id, what, from_at, to_at)
select series_id, %(what)s::text, %(since)s::timestamptz, %(until)s::timestamptz
from unnest(%(series)s::int[]) as given (series_id)
on conflict (series_id, what, from_at) do update
set to_at = greatest(erased_stretch.to_at, excluded.to_at), erased_at = now()
where excluded.to_at > erased_stretch.to_at;

-- erase_readings --
-- Erase the readings of series in a time, and the newest value if it is of them.
with gone as (
    delete from latest
    where series_id = any (%(series)s::int[]) and phenomenon_time >= %(since)s::timestamptz and phenomenon_time < %(until)s::timestamptz
),
failed as (
    delete from failed_reading
    where series_id = any (%(series)s::int[]) and phenomenon_time >= %(since)s::timestamptz and phenomenon_time < %(until)s::timestamptz
)
delete from observation
where series_id = any (%(series)s::int[]) and phenomenon_time >= %(since)s::timestamptz and phenomenon_time < %(until)s::timestamptz;

-- erase_uplinks --
-- Erase the uplinks of a device in a time: their payloads hold the readings.
delete from uplink
where device_id = %(device)s::int and received_at >= %(since)s::timestamptz and received_at < %(until)s::timestamptz;

-- erase_quarantine --
-- Erase the refused messages of a device in a time, whose payloads hold readings too; without a device, those of what is in no home.
delete from quarantine
where (dev_eui = %(dev_eui)s::text or %(dev_eui)s::text = '' and not exists (
           select from installation
           join place on place.id = place_id and place.kind in ('room', 'dwelling')
           where installation.dev_eui = quarantine.dev_eui))
          and received_at >= %(since)s::timestamptz and received_at < %(until)s::timestamptz;

-- erase_means --
-- Erase the hours and days of series that touch a time, what was written down of their changes, what rooms were by them, and where rules on values stood by them.
with judged as (
    delete from alert_checkpoint
    where subject_id = any (%(series)s::int[])
      and exists (select from rule_version
                  where rule_version.rule_id = alert_checkpoint.rule_id and definition->>'observed_property' <> '')
      and alert_checkpoint.until > %(since)s::timestamptz and alert_checkpoint.until <= %(until)s::timestamptz
),
calm as (
    delete from alert_calm
    where subject_id = any (%(series)s::int[])
      and exists (select from rule_version
                  where rule_version.rule_id = alert_calm.rule_id and definition->>'observed_property' <> '')
      and alert_calm.until > %(since)s::timestamptz and alert_calm.until <= %(until)s::timestamptz
),
states as (
    delete from derivation_checkpoint
    using series
    where series.id = any (%(series)s::int[]) and derivation_checkpoint.theme = 'room'
      and derivation_checkpoint.owner_id = series.owner_place_id
      and derivation_checkpoint.until > %(since)s::timestamptz and derivation_checkpoint.until < %(until)s::timestamptz
),
days as (
    delete from rollup_1d
    where series_id = any (%(series)s::int[])
      and london_day_begins(day + 1) > %(since)s::timestamptz and london_day_begins(day) < %(until)s::timestamptz
),
marks as (
    delete from dirty_day
    where series_id = any (%(series)s::int[])
      and london_day_begins(day + 1) > %(since)s::timestamptz and london_day_begins(day) < %(until)s::timestamptz
),
changes as (
    delete from revision
    where series_id = any (%(series)s::int[])
      and interval_start > %(since)s::timestamptz - interval '1 day' and interval_start < %(until)s::timestamptz
)
delete from rollup_1h
where series_id = any (%(series)s::int[])
  and interval_start > %(since)s::timestamptz - interval '1 hour' and interval_start < %(until)s::timestamptz;
