-- places_mark --
-- Have places worked out by a theme of which an hour changed, from their first day on; again where it was counted in already.
with touched as (
    select installation.place_id, min(greatest(date_trunc('hour', from_at), given.hour)) as hour
    from unnest(%(subjects)b::int[], %(hours)b::timestamptz[]) as given (series_id, hour)
    join series on series.id = given.series_id and channel = ''
    join observed_property on observed_property.id = property_id and observed_property.name = any (%(properties)s::text[])
    join device on device.id = series.device_id
    join installation on installation.dev_eui = device.dev_eui and (to_at is null or to_at > given.hour)
    join place on place.id = installation.place_id and place.kind = any (%(kinds)s::text[])
    group by installation.place_id
),
added as (
    insert into derivation (theme, owner_id, until, due_at)
    select %(theme)s::text, place_id, date_trunc('day', hour), date_trunc('day', hour) + interval '90 minutes' from touched
    where not exists (select from derivation where theme = %(theme)s::text and owner_id = place_id)
    on conflict do nothing
)
update derivation
set again = least(again, touched.hour), due_at = least(due_at, %(clock)s::timestamptz)
from touched
where theme = %(theme)s::text and owner_id = touched.place_id and touched.hour < until;

-- rooms_mark_outdoor --
-- Have rooms worked out again whose walls felt an outdoor temperature that changed, or whose air is compared with an outdoor humidity that did.
with touched as (
    select min(given.hour) as hour
    from unnest(%(subjects)b::int[], %(hours)b::timestamptz[]) as given (series_id, hour)
    join series on series.id = given.series_id and channel = ''
    join observed_property on observed_property.id = property_id and observed_property.name in ('temperature', 'relative_humidity')
    join device on device.id = series.device_id and device.environment = 'outdoor'
    join installation on installation.dev_eui = device.dev_eui and (to_at is null or to_at > given.hour)
    join place on place.id = installation.place_id and place.kind in ('station', 'position')
)
update derivation
set again = least(again, touched.hour), due_at = least(due_at, %(clock)s::timestamptz)
from touched
where theme = 'room' and touched.hour < until;

-- sites_mark --
-- Have sites worked out of whose positions an hour of dust changed, from their first day on; again where it was counted in already, also when the wind changed.
with heard as (
    select place.id as place_id, place.kind, place.parent_id, observed_property.name, greatest(date_trunc('hour', from_at), given.hour) as hour
    from unnest(%(subjects)b::int[], %(hours)b::timestamptz[]) as given (series_id, hour)
    join series on series.id = given.series_id and channel = ''
    join observed_property on observed_property.id = property_id
                          and observed_property.name in ('pm10', 'wind_speed', 'wind_direction')
    join device on device.id = series.device_id
    join installation on installation.dev_eui = device.dev_eui and (to_at is null or to_at > given.hour)
    join place on place.id = installation.place_id and place.kind in ('station', 'position')
),
dusty as (
    select heard.parent_id as site_id, min(hour) as hour
    from heard
    join place as site on site.id = heard.parent_id and site.kind = 'site'
    where heard.kind = 'position' and heard.name = 'pm10'
    group by heard.parent_id
),
added as (
    insert into derivation (theme, owner_id, until, due_at)
    select 'site', site_id, date_trunc('day', hour), date_trunc('day', hour) + interval '90 minutes' from dusty
    on conflict do nothing
),
blown as (
    select min(hour) as hour from heard where name <> 'pm10'
)
update derivation
set again = least(again, touched.hour), due_at = least(due_at, %(clock)s::timestamptz)
from (
    select derivation.owner_id, least(dusty.hour, blown.hour) as hour
    from derivation
    cross join blown
    left join dusty on dusty.site_id = derivation.owner_id
    where theme = 'site'
) as touched
where derivation.theme = 'site' and derivation.owner_id = touched.owner_id and touched.hour < until;

