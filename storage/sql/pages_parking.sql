-- parking_zones --
-- List the zones with how many bays have a sensor in each.
select zone.id, zone.public_id, zone.name, zone.area, zone.detail,
       (select count(*) from place as bay where bay.parent_id = zone.id and bay.retired_at is null)
from place as zone
where zone.kind = 'zone' and zone.retired_at is null and (%(public_id)s::text = '' or zone.public_id = %(public_id)s::text)
  and (%(after)s::text = '' or (zone.name, zone.public_id) > (select name, public_id from place where public_id = %(after)s::text))
order by zone.name, zone.public_id
limit %(limit)s::int;

-- parking_bays --
-- List the bays of zones with the device that is there now.
select bay.id, bay.parent_id, bay.name, bay.detail, installation.dev_eui,
       coalesce(installation.expected_interval, device.reporting_interval, interval '1 day')
from place as bay
left join installation on installation.place_id = bay.id and installation.to_at is null
left join device on device.dev_eui = installation.dev_eui
where bay.kind = 'bay' and bay.retired_at is null and bay.parent_id = any (%(zones)s::int[])
order by bay.parent_id, length(bay.name), bay.name, bay.id;

-- parking_states --
-- Count the bays with a sensor by state in each zone: taken, free, and all. A sensor that was not heard for too long knows nothing.
with newest as (
    select distinct on (bay.id) bay.parent_id, result,
           %(now)s::timestamptz - last_seen_at
               <= %(unknown_after)s::int * coalesce(installation.expected_interval, reporting_interval, interval '1 day') as is_known
    from place as bay
    join installation on installation.place_id = bay.id and installation.to_at is null
    left join device on device.dev_eui = installation.dev_eui
    left join series on series.device_id = device.id and channel = ''
                    and property_id = (select id from observed_property where name = 'parking_occupied')
    left join latest on latest.series_id = series.id
    where bay.kind = 'bay' and bay.retired_at is null and bay.parent_id = any (%(zones)s::int[])
    order by bay.id, phenomenon_time desc nulls last
)
select parent_id, (count(*) filter (where is_known and result <> 0))::int, (count(*) filter (where is_known and result = 0))::int, count(*)::int
from newest
group by parent_id;

-- parking_events --
-- Read what the sensors of bays said between two times, and of each what it said last before, and when it began to say that.
with sensor as (
    select installation.place_id, series.id as series_id, greatest(from_at, %(since)s::timestamptz) as since,
           greatest(from_at, %(since)s::timestamptz - interval '30 days') as earliest, least(coalesce(to_at, 'infinity'), %(until)s::timestamptz) as until
    from installation
    join device on device.dev_eui = installation.dev_eui
    join series on series.device_id = device.id and channel = ''
    join observed_property on observed_property.id = property_id and observed_property.name = 'parking_occupied'
    where place_id = any (%(bays)s::int[]) and coalesce(to_at, 'infinity') > %(since)s::timestamptz and from_at < %(until)s::timestamptz
),
before as (
    select place_id, sensor.series_id, said.phenomenon_time, said.result, began.phenomenon_time as began_at
    from sensor
    cross join lateral (select phenomenon_time, result from observation
                        where observation.series_id = sensor.series_id and quality in (1, 2)
                          and phenomenon_time < sensor.since and phenomenon_time >= sensor.earliest
                        order by phenomenon_time desc limit 1) as said
    left join lateral (select phenomenon_time from observation
                       where observation.series_id = sensor.series_id and quality in (1, 2) and result <> said.result
                         and phenomenon_time < said.phenomenon_time and phenomenon_time >= sensor.earliest
                       order by phenomenon_time desc limit 1) as other on true
    left join lateral (select phenomenon_time from observation
                       where observation.series_id = sensor.series_id and quality in (1, 2) and result = said.result
                         and phenomenon_time > coalesce(other.phenomenon_time, sensor.earliest) and phenomenon_time < said.phenomenon_time
                       order by phenomenon_time limit 1) as began on true
)
select place_id, phenomenon_time, result
from sensor
join observation on observation.series_id = sensor.series_id and quality in (1, 2)
                and phenomenon_time >= sensor.since and phenomenon_time < sensor.until
union all
select place_id, phenomenon_time, result from before
union all
select place_id, began_at, result from before where began_at is not null;
