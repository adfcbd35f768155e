-- quality_series --
-- List the series of a device with what their tests go by.
select series.id, observed_property.name, series.channel, observed_property.unit, device.environment,
       coalesce(installed.expected_interval, device.reporting_interval)
from series
join device on device.id = series.device_id
join observed_property on observed_property.id = series.property_id
left join lateral (
    select expected_interval from installation
    where installation.dev_eui = device.dev_eui
      and from_at < %(until)s::timestamptz and (to_at is null or to_at > %(since)s::timestamptz)
    order by from_at desc limit 1
) as installed on true
where device.dev_eui = %(dev_eui)s::text
  and not exists (select from conversion where into_id = series.property_id)
order by observed_property.name, series.channel;

-- quality_readings --
-- Read the readings of a series in a time, with the last one before and the first one after it.
(select phenomenon_time, result, quality from observation
 where series_id = %(series)s::int and phenomenon_time < %(begun)s::timestamptz
 order by phenomenon_time desc limit 1)
union all
(select phenomenon_time, result, quality from observation
 where series_id = %(series)s::int and phenomenon_time >= %(begun)s::timestamptz and phenomenon_time < %(until)s::timestamptz)
union all
(select phenomenon_time, result, quality from observation
 where series_id = %(series)s::int and phenomenon_time >= %(until)s::timestamptz
 order by phenomenon_time limit 1)
order by phenomenon_time;