-- places_mark_registry --
-- Take the marks of the registry away, and have the places worked out again of which it tells something else.
with taken as (
    delete from derivation_mark returning place_id, since
),
touched as (
    select themed.theme, told.place_id, min(date_trunc('hour', since)) as hour
    from (
        select taken.place_id, since from taken
        union all
        select site.id, since
        from taken
        join place as position on position.id = taken.place_id and position.kind = 'position'
        join place as site on site.id = position.parent_id and site.kind = 'site'
    ) as told
    join place on place.id = told.place_id
    join unnest(%(themes)s::text[], %(kinds)s::text[]) as themed (theme, kind) on themed.kind = place.kind
    group by themed.theme, told.place_id
),
added as (
    insert into derivation (theme, owner_id, until, due_at)
    select theme, place_id, date_trunc('day', starts.hour), date_trunc('day', starts.hour) + interval '90 minutes'
    from touched
    cross join lateral (
        select min(greatest(interval_start, touched.hour)) as hour
        from installation
        join device on device.dev_eui = installation.dev_eui
        join series on series.device_id = device.id
        join rollup_1h on rollup_1h.series_id = series.id and interval_start >= installation.from_at
        where installation.place_id = touched.place_id
    ) as starts
    where starts.hour is not null
    on conflict do nothing
)
update derivation
set again = least(again, touched.hour), due_at = least(due_at, %(clock)s::timestamptz)
from touched
where derivation.theme = touched.theme and owner_id = touched.place_id and touched.hour < until;

-- derivations_due --
-- List what of a theme is to be worked out, what waits longest first, with where to begin again; a room not where a window of 30 days reaches into hours that are erased.
with due as materialized (
    select theme, owner_id, until, again, due_at, state from derivation
    where theme = %(theme)s::text and due_at <= %(clock)s::timestamptz
    order by due_at, owner_id
    limit %(limit)s::int
)
select due.owner_id, due.until, begin.again, due.state::text, point.until, point.state::text
from due
left join lateral (
    select max(to_at) + interval '31 days' as since
    from series
    join erased_stretch on erased_stretch.series_id = series.id and what = 'means'
    where due.theme = 'room' and due.again is not null and series.owner_place_id = due.owner_id
) as kept on true
cross join lateral (
    select case when kept.since is null or due.again >= kept.since then due.again
                when kept.since < due.until then kept.since end as again
) as begin
left join lateral (
    select until, state from derivation_checkpoint as point
    where point.theme = due.theme and point.owner_id = due.owner_id and point.until <= begin.again
    order by until desc limit 1
) as point on true
order by due.due_at, due.owner_id;

-- derivations_done --
-- Remember up to when something is worked out, and when the next hour closes.
update derivation
set until = given.until, again = null, due_at = given.due_at, state = given.state
from unnest(%(owners)b::int[], %(until)b::timestamptz[], %(due_at)b::timestamptz[], %(states)b::jsonb[]) as given (owner_id, until, due_at, state)
where derivation.theme = %(theme)s::text and derivation.owner_id = given.owner_id;

-- derivations_checkpoint --
-- Remember states at midnights.
insert into derivation_checkpoint (theme, owner_id, until, state)
select %(theme)s::text, * from unnest(%(owners)b::int[], %(until)b::timestamptz[], %(states)b::jsonb[])
on conflict (theme, owner_id, until) do update set state = excluded.state;

-- derivations_thin --
-- Forget states at midnights of more than some days before the last, but for the first of each month.
delete from derivation_checkpoint as point
using unnest(%(owners)b::int[], %(until)b::timestamptz[]) as given (owner_id, until)
where point.theme = %(theme)s::text and point.owner_id = given.owner_id and point.until < given.until - interval '8 days'
  and extract(day from point.until at time zone 'UTC') <> 1;

-- rooms_read --
-- Read what the registry tells of rooms.
select room.id, coalesce(nullif(room.area, ''), home.area, ''), room.detail::text
from place as room
left join place as home on home.id = room.parent_id
where room.id = any (%(places)b::int[]);

