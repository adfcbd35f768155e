-- hours_recompute --
-- Compute the hours again whose marks were taken, and give those that changed.
-- A decimal mean does not depend on the order of its readings.
-- What was measured under maintenance is left out, and so is what fails among its neighbours. Humidity is part of the dust that it corrects, and a gas in ppb has its mass beside it.
-- A figure is published once its hour has closed and it has stood for a while; one that changes after that is listed.
with marked as (
    select series_id, interval_start from marked_hour
    union
    select dust.id, asked.interval_start
    from calibration
    join device on device.dev_eui = calibration.dev_eui
    join series as dust on dust.device_id = device.id and dust.property_id = calibration.property_id
    join series as damp on damp.device_id = device.id and damp.channel = ''
                       and damp.property_id = (select id from observed_property where name = 'relative_humidity')
    join marked_hour as asked on asked.series_id = damp.id
    where kappa is not null and withdrawn_at is null
),
expecting as (
    select marked.series_id, marked.interval_start, series.device_id, series.channel, series.property_id, observed_property.name,
           coalesce(installed.expected_interval, device.reporting_interval) as reporting_interval,
           exists (select from calibration
                   where calibration.dev_eui = device.dev_eui and calibration.property_id = series.property_id
                     and withdrawn_at is null) as is_corrected,
           exists (select from silence
                   where maintenance and starts_at < marked.interval_start + interval '1 hour'
                     and ends_at > marked.interval_start) as is_maintained,
           exists (select from failed_reading
                   where failed_reading.series_id = marked.series_id and phenomenon_time >= marked.interval_start
                     and phenomenon_time < marked.interval_start + interval '1 hour') as has_failed
    from marked
    join series on series.id = marked.series_id
    join device on device.id = series.device_id
    join observed_property on observed_property.id = series.property_id
    left join lateral (
        select expected_interval from installation
        where installation.dev_eui = device.dev_eui
          and from_at < marked.interval_start + interval '1 hour' and (to_at is null or to_at > marked.interval_start)
        order by from_at desc limit 1
    ) as installed on true
    where (raw_since is null or marked.interval_start >= raw_since)
      and not exists (select from erased_stretch
                      where erased_stretch.series_id = marked.series_id
                        and from_at < marked.interval_start + interval '1 hour' and to_at > marked.interval_start)
      and not exists (select from conversion where into_id = series.property_id)
),
usable as (
    select expecting.*, usable.*
    from expecting
    cross join lateral (
        select count(*)::int as count, avg(result::numeric)::float8 as mean, min(result) as minimum, max(result) as maximum,
               null::float8 as raw_mean, null::int as calibration_id, (count(*) filter (where quality = 3))::int as suspect
        from observation
        where observation.series_id = expecting.series_id
          and phenomenon_time >= expecting.interval_start
          and phenomenon_time < expecting.interval_start + interval '1 hour'
          and (quality in (1, 2) or quality = 3 and starts_with(expecting.name, 'pm'))
          and not (is_maintained and exists (
              select from maintenance_of(expecting.device_id, expecting.interval_start, expecting.interval_start + interval '1 hour') as pause
              where phenomenon_time >= pause.starts_at and phenomenon_time < pause.ends_at))
          and not (has_failed and exists (
              select from failed_reading
              where failed_reading.series_id = observation.series_id and failed_reading.phenomenon_time = observation.phenomenon_time))
    ) as usable
    where not is_corrected
    union all
    select expecting.*, usable.*
    from expecting
    cross join lateral (
        select count(*)::int, avg(result::numeric)::float8, min(result), max(result),
               case when count(calibration_id) > 0 then avg(raw::numeric)::float8 end, max(calibration_id),
               (count(*) filter (where quality = 3))::int
        from readings_between(expecting.series_id, expecting.interval_start, expecting.interval_start + interval '1 hour')
    ) as usable (count, mean, minimum, maximum, raw_mean, calibration_id, suspect)
    where is_corrected
),
converted as (
    select series_id, interval_start, reporting_interval, count, mean, minimum, maximum, raw_mean, calibration_id, suspect,
           is_maintained
    from usable
    union all
    select series.id, interval_start, reporting_interval, count, factor * mean, factor * minimum, factor * maximum,
           factor * raw_mean, calibration_id, suspect,
           is_maintained
    from usable
    join conversion using (property_id)
    join series on series.device_id = usable.device_id and series.channel = usable.channel and series.property_id = into_id
),
counted as (
    select converted.*, greatest(1, floor(3600 / extract(epoch from reporting_interval)))::int as expected,
           interval_start + interval '1 hour' + least(2 * reporting_interval, interval '30 minutes') as closes_at
    from converted
),
changed as (
    select counted.*, counted.count >= greatest(1, ceil(0.75 * counted.expected)) as valid,
           before.count as count_before, before.mean as mean_before, before.valid as valid_before, before.revised_at,
           before.calibration_id is distinct from counted.calibration_id as by_calibration,
           before.series_id is not null and closes_at <= %(clock)s::timestamptz
               and before.computed_at <= now() - %(stood)s::interval
               and (before.count, before.mean) is distinct from (counted.count, counted.mean) as was_published
    from counted
    left join rollup_1h as before using (series_id, interval_start)
    where before.series_id is null
       or (before.count, before.expected, before.mean, before.minimum, before.maximum,
           before.raw_mean, before.calibration_id, before.suspect)
          is distinct from (counted.count, counted.expected, counted.mean, counted.minimum, counted.maximum,
                            counted.raw_mean, counted.calibration_id, counted.suspect)
),
written as (
    insert into rollup_1h (series_id, interval_start, count, expected, mean, minimum, maximum, valid, computed_at, revised_at,
                           raw_mean, calibration_id, suspect)
    select series_id, interval_start, count, expected, mean, minimum, maximum, valid, now(),
           case when was_published then now() else revised_at end, raw_mean, calibration_id, suspect
    from changed
    on conflict (series_id, interval_start) do update
    set count = excluded.count, expected = excluded.expected, mean = excluded.mean, minimum = excluded.minimum,
        maximum = excluded.maximum, valid = excluded.valid, computed_at = excluded.computed_at, revised_at = excluded.revised_at,
        raw_mean = excluded.raw_mean, calibration_id = excluded.calibration_id, suspect = excluded.suspect
),
listed as (
    insert into revision (revised_at, length, series_id, interval_start, cause,
                          count_before, mean_before, valid_before, count_after, mean_after, valid_after)
    select now(), '1h', series_id, interval_start, case when by_calibration then 'calibration' when is_maintained then 'maintenance' else 'readings' end,
           count_before, mean_before, valid_before, count, mean, valid
    from changed
    where was_published
),
days as (
    insert into dirty_day (day, series_id)
    select distinct london_day(interval_start), series_id from changed
    on conflict do nothing
)
select series_id, min(interval_start) from changed group by series_id;

