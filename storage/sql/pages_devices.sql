-- pages_devices_by_eui --
-- Find devices in the order of their dev_eui: those that begin with some digits and meet the filters.
select id, dev_eui from device
where dev_eui > %(after)s::text and dev_eui >= %(prefix)s::text and dev_eui < %(prefix)s::text || 'g'
  and (%(codec)s::text is null or codec = %(codec)s::text)
  and (not %(silent)s::boolean or last_seen_at < %(now)s::timestamptz - greatest(3 * reporting_interval, interval '1 hour'))
  and (not %(low)s::boolean or id in (select device_id from series join latest on series_id = id
           where (property_id = (select id from observed_property where name = 'battery_level') and result <= 20)
              or (property_id = (select id from observed_property where name = 'battery_low') and result >= 1)))
order by dev_eui
limit %(most)s::int;

-- pages_devices_by_name --
-- Find devices in the order of their names: those whose name begins with some text and that meet the filters.
select id, dev_eui from device
where (lower(name) collate "C", dev_eui)
      > (coalesce((select lower(name) from device where dev_eui = %(after)s::text), '') collate "C", %(after)s::text)
  and lower(name) collate "C" >= lower(%(prefix)s::text) collate "C"
  and lower(name) collate "C" < lower(%(prefix)s::text) || chr(1114109) collate "C"
  and (%(codec)s::text is null or codec = %(codec)s::text)
  and (not %(silent)s::boolean or last_seen_at < %(now)s::timestamptz - greatest(3 * reporting_interval, interval '1 hour'))
  and (not %(low)s::boolean or id in (select device_id from series join latest on series_id = id
           where (property_id = (select id from observed_property where name = 'battery_level') and result <= 20)
              or (property_id = (select id from observed_property where name = 'battery_low') and result >= 1)))
order by lower(name) collate "C", dev_eui
limit %(most)s::int;

-- pages_devices_told --
-- Read what a list tells of devices, in the order they are given in.
select device.dev_eui, device.name, device.codec, device.last_seen_at, device.first_seen_at, device.reporting_interval,
       battery.name as battery_property, battery.result as battery, coalesce(heard.uplinks, 0) as uplinks,
       place.kind as place_kind, place.name as place, parent.name as within
from unnest(%(ids)s::int[]) with ordinality as wanted (id, place)
join device using (id)
left join lateral (select observed_property.name, result from series
                   join observed_property on observed_property.id = property_id
                   join latest on latest.series_id = series.id
                   where device_id = device.id and observed_property.name in ('battery_level', 'battery_voltage', 'battery_low')
                   order by observed_property.name <> 'battery_level', observed_property.name desc
                   limit 1) as battery on true
left join lateral (select sum(uplinks)::int as uplinks from activity_1h
                   where device_id = device.id and interval_start >= %(since)s::timestamptz) as heard on true
left join installation on installation.dev_eui = device.dev_eui and to_at is null
left join place on place.id = place_id
left join place as parent on parent.id = place.parent_id
order by wanted.place;

-- pages_codecs --
-- List the codecs that devices have, from one to the next.
with recursive known (codec) as (
    (select codec from device order by codec limit 1)
    union all
    select (select device.codec from device where device.codec > known.codec order by device.codec limit 1)
    from known where known.codec is not null
)
select codec from known where codec <> '' order by codec;

-- pages_device --
-- Read what is known of a device.
select id, dev_eui, name, profile, application, codec, environment, reporting_interval, first_seen_at, last_seen_at
from device where dev_eui = %(dev_eui)s::text;

-- pages_device_seen --
-- Read when a device was last heard.
select last_seen_at from device where dev_eui = %(dev_eui)s::text;

-- pages_installations --
-- List where a device was, the newest first.
select place.public_id, place.kind, place.name, parent.public_id, parent.name, from_at, to_at
from installation
join place on place.id = place_id
left join place as parent on parent.id = place.parent_id
where dev_eui = %(dev_eui)s::text
order by from_at desc, installation.id desc;

-- pages_device_series --
-- List what a device measures, with the newest value of each.
select series.id, observed_property.name, unit, channel, latest.phenomenon_time, result,
       case when failed_reading.series_id is null then quality else 4 end
from series
join observed_property on observed_property.id = property_id
left join latest on latest.series_id = series.id
left join failed_reading on failed_reading.series_id = series.id and failed_reading.phenomenon_time = latest.phenomenon_time
where device_id = %(device)s::int
order by observed_property.name, channel;

-- pages_device_frames --
-- List the newest frames of a device.
select received_at, deduplication_id, source, result_time, dev_addr, f_port, f_cnt, octet_length(payload), receptions::text
from uplink
where device_id = %(device)s::int
order by received_at desc
limit %(most)s::int;
