-- import_device --
-- Make the device that a series is imported for, or widen the time that an imported one was heard in; nobody is told of its past.
with made as (
    insert into device (dev_eui, name, profile, application, codec, environment, reporting_interval, tags, first_seen_at, last_seen_at)
    values (%(dev_eui)s::text, %(name)s::text, '', '', '', %(environment)s::text, %(interval)s::interval, '{}',
            %(first)s::timestamptz, %(last)s::timestamptz)
    on conflict (dev_eui) do update
    set first_seen_at = least(device.first_seen_at, excluded.first_seen_at),
        last_seen_at = case when device.codec = '' then greatest(device.last_seen_at, excluded.last_seen_at)
                       else device.last_seen_at end
    returning id
),
quiet as (
    insert into redecoded (device_id, quiet_until)
    select id, now() from made
    on conflict (device_id) do update set quiet_until = greatest(redecoded.quiet_until, excluded.quiet_until)
)
select id from made;

-- import_enter --
-- Store the observations that are not there yet, mark their hours to be computed again, and give how many there are.
with entered as (
    insert into observation (series_id, phenomenon_time, result, quality)
    select series_id, phenomenon_time, result, quality from incoming_observation
    on conflict do nothing
    returning series_id, phenomenon_time
),
marked as (
    insert into dirty_interval (series_id, interval_start)
    select distinct series_id, date_bin('1 hour', phenomenon_time, '2000-01-01 00:00:00Z') from entered
)
select count(*) from entered;

-- import_note --
-- Write down that a file was stored.
insert into import_run (actor, file, sha256, given, added, left_out)
values (%(actor)s::text, %(file)s::text, %(sha256)s::text, %(given)s::bigint, %(added)s::bigint, %(left_out)s::bigint);

-- imports_list --
-- List the files that were stored, the newest first.
select at, actor, file, sha256, given, added, left_out from import_run order by id desc limit %(most)s::int;