-- places_hours --
-- Read the valid hours of places, each between two times, of whatever device was there through the hour; the one there longest last.
select wanted.place_id, observed_property.name, hour.interval_start, hour.mean
from unnest(%(places)b::int[], %(since)b::timestamptz[], %(until)b::timestamptz[]) as wanted (place_id, since, until)
join installation on installation.place_id = wanted.place_id and from_at < wanted.until and coalesce(to_at, 'infinity') > wanted.since
join device on device.dev_eui = installation.dev_eui
join series on series.device_id = device.id and channel = ''
join observed_property on observed_property.id = property_id and observed_property.name = any (%(properties)b::text[])
cross join lateral (
    select interval_start, mean from rollup_1h
    where rollup_1h.series_id = series.id and interval_start >= greatest(wanted.since, from_at) and interval_start < wanted.until
      and interval_start + interval '1 hour' <= coalesce(to_at, 'infinity') and valid
    offset 0
) as hour
order by from_at desc, installation.id desc;

-- places_series --
-- List the series of a property at places, with from when to when each was there; the one there longest last.
select installation.place_id, series.id, from_at, to_at
from installation
join device on device.dev_eui = installation.dev_eui
join series on series.device_id = device.id and channel = ''
join observed_property on observed_property.id = property_id and observed_property.name = %(name)s::text
where installation.place_id = any (%(places)s::int[])
order by from_at desc, installation.id desc;

-- outdoor_hours --
-- Read the valid hours of a property outdoors between two times: of stations, and of other places where there is no station.
with outdoor as (
    select place.id, coalesce(nullif(place.area, ''), parent.area, '') as area, place.kind, series.id as series_id, from_at, to_at
    from place
    left join place as parent on parent.id = place.parent_id
    join installation on installation.place_id = place.id
    join device on device.dev_eui = installation.dev_eui and device.environment = 'outdoor'
    join series on series.device_id = device.id and channel = ''
    join observed_property on observed_property.id = property_id and observed_property.name = %(name)s::text
    where place.kind in ('station', 'position')
)
select outdoor.id, outdoor.area, interval_start, mean
from outdoor
cross join lateral (
    select interval_start, mean from rollup_1h
    where rollup_1h.series_id = outdoor.series_id and interval_start >= greatest(%(since)s::timestamptz, from_at)
      and interval_start < %(until)s::timestamptz and interval_start + interval '1 hour' <= coalesce(to_at, 'infinity') and valid
    offset 0
) as hour
where kind = 'station' or not exists (select from outdoor where kind = 'station')
order by outdoor.id, outdoor.from_at desc;

-- derived_hours --
-- Read what was worked out for places of one property, each between two times.
select wanted.place_id, interval_start, mean
from unnest(%(places)b::int[], %(since)b::timestamptz[], %(until)b::timestamptz[]) as wanted (place_id, since, until)
join series on series.owner_place_id = wanted.place_id and channel = ''
join observed_property on observed_property.id = property_id and observed_property.name = %(name)s::text
join rollup_1h on rollup_1h.series_id = series.id and interval_start >= wanted.since and interval_start < wanted.until and valid;

-- derived_series_add --
-- Make series of what is worked out for places or devices.
insert into series (device_id, owner_place_id, channel, property_id)
select given.device_id, given.place_id, given.channel, observed_property.id
from unnest(%(devices)b::int[], %(places)b::int[], %(names)b::text[], %(channels)b::text[]) as given (device_id, place_id, name, channel)
join observed_property on observed_property.name = given.name
on conflict do nothing;

-- derived_series_read --
-- List the series of what is worked out for places or devices.
with named as materialized (
    select id, name from observed_property where name = any (%(names)b::text[])
)
select series.id, coalesce(series.owner_place_id, series.device_id), named.name, channel
from series
join named on named.id = property_id
where owner_place_id = any (%(places)b::int[]) or device_id = any (%(devices)b::int[]);

-- derived_write --
-- Set hours that were worked out, and give those that changed, by their series.
with written as (
    insert into rollup_1h (series_id, interval_start, count, expected, mean, minimum, maximum, valid, computed_at)
    select series_id, interval_start, 1, 1, value, value, value, true, now()
    from unnest(%(series)b::int[], %(starts)b::timestamptz[], %(values)b::float8[]) as given (series_id, interval_start, value)
    on conflict (series_id, interval_start) do update
    set count = 1, mean = excluded.mean, minimum = excluded.mean, maximum = excluded.mean, valid = true, computed_at = now()
    where not rollup_1h.valid or rollup_1h.mean is distinct from excluded.mean
    returning series_id, interval_start
)
select series_id, min(interval_start) from written group by series_id;

