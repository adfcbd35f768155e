-- quarters_read --
-- Work out the means of quarters of an hour of series, between two times, from their readings as corrected.
select wanted.series_id, usable.starts, usable.starts + interval '15 minutes', usable.count, awaited.expected,
       coalesce(factor, 1) * usable.mean, coalesce(factor, 1) * usable.minimum, coalesce(factor, 1) * usable.maximum,
       usable.count >= ceil(0.75 * awaited.expected)
from (select distinct series_id from unnest(%(series)s::int[]) as given (series_id)) as wanted
join series on series.id = wanted.series_id
join device on device.id = series.device_id
left join conversion on conversion.into_id = series.property_id
left join series as source on source.device_id = series.device_id and source.channel = series.channel
                          and source.property_id = conversion.property_id
cross join lateral (
    select date_bin('15 minutes', phenomenon_time, '2000-01-01 00:00:00Z') as starts, count(*)::int as count,
           avg(result::numeric)::float8 as mean, min(result) as minimum, max(result) as maximum
    from readings_between(
        coalesce(source.id, series.id),
        date_bin('15 minutes', %(since)s::timestamptz + interval '15 minutes' - interval '1 microsecond', '2000-01-01 00:00:00Z'),
        date_bin('15 minutes', %(until)s::timestamptz + interval '15 minutes' - interval '1 microsecond', '2000-01-01 00:00:00Z'))
    group by 1
) as usable
left join lateral (
    select expected_interval from installation
    where installation.dev_eui = device.dev_eui
      and from_at < usable.starts + interval '15 minutes' and (to_at is null or to_at > usable.starts)
    order by from_at desc limit 1
) as installed on true
cross join lateral (
    select greatest(1, floor(900 / extract(epoch from coalesce(installed.expected_interval, device.reporting_interval))))::int as expected
) as awaited
order by wanted.series_id, usable.starts;

-- means_of_hours --
-- Read the hourly means of series between two times.
select series_id, interval_start, interval_start + interval '1 hour', count, expected, mean, minimum, maximum, valid, revised_at,
       raw_mean, calibration_id, suspect
from rollup_1h
where series_id = any (%(series)s::int[]) and interval_start >= %(since)s::timestamptz and interval_start < %(until)s::timestamptz
order by series_id, interval_start;

-- means_of_days --
-- Read the means of local days of series that begin between two times.
select series_id, london_day_begins(day), london_day_begins(day + 1), count::int, expected::int, mean, minimum, maximum, valid, revised_at
from rollup_1d
where series_id = any (%(series)s::int[])
  and day >= london_day(%(since)s::timestamptz) and day <= london_day(%(until)s::timestamptz)
  and london_day_begins(day) >= %(since)s::timestamptz and london_day_begins(day) < %(until)s::timestamptz
order by series_id, day;

-- corrections_read --
-- Read the usable readings of a series between two times, each raw and as corrected.
select phenomenon_time, raw, result, quality, calibration_id
from readings_between(%(series)s::int, %(since)s::timestamptz, %(until)s::timestamptz)
order by phenomenon_time;

-- revisions_list --
-- List figures that changed after they had been published, with who stood for them until then, the newest first; or those alone that somebody stood for.
select revision.revised_at, revision.length, revision.cause, device.dev_eui, observed_property.name, series.channel, revision.interval_start,
       count_before, mean_before, valid_before, count_after, mean_after, valid_after, stood.ratified_by
from revision
join series on series.id = revision.series_id
join device on device.id = series.device_id
join observed_property on observed_property.id = series.property_id
left join lateral (
    select string_agg(distinct ratified_by, ', ') as ratified_by
    from placed_series as placed
    join ratification on ratification.place_id = placed.place_id and ratification.property_id = series.property_id
    where placed.series_id = revision.series_id
      and placed.from_at <= revision.interval_start and placed.to_at > revision.interval_start
      and ratification.from_at <= revision.interval_start
      and ratification.to_at >= case revision.length when '1h' then revision.interval_start + interval '1 hour'
                                else london_day_begins(london_day(revision.interval_start) + 1) end
      and recorded_at <= revision.revised_at and (withdrawn_at is null or withdrawn_at > revision.revised_at)
) as stood on true
where revision.revised_at >= %(since)s::timestamptz and (not %(ratified)s::bool or stood.ratified_by is not null)
order by revision.revised_at desc, revision.id desc
limit %(most)s::int;
