-- marked_create --
-- Make the transaction's table of the hours that are computed again.
create temporary table if not exists marked_hour (
    series_id      integer     not null,
    interval_start timestamptz not null
) on commit delete rows;

-- marked_take --
-- Take the oldest marks away of so many hours at most, keep which hours they are of, and give how many marks. Marks that commit meanwhile stay.
-- An hour that was marked a thousand times in a backlog is computed once: marks are looked at far ahead. Ranks, not joins,
-- say which, since the planner cannot know how many marks there are.
with oldest as (
    select id, series_id, interval_start, min(id) over (partition by series_id, interval_start) as first_id
    from (select id, series_id, interval_start from dirty_interval order by id limit %(marks)s::int) as seen
),
ranked as materialized (
    select id, series_id, interval_start, first_id, dense_rank() over (order by first_id) as place from oldest
),
taken as (
    delete from dirty_interval where id = any (array(select id from ranked where place <= %(limit)s::int)) returning 1
),
kept as (
    insert into marked_hour (series_id, interval_start)
    select series_id, interval_start from ranked where id = first_id and place <= %(limit)s::int
)
select count(*)::int from taken;

-- neighbours_doubtful --
-- List the marked hours in whose reach a reading fails, or might fail: what is not listed need not be judged.
-- A spike needs a distance between readings that are near. What stands still did so for half of its time on one side of the hour: what
-- two hours' rows hold, or one's on the other side, is near; then so is what was read. In cases, since the order is what makes it cheap.
with tested as (
    select observed_property.id as property_id, given.*
    from unnest(%(properties)s::text[], %(spikes)s::float8[], %(rates)s::boolean[], %(tolerances)s::float8[], %(lengths)s::interval[], %(silences)s::float8[])
         as given (name, spike, has_rate, tolerance, length, silence)
    join observed_property using (name)
),
marked as materialized (
    select marked_hour.series_id, begins, begins + interval '1 hour' as ends, spike, has_rate, tolerance,
           begins - 2 * silence * longest as near_from, begins + interval '1 hour' + 2 * silence * longest as near_to,
           array[begins - interval '1 hour', date_bin('1 hour', begins - length / 4, '2000-01-01 00:00:00Z')] as rows_before,
           begins + interval '1 hour' - length / 2 as half_from, begins + length / 2 as half_to,
           begins + interval '1 hour' + length / 4 as row_from, begins + interval '1 hour' + length / 3 + silence * longest as row_to,
           begins + interval '1 hour' + coalesce(length, interval '0') + 2 * silence * longest as reach_to
    from (select distinct series_id, interval_start as begins from marked_hour) as marked_hour
    join series on series.id = marked_hour.series_id
    join tested using (property_id)
    join device on device.id = series.device_id
    cross join lateral (
        select greatest(device.reporting_interval, max(expected_interval)) as longest
        from installation where installation.dev_eui = device.dev_eui
    ) as reports
)
select series_id, array_agg(begins order by begins)
from marked
where has_rate
   or exists (select from failed_reading
              where failed_reading.series_id = marked.series_id and phenomenon_time >= near_from and phenomenon_time < reach_to)
   or case when spike is not null then (
          select max(result) - min(result) > spike from observation
          where observation.series_id = marked.series_id and phenomenon_time >= near_from and phenomenon_time < near_to
            and quality in (1, 2, 3)) end
   or case when half_from is not null and (
          select max(maximum) - min(minimum) > tolerance from rollup_1h
          where rollup_1h.series_id = marked.series_id and interval_start = any (rows_before) and calibration_id is null) is not true
      then (select max(result) - min(result) <= tolerance from observation
            where observation.series_id = marked.series_id and phenomenon_time >= half_from and phenomenon_time < begins
              and quality in (1, 2, 3)) is not false end
   or case when exists (
          select from rollup_1h
          where rollup_1h.series_id = marked.series_id and interval_start >= row_from and interval_start < row_to
            and (calibration_id is not null or minimum is null or maximum - minimum <= tolerance))
      then (select max(result) - min(result) <= tolerance from observation
            where observation.series_id = marked.series_id and phenomenon_time >= ends and phenomenon_time < half_to
              and quality in (1, 2, 3)) is not false end
group by series_id;

-- neighbours_series --
-- Tell of series what their readings are tested by: the property, how often the device should report, by installation, and since when all are kept.
select series.id, observed_property.name,
       coalesce(greatest(series.raw_since, (select max(to_at) from erased_stretch where erased_stretch.series_id = series.id and what = 'readings')), 'epoch'),
       device.reporting_interval,
       coalesce(array_agg(from_at order by from_at) filter (where expected_interval is not null), '{}'),
       coalesce(array_agg(coalesce(to_at, '2102-01-01Z') order by from_at) filter (where expected_interval is not null), '{}'),
       coalesce(array_agg(expected_interval order by from_at) filter (where expected_interval is not null), '{}')
from series
join observed_property on observed_property.id = series.property_id
join device on device.id = series.device_id
left join installation on installation.dev_eui = device.dev_eui
where series.id = any (%(series)s::int[])
group by series.id, observed_property.name, device.reporting_interval;

-- neighbours_readings --
-- Read the readings of stretches of series in the order of time, each with the last reading before and the first one after it.
select given.number, reading.*
from unnest(%(numbers)s::int[], %(series)s::int[], %(begun)s::timestamptz[], %(until)s::timestamptz[]) as given (number, series_id, begun, until)
cross join lateral (
    (select phenomenon_time, result, quality from observation
     where observation.series_id = given.series_id and phenomenon_time < given.begun
     order by phenomenon_time desc limit 1)
    union all
    select phenomenon_time, result, quality from observation
    where observation.series_id = given.series_id and phenomenon_time >= given.begun and phenomenon_time < given.until
    union all
    (select phenomenon_time, result, quality from observation
     where observation.series_id = given.series_id and phenomenon_time >= given.until
     order by phenomenon_time limit 1)
) as reading
order by given.number, reading.phenomenon_time;

-- neighbours_failed --
-- Read what fails in stretches of series.
select failed_reading.series_id, phenomenon_time, spike, rate, flat
from unnest(%(series)s::int[], %(since)s::timestamptz[], %(until)s::timestamptz[]) as given (series_id, since, until)
join failed_reading on failed_reading.series_id = given.series_id and phenomenon_time >= given.since and phenomenon_time < given.until;

-- neighbours_clear --
-- Forget that readings fail, and have their hours computed again.
with gone as (
    delete from failed_reading
    using unnest(%(series)b::int[], %(times)b::timestamptz[]) as given (series_id, time)
    where failed_reading.series_id = given.series_id and phenomenon_time = given.time
    returning failed_reading.series_id, phenomenon_time
)
insert into marked_hour (series_id, interval_start)
select distinct series_id, date_bin('1 hour', phenomenon_time, '2000-01-01 00:00:00Z') from gone;

-- neighbours_fail --
-- Remember that readings fail, and have their hours computed again.
with put as (
    insert into failed_reading (series_id, phenomenon_time, spike, rate, flat)
    select * from unnest(%(series)b::int[], %(times)b::timestamptz[], %(spikes)b::smallint[], %(rates)b::smallint[], %(flats)b::smallint[])
    on conflict (series_id, phenomenon_time) do update
    set spike = excluded.spike, rate = excluded.rate, flat = excluded.flat, judged_at = excluded.judged_at
    returning series_id, phenomenon_time
)
insert into marked_hour (series_id, interval_start)
select distinct series_id, date_bin('1 hour', phenomenon_time, '2000-01-01 00:00:00Z') from put;
