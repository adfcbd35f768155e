-- hours_recompute --
-- Compute again the oldest hours that are marked, take their marks away, and give those that changed.
-- A decimal mean does not depend on the order of its readings. Marks that commit meanwhile stay.
with taken as (
    delete from dirty_interval
    where id <= (select max(id) from (select id from dirty_interval order by id limit %(limit)s::int) as oldest)
    returning series_id, interval_start
),
marked as (
    select distinct series_id, interval_start from taken
),
counted as (
    select marked.series_id, marked.interval_start, usable.count, usable.mean, usable.minimum, usable.maximum,
           greatest(1, floor(3600 / extract(epoch from device.reporting_interval)))::int as expected
    from marked
    join series on series.id = marked.series_id
    join device on device.id = series.device_id
    join observed_property on observed_property.id = series.property_id
    cross join lateral (
        select count(*)::int as count, avg(result::numeric)::float8 as mean,
               min(result) as minimum, max(result) as maximum
        from observation
        where observation.series_id = marked.series_id
          and phenomenon_time >= marked.interval_start
          and phenomenon_time < marked.interval_start + interval '1 hour'
          and (quality in (1, 2) or quality = 3 and starts_with(observed_property.name, 'pm'))
    ) as usable
),
written as (
    insert into rollup_1h (series_id, interval_start, count, expected, mean, minimum, maximum, valid, computed_at)
    select series_id, interval_start, count, expected, mean, minimum, maximum,
           count >= greatest(1, ceil(0.75 * expected)), now()
    from counted
    on conflict (series_id, interval_start) do update
    set count = excluded.count, expected = excluded.expected, mean = excluded.mean, minimum = excluded.minimum,
        maximum = excluded.maximum, valid = excluded.valid, computed_at = excluded.computed_at
    where (rollup_1h.count, rollup_1h.expected, rollup_1h.mean, rollup_1h.minimum, rollup_1h.maximum)
          is distinct from (excluded.count, excluded.expected, excluded.mean, excluded.minimum, excluded.maximum)
    returning series_id, interval_start
)
select null::int, null::timestamptz, count(*)::int from taken
union all
select series_id, min(interval_start), 0 from written group by series_id;

-- activity_take --
-- Take the oldest marks of activity away, and give the earliest marked hour of each device.
with taken as (
    delete from dirty_activity
    where id <= (select max(id) from (select id from dirty_activity order by id limit %(limit)s::int) as oldest)
    returning device_id, interval_start
)
select null::int, null::timestamptz, count(*)::int from taken
union all
select device_id, min(interval_start), 0 from taken group by device_id;

-- hours_read --
-- Read the valid hourly means of series, each between two times.
select rollup_1h.series_id, interval_start, mean
from unnest(%(series)s::int[], %(since)s::timestamptz[], %(until)s::timestamptz[]) as wanted (series_id, since, until)
join rollup_1h on rollup_1h.series_id = wanted.series_id
              and interval_start >= wanted.since and interval_start < wanted.until
where valid;

-- activity_read --
-- Read when devices were heard: from the hour of a time on, and in the hour before that.
select heard.device_id, heard.first_at, heard.last_at
from unnest(%(devices)s::int[], %(since)s::timestamptz[]) as wanted (device_id, since)
cross join lateral (
    (select device_id, interval_start, first_at, last_at from activity_1h
     where activity_1h.device_id = wanted.device_id and interval_start < date_trunc('hour', wanted.since)
     order by interval_start desc limit 1)
    union all
    (select device_id, interval_start, first_at, last_at from activity_1h
     where activity_1h.device_id = wanted.device_id and interval_start >= date_trunc('hour', wanted.since))
) as heard
order by heard.device_id, heard.interval_start;
