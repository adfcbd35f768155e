-- explain_places --
-- Find places by their identifier, their name, or their home's, site's or zone's name and theirs; and where a device is at a time.
select place.id, place.public_id,
       concat_ws(' / ', case when parent.kind <> 'dwelling' then parent.name end, place.name)
from place
left join place as parent on parent.id = place.parent_id
where place.public_id = %(named)s::text or place.name = %(named)s::text or parent.name || ' / ' || place.name = %(named)s::text
   or place.id in (select place_id from installation
                   where dev_eui = lower(%(named)s::text) and from_at <= %(at)s::timestamptz and coalesce(to_at, 'infinity') > %(at)s::timestamptz)
order by place.id;

-- explain_series --
-- List the series of places, or of devices that were there at a time or are named, of some properties.
select series.id, coalesce(schedule.until, 'epoch'), null::timestamptz, device.id, coalesce(device.dev_eui, ''), series.channel,
       observed_property.name, coalesce(device.environment, case when owner.kind = 'room' then 'indoor' else 'outdoor' end),
       coalesce(installed.expected_interval, device.reporting_interval, interval '1 hour'), owner.id, coalesce(owner.public_id, '')
from series
join observed_property on observed_property.id = property_id and observed_property.name = any (%(properties)s::text[])
left join series_schedule as schedule on schedule.series_id = series.id
left join device on device.id = series.device_id
left join place as owner on owner.id = series.owner_place_id
left join installation as installed on installed.dev_eui = device.dev_eui and installed.from_at <= %(at)s::timestamptz
                                   and coalesce(installed.to_at, 'infinity') > %(at)s::timestamptz
where owner.id = any (%(places)s::int[]) or device.dev_eui = lower(%(named)s::text)
   or installed.place_id = any (%(places)s::int[])
order by series.id;

-- explain_devices --
-- List devices that are named or were at places at a time, as subjects of a rule on silence.
select device.id, coalesce(schedule.until, 'epoch'), null::timestamptz, device.id, device.dev_eui, '', '', device.environment,
       coalesce(installed.expected_interval, device.reporting_interval), null::int, ''
from device
left join device_schedule as schedule on schedule.device_id = device.id
left join installation as installed on installed.dev_eui = device.dev_eui and installed.from_at <= %(at)s::timestamptz
                                   and coalesce(installed.to_at, 'infinity') > %(at)s::timestamptz
where device.dev_eui = lower(%(named)s::text) or installed.place_id = any (%(places)s::int[])
order by device.id;

-- explain_hour --
-- Read an hour of a series as it is stored.
select count, expected, mean, minimum, maximum, valid, computed_at from rollup_1h
where series_id = %(series)s::int and interval_start = %(start)s::timestamptz;

-- explain_left_out --
-- Read the newest readings of a series between two times that count for nothing, with what speaks against them, and how many there are.
-- Of a series that is converted, those of what it is made of.
select phenomenon_time, result, quality, spike, rate, flat, (count(*) over ())::int
from series
left join conversion on into_id = series.property_id
left join series as source on source.device_id = series.device_id and source.channel = series.channel
                          and source.property_id = conversion.property_id
join observation on observation.series_id = coalesce(source.id, series.id)
                and phenomenon_time >= %(since)s::timestamptz and phenomenon_time < %(until)s::timestamptz
left join failed_reading using (series_id, phenomenon_time)
where series.id = %(series)s::int and (quality in (4, 9) or spike is not null)
order by phenomenon_time desc
limit %(most)s::int;

-- explain_beside --
-- Read what else was measured or worked out at places in an hour.
select observed_property.name || case when channel = '' then '' else ':' || channel end, mean
from rollup_1h
join series on series.id = rollup_1h.series_id
join observed_property on observed_property.id = property_id
left join device on device.id = series.device_id
left join installation on installation.dev_eui = device.dev_eui and from_at <= %(start)s::timestamptz and coalesce(to_at, 'infinity') > %(start)s::timestamptz
where interval_start = %(start)s::timestamptz and valid
  and (owner_place_id = any (%(places)s::int[]) or installation.place_id = any (%(places)s::int[])
       or device.dev_eui = lower(%(named)s::text))
order by 1;

-- explain_heard --
-- Read when a device was heard last up to a time, and by which gateways.
select coalesce(result_time, received_at), receptions::text from uplink
where device_id = %(device)s::int and coalesce(result_time, received_at) <= %(at)s::timestamptz
order by received_at desc limit 1;

-- explain_gateway --
-- Count the other devices that were heard between two times through the gateways that heard a device last.
select count(distinct device_id) from uplink
where received_at > %(since)s::timestamptz and received_at <= %(at)s::timestamptz and device_id <> %(device)s::int
  and receptions @> any (%(gateways)s::jsonb[]);

-- explain_episode --
-- Read the episode of a rule and a subject that stood at a time.
select alert.id, labels::text, late, status from alert
where subject_id = %(subject)s::int and rule_id = %(rule)s::text and status <> 'withdrawn'
  and fired_at <= %(at)s::timestamptz and coalesce(resolved_at, 'infinity') > %(at)s::timestamptz
order by fired_at desc limit 1;

-- preview_series --
-- List series of a property, and the names of their devices or places, those behind a number.
select series.id, 'epoch'::timestamptz, null::timestamptz, device.id, coalesce(device.dev_eui, ''), series.channel, observed_property.name,
       coalesce(device.environment, case when owner.kind = 'room' then 'indoor' else 'outdoor' end),
       coalesce(device.reporting_interval, interval '1 hour'), owner.id, coalesce(owner.public_id, '')
from series
join observed_property on observed_property.id = property_id and observed_property.name = %(property)s::text
left join device on device.id = series.device_id
left join place as owner on owner.id = series.owner_place_id
where series.id > %(after)s::int
order by series.id
limit %(limit)s::int;

-- preview_devices --
-- List devices as subjects of a rule on silence, those behind a number.
select device.id, 'epoch'::timestamptz, null::timestamptz, device.id, device.dev_eui, '', '', device.environment,
       coalesce(installed.expected_interval, device.reporting_interval), null::int, ''
from device
left join installation as installed on installed.dev_eui = device.dev_eui and to_at is null
where device.id > %(after)s::int
order by device.id
limit %(limit)s::int;
