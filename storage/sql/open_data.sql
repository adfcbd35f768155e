-- open_places --
-- List open places behind an identifier, with what is measured there.
select place.public_id, place.kind, place.name, place.area, place.latitude, place.longitude, place.within_id, place.within,
       place.bearing, place.limit_minutes, place.bay_type, place.capacity,
       array(select distinct open.property from open_measured as open where open.place_id = place.id order by 1)
from open_place as place
where place.public_id > %(after)s::text
  and (%(kind)s::text = '' or place.kind = %(kind)s::text)
  and (%(place)s::text = '' or place.public_id = %(place)s::text)
  and place.retired_at is null
order by place.public_id
limit %(limit)s::int;

-- open_latest --
-- Read the newest reading of each property of each open place, behind one of them.
with open as materialized (
    select * from open_series
    where datastream_id > %(after)s::text
      and (%(kind)s::text = '' or kind = %(kind)s::text)
      and (%(place)s::text = '' or public_id = %(place)s::text)
      and (%(property)s::text = '' or property = %(property)s::text)
      and retired_at is null
)
select newest.public_id, newest.kind, newest.place, newest.area, newest.latitude, newest.longitude,
       newest.property, newest.channel, newest.unit, newest.phenomenon_time, newest.result, newest.quality,
       status_of_reading(newest.place_id, newest.property_id, newest.series_id, newest.phenomenon_time),
       newest.reporting_interval, newest.datastream_id
from (
    select distinct on (open.datastream_id) open.*, last.phenomenon_time, last.result, last.quality
    from open
    cross join lateral (
        select phenomenon_time, result, quality from observation
        where observation.series_id = open.series_id
          and phenomenon_time >= open.from_at and phenomenon_time < open.to_at
        order by phenomenon_time desc limit 1
    ) as last
    order by open.datastream_id, last.phenomenon_time desc
) as newest
order by newest.datastream_id
limit %(limit)s::int;

-- open_hours --
-- List hourly means of open places in a period, behind one of them.
select hour.public_id, hour.kind, hour.place, hour.area, hour.latitude, hour.longitude, hour.property, hour.channel, hour.unit,
       hour.interval_start, hour.interval_start + interval '1 hour', hour.mean, hour.minimum, hour.maximum,
       hour.count, hour.expected, hour.valid,
       status_of_mean(hour.place_id, hour.property_id, hour.interval_start, hour.interval_start + interval '1 hour', hour.computed_at),
       hour.datastream_id, hour.series_id
from open_hour as hour
where hour.interval_start >= %(since)s::timestamptz and hour.interval_start < %(until)s::timestamptz
  and hour.datastream_id >= %(after)s::text
  and (%(kind)s::text = '' or hour.kind = %(kind)s::text)
  and (%(place)s::text = '' or hour.public_id = %(place)s::text)
  and (%(property)s::text = '' or hour.property = %(property)s::text)
  and (hour.datastream_id, hour.interval_start, hour.series_id)
      > (%(after)s::text, %(after_time)s::timestamptz, %(after_series)s::int)
order by hour.datastream_id, hour.interval_start, hour.series_id
limit %(limit)s::int;

-- open_readings --
-- List readings of open places in a period, behind one of them.
select read.public_id, read.kind, read.place, read.area, read.latitude, read.longitude, read.property, read.channel, read.unit,
       read.phenomenon_time, read.result, read.quality,
       status_of_reading(read.place_id, read.property_id, read.series_id, read.phenomenon_time),
       read.reporting_interval, read.datastream_id, read.series_id
from open_observation as read
where read.phenomenon_time >= %(since)s::timestamptz and read.phenomenon_time < %(until)s::timestamptz
  and read.datastream_id >= %(after)s::text
  and (%(kind)s::text = '' or read.kind = %(kind)s::text)
  and (%(place)s::text = '' or read.public_id = %(place)s::text)
  and (%(property)s::text = '' or read.property = %(property)s::text)
  and (read.datastream_id, read.phenomenon_time, read.series_id)
      > (%(after)s::text, %(after_time)s::timestamptz, %(after_series)s::int)
order by read.datastream_id, read.phenomenon_time, read.series_id
limit %(limit)s::int;

-- open_bays --
-- List the open bays in service at a time, with what their sensors said last before it.
select zone.public_id, bay.public_id, bay.name, bay.latitude, bay.longitude, bay.limit_minutes, bay.bay_type,
       open.reporting_interval, last.phenomenon_time, last.result
from open_place as bay
join open_place as zone on zone.public_id = bay.within_id and zone.kind = 'zone'
join open_series as open on open.place_id = bay.id and open.property = 'parking_occupied'
                        and open.from_at <= %(now)s::timestamptz and open.to_at > %(now)s::timestamptz
left join lateral (
    select phenomenon_time, result from observation
    where observation.series_id = open.series_id and quality in (1, 2)
      and phenomenon_time >= open.from_at and phenomenon_time <= %(now)s::timestamptz
    order by phenomenon_time desc limit 1
) as last on true
where bay.kind = 'bay' and bay.retired_at is null and zone.retired_at is null
order by zone.public_id, bay.name, bay.public_id, open.series_id;

-- open_coverage --
-- Tell since when there is open data, and from where to where.
select (select min(from_at) from open_series), min(longitude), min(latitude), max(longitude), max(latitude)
from open_place;
