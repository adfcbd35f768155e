-- redecode_lock --
-- Be the one who decodes stored uplinks again, unless somebody is.
select pg_try_advisory_lock(hashtextextended('boroughsense.redecode', 0));

-- redecode_unlock --
-- Let others decode stored uplinks again.
select pg_advisory_unlock(hashtextextended('boroughsense.redecode', 0));

-- redecode_devices --
-- List devices with what is known of them now, and how many of their uplinks were sent in a stretch of time.
select device.tags::text, device.id, device.dev_eui, device.name, device.profile, device.application,
       device.first_seen_at, device.last_seen_at,
       count(*)::int, (count(*) filter (where uplink.codec = %(codec)s::text))::int,
       min(coalesce(result_time, uplink.received_at)), max(coalesce(result_time, uplink.received_at))
from uplink
join device on device.id = uplink.device_id
where uplink.received_at >= %(received_since)s::timestamptz
  and coalesce(result_time, uplink.received_at) >= %(since)s::timestamptz
  and coalesce(result_time, uplink.received_at) < %(until)s::timestamptz
  and (%(dev_eui)s::text = '' or device.dev_eui = %(dev_eui)s::text)
group by device.id
order by device.id;

-- redecode_uplinks --
-- Read the uplinks of devices that were sent in a stretch of time, in the order in which they were stored.
select device_id, coalesce(result_time, received_at), deduplication_id, source, received_at, dev_addr, f_port, f_cnt, confirmed,
       payload, time_source, codec, codec_version, warnings, decoded::text
from uplink
where device_id = any (%(devices)s::int[]) and received_at >= %(received_since)s::timestamptz
  and coalesce(result_time, received_at) >= %(since)s::timestamptz and coalesce(result_time, received_at) < %(until)s::timestamptz
order by received_at, deduplication_id;

-- redecode_values --
-- Read the observations of devices, of each from a time to another; not the states of bays that are derived from distances.
select series.device_id, channel, observed_property.name, phenomenon_time, result, quality
from unnest(%(devices)b::int[], %(since)b::timestamptz[], %(until)b::timestamptz[]) as wanted (device_id, since, until)
join series on series.device_id = wanted.device_id
join observed_property on observed_property.id = series.property_id
join observation on observation.series_id = series.id and phenomenon_time >= wanted.since and phenomenon_time <= wanted.until
where observed_property.name <> 'parking_occupied'
   or not exists (select from device
                  join installation on installation.dev_eui = device.dev_eui
                  join place on place.id = installation.place_id and place.kind = 'bay' and detail ? 'occupied_below_mm'
                  where device.id = series.device_id and phenomenon_time >= from_at and phenomenon_time < coalesce(to_at, 'infinity'));

-- redecode_earliest --
-- Tell when the earliest uplink that is stored of devices was sent.
select device_id, min(coalesce(result_time, received_at)) from uplink where device_id = any (%(devices)s::int[]) group by device_id;

-- redecode_begin --
-- Wait until no evaluator is at work, and let no limit on rows to be decompressed stop us.
select pg_advisory_xact_lock(hashtextextended('boroughsense.evaluate', 0)),
       set_config('timescaledb.max_tuples_decompressed_per_dml_transaction', '0', true);

-- redecode_quiet --
-- Say that nobody is told of what is found about devices up to a time.
insert into redecoded (device_id, quiet_until)
select device_id, %(at)s::timestamptz from unnest(%(devices)s::int[]) as given (device_id)
on conflict (device_id) do update set quiet_until = greatest(redecoded.quiet_until, excluded.quiet_until);

-- redecode_remove --
-- Take observations away that the codec of now does not give, and mark their hours.
with gone as (
    delete from observation
    using unnest(%(series)b::int[], %(times)b::timestamptz[]) as given (series_id, time)
    where observation.series_id = given.series_id and observation.phenomenon_time = given.time
    returning observation.series_id, observation.phenomenon_time
)
insert into dirty_interval (series_id, interval_start)
select distinct series_id, date_bin('1 hour', phenomenon_time, '2000-01-01 00:00:00Z') from gone;

-- redecode_put --
-- Store observations as the codec of now gives them, and mark their hours.
with put as (
    insert into observation (series_id, phenomenon_time, result, quality)
    select * from unnest(%(series)b::int[], %(times)b::timestamptz[], %(results)b::float8[], %(qualities)b::smallint[])
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

-- redecode_codecs --
-- Say by which codec uplinks are read now, and what it warns of.
update uplink
set codec = given.codec, codec_version = given.version, warnings = array(select jsonb_array_elements_text(given.warnings))
from unnest(%(received)b::timestamptz[], %(ids)b::text[], %(sources)b::text[], %(codecs)b::text[], %(versions)b::text[], %(warnings)b::jsonb[])
     as given (received_at, id, source, codec, version, warnings)
where uplink.device_id = any (%(devices)b::int[])
  and uplink.received_at between %(since)b::timestamptz and %(until)b::timestamptz
  and uplink.received_at = given.received_at and uplink.deduplication_id = given.id and uplink.source = given.source;

-- redecode_describe --
-- Set what devices are by the codec of now, where no newer uplink was heard.
update device
set codec = given.codec, environment = given.environment,
    reporting_interval = reporting_interval_of(device.dev_eui, device.tags, given.reporting_interval)
from unnest(%(devices)b::int[], %(times)b::timestamptz[], %(codecs)b::text[], %(environments)b::text[], %(intervals)b::interval[])
     as given (id, time, codec, environment, reporting_interval)
where device.id = given.id and given.time >= device.last_seen_at;

-- redecode_mark_hours --
-- Have hours computed again.
insert into dirty_interval (series_id, interval_start)
select * from unnest(%(series)b::int[], %(hours)b::timestamptz[]);

-- redecode_mark_activity --
-- Have the silence of devices judged again from hours on.
insert into dirty_activity (device_id, interval_start)
select * from unnest(%(devices)b::int[], %(hours)b::timestamptz[]);

-- redecode_judge --
-- Have all series of devices judged again from an hour on: other rules may speak about them now.
update series_schedule
set again = least(again, given.hour), due_at = least(due_at, given.hour)
from unnest(%(devices)b::int[], %(hours)b::timestamptz[]) as given (device_id, hour)
join series on series.device_id = given.device_id
where series_schedule.series_id = series.id and given.hour < until;

-- redecode_run_begin --
-- Write down that uplinks are decoded again, for whom, and how many there are.
insert into redecode_run (actor, wanted, expected) values (%(actor)s::text, %(wanted)s::jsonb, %(expected)s::bigint) returning id;

-- redecode_run_note --
-- Write down how far it came.
update redecode_run
set uplinks = %(uplinks)s::bigint, added = %(added)s::bigint, removed = %(removed)s::bigint, changed = %(changed)s::bigint,
    finished_at = case when %(done)s::boolean then now() end
where id = %(run)s::int;

-- quiet_read --
-- Read up to when nobody is told of what is found about devices whose uplinks were decoded again.
select device_id, quiet_until from redecoded where device_id = any (%(devices)s::int[]);
