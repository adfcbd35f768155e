-- redecode_devices --
-- List the devices that have uplinks to be decoded again, with what is known of them now.
select device.id, device.dev_eui, device.name, device.profile, device.application, device.tags::text, count(*)
from uplink
join device on device.id = uplink.device_id
where coalesce(result_time, uplink.received_at) >= %(since)s::timestamptz
  and coalesce(result_time, uplink.received_at) < %(until)s::timestamptz
  and (%(codec)s::text = '' or uplink.codec = %(codec)s::text) and (%(dev_eui)s::text = '' or device.dev_eui = %(dev_eui)s::text)
  and f_port > 0 and payload <> ''
group by device.id
order by device.id;

-- redecode_uplinks --
-- Read some uplinks of a device in the order of their times, those behind one of them.
select coalesce(result_time, received_at) as time, deduplication_id, source, received_at, dev_addr, f_port, f_cnt, confirmed,
       payload, time_source, codec, codec_version, warnings
from uplink
where device_id = %(device)s::int and f_port > 0 and payload <> ''
  and coalesce(result_time, received_at) >= %(since)s::timestamptz and coalesce(result_time, received_at) < %(until)s::timestamptz
  and (coalesce(result_time, received_at), deduplication_id) > (%(after)s::timestamptz, %(after_id)s::text)
order by 1, 2
limit %(limit)s::int;

-- redecode_values --
-- Read the observations of a device at some times.
select channel, observed_property.name, phenomenon_time, result, quality
from series
join observed_property on observed_property.id = series.property_id
join observation on observation.series_id = series.id
where device_id = %(device)s::int and phenomenon_time = any (%(times)s::timestamptz[]);

-- redecode_remove --
-- Take observations away that the codec of now does not give, and mark their hours.
with gone as (
    delete from observation
    using unnest(%(series)s::int[], %(times)s::timestamptz[]) as given (series_id, time)
    where observation.series_id = given.series_id and observation.phenomenon_time = given.time
    returning observation.series_id, observation.phenomenon_time
)
insert into dirty_interval (series_id, interval_start)
select distinct series_id, date_bin('1 hour', phenomenon_time, '2000-01-01 00:00:00Z') from gone;

-- redecode_put --
-- Store observations as the codec of now gives them, and mark their hours.
with put as (
    insert into observation (series_id, phenomenon_time, result, quality)
    select * from unnest(%(series)s::int[], %(times)s::timestamptz[], %(results)s::float8[], %(qualities)s::smallint[])
    on conflict (series_id, phenomenon_time) do update set result = excluded.result, quality = excluded.quality
    returning series_id, phenomenon_time
)
insert into dirty_interval (series_id, interval_start)
select distinct series_id, date_bin('1 hour', phenomenon_time, '2000-01-01 00:00:00Z') from put;

-- redecode_latest_clear --
-- Forget the newest observation of series that may have lost it.
delete from latest where series_id = any (%(series)s::int[]);

-- redecode_latest --
-- Find the newest observation of series again.
insert into latest (series_id, phenomenon_time, result, quality)
select given.series_id, newest.phenomenon_time, newest.result, newest.quality
from unnest(%(series)s::int[]) as given (series_id)
cross join lateral (
    select phenomenon_time, result, quality from observation
    where observation.series_id = given.series_id
    order by phenomenon_time desc limit 1
) as newest
on conflict (series_id) do update
set phenomenon_time = excluded.phenomenon_time, result = excluded.result, quality = excluded.quality;

-- redecode_codec --
-- Say by which codec uplinks are read now.
update uplink
set codec = %(codec)s::text, codec_version = %(version)s::text
from unnest(%(received)s::timestamptz[], %(ids)s::text[], %(sources)s::text[]) as given (received_at, id, source)
where uplink.received_at = given.received_at and uplink.deduplication_id = given.id and uplink.source = given.source;

-- redecode_device --
-- Say what a device is by the codec of now, and that nobody is told of what comes of it.
with told as (
    insert into redecoded (device_id, quiet_until) values (%(device)s::int, now())
    on conflict (device_id) do update set quiet_until = excluded.quiet_until
)
update device
set codec = %(codec)s::text, environment = %(environment)s::text, reporting_interval = %(interval)s::interval
where id = %(device)s::int;

-- redecode_note --
-- Write down that payloads were decoded again.
insert into redecode_run (actor, wanted, uplinks, added, removed, changed)
values (%(actor)s::text, %(wanted)s::jsonb, %(uplinks)s::int, %(added)s::int, %(removed)s::int, %(changed)s::int);

-- quiet_read --
-- Read up to when nobody is told of what is found about devices whose payloads were decoded again.
select device_id, quiet_until from redecoded where device_id = any (%(devices)s::int[]);
