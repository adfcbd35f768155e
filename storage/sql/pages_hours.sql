-- pages_series_hours --
-- Read the hours of series between two times.
select series_id, interval_start, count, expected, mean, minimum, maximum, valid
from rollup_1h
where series_id = any (%(series)s::int[]) and interval_start >= %(since)s::timestamptz and interval_start < %(until)s::timestamptz
order by series_id, interval_start;

-- pages_place_hours --
-- Read the hours of some properties at places between two times, of whichever device was there; of two in one hour the fuller.
with placed as materialized (
    select place_id, observed_property.name, series.id as series_id,
           greatest(%(since)s::timestamptz, date_trunc('hour', from_at)) as since,
           least(%(until)s::timestamptz, coalesce(to_at, 'infinity')) as until
    from installation
    join device on device.dev_eui = installation.dev_eui
    join series on series.device_id = device.id and channel = ''
    join observed_property on observed_property.id = property_id
    where place_id = any (%(places)s::int[]) and observed_property.name = any (%(properties)s::text[])
)
select distinct on (place_id, name, interval_start) place_id, name, interval_start, count, expected, mean, minimum, maximum, valid
from placed
cross join lateral (
    -- Never all hours of all series at once, whatever the planner thinks of the times.
    select * from rollup_1h
    where rollup_1h.series_id = placed.series_id and interval_start >= placed.since and interval_start < placed.until
    offset 0
) as hour
order by place_id, name, interval_start, count desc;

-- pages_place_readings --
-- Read the usable readings of some properties at places between two times, as corrected.
select place_id, observed_property.name, phenomenon_time, result
from installation
join device on device.dev_eui = installation.dev_eui
join series on series.device_id = device.id and channel = ''
join observed_property on observed_property.id = property_id
cross join lateral readings_between(series.id, greatest(%(since)s::timestamptz, from_at),
                                    least(%(until)s::timestamptz, coalesce(to_at, 'infinity')))
where place_id = any (%(places)s::int[]) and observed_property.name = any (%(properties)s::text[])
order by place_id, observed_property.name, phenomenon_time;

-- pages_place_latest --
-- Read the newest value of some properties at places, of the devices that are there now.
select place_id, observed_property.name, phenomenon_time, result, quality, device.reporting_interval, device.dev_eui, device.last_seen_at
from installation
join device on device.dev_eui = installation.dev_eui
join series on series.device_id = device.id and channel = ''
join observed_property on observed_property.id = property_id
join latest on latest.series_id = series.id
where to_at is null and place_id = any (%(places)s::int[]) and observed_property.name = any (%(properties)s::text[])
order by place_id, observed_property.name, phenomenon_time desc;