-- derived_clear --
-- Take hours back that cannot be worked out any more, and give them by their series.
with gone as (
    update rollup_1h
    set count = 0, mean = null, minimum = null, maximum = null, valid = false, computed_at = now()
    from unnest(%(owned)b::int[], %(since)b::timestamptz[], %(until)b::timestamptz[]) as wanted (series_id, since, until)
    where rollup_1h.series_id = wanted.series_id and interval_start >= wanted.since and interval_start < wanted.until and valid
      and not exists (select from unnest(%(series)b::int[], %(starts)b::timestamptz[]) as given (series_id, interval_start)
                      where given.series_id = rollup_1h.series_id and given.interval_start = rollup_1h.interval_start)
    returning rollup_1h.series_id, rollup_1h.interval_start
)
select series_id, min(interval_start) from gone group by series_id;

-- street_mark --
-- Have bays with a limit and zones judged whose sensors said something in an hour, from their first day on.
with touched as (
    select place.id as bay_id, coalesce(place.parent_id, place.id) as zone_id, place.detail ? 'limit_minutes' as is_limited,
           place.kind = 'bay' as is_bay, greatest(date_trunc('hour', from_at), given.hour) as hour
    from unnest(%(subjects)b::int[], %(hours)b::timestamptz[]) as given (series_id, hour)
    join series on series.id = given.series_id and channel = ''
    join observed_property on observed_property.id = property_id and observed_property.name in ('parking_occupied', 'free_spaces')
    join device on device.id = series.device_id
    join installation on installation.dev_eui = device.dev_eui and (to_at is null or to_at > given.hour)
    join place on place.id = installation.place_id and place.kind in ('bay', 'zone')
),
judged as (
    select bay_id as owner_id, 'overstay' as name, min(hour) as hour from touched where is_bay and is_limited group by bay_id
    union all
    select zone_id, 'zone_occupancy', min(hour) from touched group by zone_id
),
added as (
    insert into series (owner_place_id, channel, property_id)
    select owner_id, '', observed_property.id from judged join observed_property using (name)
    where name = any (%(properties)s::text[])
    on conflict do nothing
    returning id, owner_place_id, property_id
)
select coalesce(series.id, added.id), judged.hour
from judged
join observed_property using (name)
left join series on series.owner_place_id = judged.owner_id and series.channel = '' and series.property_id = observed_property.id
left join added on added.owner_place_id = judged.owner_id and added.property_id = observed_property.id
where coalesce(series.id, added.id) is not null;

-- bays_of --
-- List bays, or the bays of zones, with the zone, the limit, and how often the sensor speaks.
select bay.id, bay.parent_id, (bay.detail ->> 'limit_minutes')::float8,
       coalesce(installation.expected_interval, device.reporting_interval, interval '1 day'),
       bay.detail ->> 'limit_hours', bay.detail ->> 'limit_on_bank_holidays'
from place as bay
left join installation on installation.place_id = bay.id and installation.to_at is null
left join device on device.dev_eui = installation.dev_eui
where bay.kind = 'bay' and bay.retired_at is null
  and (bay.parent_id = any (%(zones)s::int[])
       or bay.parent_id in (select parent_id from place where id = any (%(bays)s::int[]) and kind = 'bay'));

-- lots_of --
-- List zones with a number of spaces.
select id, (detail ->> 'capacity')::int from place
where id = any (%(zones)s::int[]) and kind = 'zone' and detail ->> 'capacity' ~ '^[0-9]{1,6}$';

-- lot_counts --
-- Read the free spaces that zones told of, between two times.
select installation.place_id, phenomenon_time, result
from installation
join device on device.dev_eui = installation.dev_eui
join series on series.device_id = device.id and channel = ''
join observed_property on observed_property.id = property_id and observed_property.name = 'free_spaces'
join observation on observation.series_id = series.id and quality in (1, 2)
                and phenomenon_time >= greatest(%(since)s::timestamptz, from_at)
                and phenomenon_time < least(%(until)s::timestamptz, coalesce(to_at, 'infinity'))
