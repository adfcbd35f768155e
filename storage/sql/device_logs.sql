-- device_logs_mark --
-- Mark that the network server logged something of devices.
insert into device_log_mark (subject, at)
select * from unnest(%(subjects)b::text[], %(at)b::timestamptz[]);

-- device_logs_take --
-- Take the oldest marks of logs away, and give the first log of each device.
with taken as (
    delete from device_log_mark
    where id <= (select max(id) from (select id from device_log_mark order by id limit %(limit)s::int) as oldest)
    returning subject, at
)
select null::text, null::timestamptz, count(*)::int from taken
union all
select subject, min(at), 0 from taken group by subject;

-- device_logs_know --
-- Make devices that were logged and never heard, as the network server's registry describes them; last seen in the hour in which it logged them.
insert into device (dev_eui, name, profile, application, codec, environment, reporting_interval, tags, first_seen_at, last_seen_at)
select given.dev_eui, coalesce(network.name, ''), coalesce(profile.name, ''), coalesce(network.application, ''), '', 'outdoor',
       reporting_interval_of(given.dev_eui, coalesce(network.tags, '{}'), interval '1 hour'), coalesce(network.tags, '{}'), date_trunc('hour', given.at), date_trunc('hour', given.at)
from unnest(%(dev_euis)s::text[], %(at)s::timestamptz[]) as given (dev_eui, at)
left join network_device as network on network.dev_eui = given.dev_eui
left join device_profile as profile on profile.id = network.profile_id
where not exists (select from device where device.dev_eui = given.dev_eui)
on conflict do nothing;

-- device_logs_watch --
-- Have the logs of devices judged, from the day of the first one on; again where it was judged already.
with logged as (
    select device.id as device_id, given.at - interval '1 microsecond' as before
    from unnest(%(dev_euis)s::text[], %(at)s::timestamptz[]) as given (dev_eui, at)
    join device on device.dev_eui = given.dev_eui
),
added as (
    insert into device_log_schedule (device_id, until, due_at)
    select device_id, date_trunc('day', before), %(clock)s::timestamptz from logged
    on conflict do nothing
)
update device_log_schedule as schedule
set again = case when logged.before < schedule.until then least(again, logged.before) else again end,
    due_at = least(due_at, %(clock)s::timestamptz)
from logged
where schedule.device_id = logged.device_id;

-- device_logs_heard --
-- Have the logs of devices judged again that were heard in an hour that was judged, where it can matter.
update device_log_schedule as schedule
set again = least(again, given.hour), due_at = least(due_at, %(clock)s::timestamptz)
from unnest(%(subjects)b::int[], %(hours)b::timestamptz[]) as given (device_id, hour)
where schedule.device_id = given.device_id and given.hour < date_trunc('hour', schedule.until)
  and (exists (select from alert_state
               where subject_id = given.device_id and rule_id = any (%(rules)s::text[]))
       or exists (select from alert_transition
                  where subject_id = given.device_id and rule_id = any (%(rules)s::text[])
                    and known_at > given.hour and withdrawn_at is null));

-- logs_due --
-- List devices whose logs are to be judged, those that wait longest first.
select schedule.device_id, schedule.until, schedule.again, device.id, device.dev_eui, '', '', device.environment,
       device.reporting_interval, null::int, ''
from device_log_schedule as schedule
join device on device.id = schedule.device_id
where schedule.due_at <= %(clock)s::timestamptz
order by schedule.due_at, schedule.device_id
limit %(limit)s::int;

-- logs_judged --
-- Remember up to when devices' logs are judged, and when that can change without a further one.
update device_log_schedule
set until = given.until, again = null, due_at = given.due_at
from unnest(%(subjects)b::int[], %(until)b::timestamptz[], %(due_at)b::timestamptz[]) as given (device_id, until, due_at)
where device_log_schedule.device_id = given.device_id;

-- logs_read --
-- Read when devices were logged with some codes, each after a time, in the order of time.
select wanted.device_id, detail->>'code', coalesce(time, received_at)
from unnest(%(devices)s::int[], %(dev_euis)s::text[], %(since)s::timestamptz[]) as wanted (device_id, dev_eui, since)
join event on event_type = 'log' and subject = wanted.dev_eui and coalesce(time, received_at) > wanted.since
where detail->>'code' = any (%(codes)s::text[])
order by 3;

-- logs_told --
-- Read what the newest log with a code says of each device.
select wanted.dev_eui, wanted.code, newest.description
from unnest(%(dev_euis)s::text[], %(codes)s::text[]) as wanted (dev_eui, code)
cross join lateral (
    select detail->>'description' as description from event
    where event_type = 'log' and subject = wanted.dev_eui and detail->>'code' = wanted.code
    order by coalesce(time, received_at) desc, id desc limit 1
) as newest
where newest.description <> '';
