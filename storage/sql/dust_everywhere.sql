-- dust_everywhere --
-- Read the mean of an hour of each outdoor monitor of PM10, with its own usual level: a percentile of its hours before.
select device.dev_eui, rollup_1h.mean, usual.level
from series
join observed_property on observed_property.id = series.property_id and observed_property.name = 'pm10'
join device on device.id = series.device_id and device.environment = 'outdoor'
join rollup_1h on rollup_1h.series_id = series.id and rollup_1h.interval_start = %(hour)s::timestamptz and rollup_1h.valid
cross join lateral (
    select percentile_cont(%(share)s::float8) within group (order by before.mean) as level, count(*) as hours
    from rollup_1h as before
    where before.series_id = series.id and before.interval_start >= %(since)s::timestamptz
      and before.interval_start < %(hour)s::timestamptz and before.valid
) as usual
where series.channel = '' and usual.hours >= %(least)s::int
order by device.dev_eui;
