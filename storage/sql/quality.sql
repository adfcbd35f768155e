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

-- quality_at_once --
-- Read the dust and the humidity that a series' device measured between two times, where the value alone does not fail.
select phenomenon_time, observed_property.name, result
from series as wanted
join observed_property as tested on tested.id = wanted.property_id and starts_with(tested.name, 'pm')
join series on series.device_id = wanted.device_id and series.channel = wanted.channel
join observed_property on observed_property.id = series.property_id and observed_property.name in ('pm10', 'pm2_5', 'relative_humidity')
join observation on observation.series_id = series.id and quality in (1, 2, 3)
                and phenomenon_time >= %(since)s::timestamptz and phenomenon_time < %(until)s::timestamptz
where wanted.id = %(series)s::int;

-- quality_around --
-- List the series of the same property at other places of the same home, site or area in a time, and whether the home or site is the same.
with own as (
    select place.id, place.kind, place.parent_id, coalesce(nullif(place.area, ''), parent.area, '') as area, series.property_id
    from series
    join device on device.id = series.device_id
    join installation on installation.dev_eui = device.dev_eui
                     and from_at < %(until)s::timestamptz and coalesce(to_at, 'infinity') > %(since)s::timestamptz
    join place on place.id = installation.place_id
    left join place as parent on parent.id = place.parent_id
    where series.id = %(series)s::int and series.channel = ''
    order by from_at desc limit 1
)
select distinct series.id, other.parent_id is not distinct from own.parent_id and own.parent_id is not null
from own
join place as other on other.kind = own.kind and other.id <> own.id
left join place as parent on parent.id = other.parent_id
join installation on installation.place_id = other.id
                 and from_at < %(until)s::timestamptz and coalesce(to_at, 'infinity') > %(since)s::timestamptz
join device on device.dev_eui = installation.dev_eui
join series on series.device_id = device.id and series.channel = '' and series.property_id = own.property_id
where other.parent_id = own.parent_id
   or own.area <> '' and coalesce(nullif(other.area, ''), parent.area, '') = own.area;