-- days_recompute --
-- Compute the means of local days that are over and of which an hour changed, and give how many.
with ready as (
    delete from dirty_day
    where (day, series_id) in (select day, series_id from dirty_day
                               where day < london_day(%(clock)s::timestamptz - interval '30 minutes')
                               order by day, series_id limit %(limit)s::int)
    returning day, series_id
),
bounded as (
    select series_id, day, london_day_begins(day) as starts, london_day_begins(day + 1) as ends,
           (extract(epoch from london_day_begins(day + 1) - london_day_begins(day)) / 3600)::smallint as expected
    from ready
),
counted as (
    select bounded.series_id, bounded.day, bounded.starts, bounded.expected, usable.*
    from bounded
    cross join lateral (
        select count(*)::smallint as count, avg(mean::numeric)::float8 as mean, min(minimum) as minimum, max(maximum) as maximum
        from rollup_1h
        where rollup_1h.series_id = bounded.series_id and interval_start >= bounded.starts and interval_start < bounded.ends and valid
    ) as usable
),
changed as (
    select counted.*, counted.count >= ceil(0.75 * counted.expected) as valid,
           before.count as count_before, before.mean as mean_before, before.valid as valid_before, before.revised_at,
           before.series_id is not null and before.computed_at <= now() - %(stood)s::interval as was_published
    from counted
    left join (select series_id, day, count, mean, minimum, maximum, valid, computed_at, revised_at
               from rollup_1d) as before using (series_id, day)
    where before.series_id is null
       or (before.count, before.mean, before.minimum, before.maximum)
          is distinct from (counted.count, counted.mean, counted.minimum, counted.maximum)
),
written as (
    insert into rollup_1d (series_id, day, count, expected, mean, minimum, maximum, valid, computed_at, revised_at)
    select series_id, day, count, expected, mean, minimum, maximum, valid, now(),
           case when was_published then now() else revised_at end
    from changed
    on conflict (series_id, day) do update
    set count = excluded.count, mean = excluded.mean, minimum = excluded.minimum, maximum = excluded.maximum,
        valid = excluded.valid, computed_at = excluded.computed_at, revised_at = excluded.revised_at
),
listed as (
    insert into revision (revised_at, length, series_id, interval_start, cause,
                          count_before, mean_before, valid_before, count_after, mean_after, valid_after)
    select now(), '1d', series_id, starts, 'hours', count_before, mean_before, valid_before, count, mean, valid
    from changed
    where was_published
)
select count(*)::int from ready;

-- activity_take --
-- Take the oldest marks of activity away, and give the earliest marked hour of each device.
with taken as (
    delete from dirty_activity
    where id <= (select max(id) from (select id from dirty_activity order by id limit %(marks)s::int) as oldest)
    returning device_id, interval_start
)
select null::int, null::timestamptz, count(*)::int from taken
union all
select device_id, min(interval_start), 0 from taken group by device_id;

-- hours_read --
-- Read the valid hourly means of series, each between two times.
select wanted.series_id, found.starts, found.means
from unnest(%(series)b::int[], %(since)b::timestamptz[], %(until)b::timestamptz[]) as wanted (series_id, since, until)
cross join lateral (
    select array_agg(interval_start) as starts, array_agg(mean) as means
    from rollup_1h
    where rollup_1h.series_id = wanted.series_id and interval_start >= wanted.since and interval_start < wanted.until and valid
) as found
where found.starts is not null;

-- activity_read --
-- Read when devices were heard: from the hour of a time on, and in the hour before that.
select heard.device_id, heard.first_at, heard.last_at
from unnest(%(devices)b::int[], %(since)b::timestamptz[]) as wanted (device_id, since)
cross join lateral (
    (select device_id, interval_start, first_at, last_at from activity_1h
     where activity_1h.device_id = wanted.device_id and interval_start < date_trunc('hour', wanted.since)
     order by interval_start desc limit 1)
    union all
    (select device_id, interval_start, first_at, last_at from activity_1h
     where activity_1h.device_id = wanted.device_id and interval_start >= date_trunc('hour', wanted.since))
) as heard
order by heard.device_id, heard.interval_start;
