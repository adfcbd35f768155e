-- devices_find --
-- Read the numbers of devices by their dev_eui.
select id, dev_eui from device where dev_eui = any (%(dev_euis)b::text[]);

-- devices_add --
-- Make devices that are not there yet.
insert into device (dev_eui, name, profile, application, codec, environment, reporting_interval, tags, first_seen_at, last_seen_at)
select given.dev_eui, name, profile, application, codec, environment,
       reporting_interval_of(given.dev_eui, tags, reporting_interval), tags, first_seen_at, last_seen_at
from unnest(%(dev_euis)b::text[], %(names)b::text[], %(profiles)b::text[], %(applications)b::text[], %(codecs)b::text[],
            %(environments)b::text[], %(reporting_intervals)b::interval[], %(tags)b::jsonb[], %(first)b::timestamptz[], %(last)b::timestamptz[])
     as given (dev_eui, name, profile, application, codec, environment, reporting_interval, tags, first_seen_at, last_seen_at)
on conflict do nothing;

-- devices_seen --
-- Lock devices in the order of their numbers, and widen the time in which they were heard.
with heard as (
    select device.id, given.first_at, given.last_at
    from unnest(%(ids)b::int[], %(first)b::timestamptz[], %(last)b::timestamptz[]) as given (id, first_at, last_at)
    join device on device.id = given.id
    order by device.id
    for update of device
)
update device
set first_seen_at = least(first_seen_at, heard.first_at), last_seen_at = greatest(last_seen_at, heard.last_at)
from heard
where device.id = heard.id;

-- devices_describe --
-- Set what devices say of themselves, where nothing newer was heard, and give their numbers.
update device
set name = given.name, profile = given.profile, application = given.application, codec = given.codec,
    environment = given.environment, reporting_interval = reporting_interval_of(device.dev_eui, given.tags, given.reporting_interval),
    tags = given.tags
from unnest(%(ids)b::int[], %(times)b::timestamptz[], %(names)b::text[], %(profiles)b::text[], %(applications)b::text[],
            %(codecs)b::text[], %(environments)b::text[], %(reporting_intervals)b::interval[], %(tags)b::jsonb[])
     as given (id, time, name, profile, application, codec, environment, reporting_interval, tags)
where device.id = given.id and given.time >= device.last_seen_at
returning device.id;

-- series_find --
-- Read the numbers of series by device, channel and property.
select series.id, device_id, channel, property_id
from unnest(%(devices)b::int[], %(channels)b::text[], %(properties)b::smallint[]) as given (device_id, channel, property_id)
join series using (device_id, channel, property_id);

-- series_add --
-- Make series that are not there yet.
insert into series (device_id, channel, property_id)
select * from unnest(%(devices)b::int[], %(channels)b::text[], %(properties)b::smallint[])
on conflict do nothing;