where installation.place_id = any (%(zones)s::int[]);

-- fleet_mark --
-- Have devices worked out of whose series an hour changed, from their first day on; again where it was counted in already.
with touched as (
    select series.device_id, min(given.hour) as hour
    from unnest(%(subjects)b::int[], %(hours)b::timestamptz[]) as given (series_id, hour)
    join series on series.id = given.series_id and device_id is not null
    group by series.device_id
),
added as (
    insert into derivation (theme, owner_id, until, due_at)
    select 'fleet', device_id, date_trunc('day', hour), date_trunc('day', hour) + interval '1 day 30 minutes' from touched
    on conflict do nothing
)
update derivation
set again = least(again, touched.hour), due_at = least(due_at, %(clock)s::timestamptz)
from touched
where theme = 'fleet' and owner_id = touched.device_id and touched.hour < until;

-- fleet_intervals --
-- Read how often devices report.
select device.id, coalesce(installation.expected_interval, device.reporting_interval)
from device
left join installation on installation.dev_eui = device.dev_eui and to_at is null
where device.id = any (%(devices)s::int[]);

-- fleet_uplinks --
-- Read how many messages of devices came by the hour, between two times; and the hour of the first ever, with none.
select device_id, interval_start, uplinks
from activity_1h
where device_id = any (%(devices)s::int[]) and interval_start >= %(since)s::timestamptz and interval_start < %(until)s::timestamptz
union all
select wanted.device_id, first.interval_start, 0
from unnest(%(devices)s::int[]) as wanted (device_id)
cross join lateral (select interval_start from activity_1h
                    where activity_1h.device_id = wanted.device_id order by interval_start limit 1) as first
where first.interval_start < %(since)s::timestamptz;

-- fleet_extents --
-- Read the least and highest readings by the hour of devices' series of some properties, between two times, in the order of time; those that fail for standing still too.
select series.device_id, observed_property.name, channel, interval_start, minimum, maximum
from series
join observed_property on observed_property.id = property_id and observed_property.name = any (%(properties)s::text[])
join rollup_1h on rollup_1h.series_id = series.id and interval_start >= %(since)s::timestamptz and interval_start < %(until)s::timestamptz
              and count > 0 and minimum is not null
where series.device_id = any (%(devices)s::int[])
union all
select series.device_id, observed_property.name, channel, date_bin('1 hour', phenomenon_time, '2000-01-01 00:00:00Z'), min(result), max(result)
from series
join observed_property on observed_property.id = property_id and observed_property.name = any (%(properties)s::text[])
join failed_reading on failed_reading.series_id = series.id and flat = 4
                   and phenomenon_time >= %(since)s::timestamptz and phenomenon_time < %(until)s::timestamptz
join observation using (series_id, phenomenon_time)
where series.device_id = any (%(devices)s::int[])
group by 1, 2, 3, 4
order by 4;

-- fleet_batteries --
-- Read the daily means of devices' batteries that began between two times, in the order of time.
select series.device_id, observed_property.name, london_day_begins(day), mean
from series
join observed_property on observed_property.id = property_id and observed_property.name in ('battery_level', 'battery_voltage')
join rollup_1d on rollup_1d.series_id = series.id and day >= london_day(%(since)s::timestamptz) and day < london_day(%(until)s::timestamptz)
              and mean is not null
where series.device_id = any (%(devices)s::int[]) and channel = ''
order by day;

-- fleet_delays --
-- Read for each UTC day the median of how long after the time that they tell devices' live messages came.
select device_id, date_trunc('day', received_at),
       percentile_cont(0.5) within group (order by extract(epoch from received_at - result_time)::float8)
from uplink
where device_id = any (%(devices)s::int[]) and received_at >= %(since)s::timestamptz and received_at < %(until)s::timestamptz
  and origin = 'live' and time_source in ('gateway', 'device') and result_time is not null
group by 1, 2;
