-- clock_of_readings --
-- Read when the newest uplink was sent: the clock of a simulation.
select max(last_seen_at) from device;

-- evaluation_lock --
-- Become the one who evaluates until the transaction ends, unless somebody is.
select pg_try_advisory_xact_lock(hashtextextended('boroughsense.evaluate', 0));

-- series_watch --
-- Watch the series that are not watched yet and whose property a rule asks for, from their first day on.
insert into series_schedule (series_id, until, due_at)
select given.series_id, date_trunc('day', given.hour), date_trunc('day', given.hour)
from unnest(%(subjects)b::int[], %(hours)b::timestamptz[]) as given (series_id, hour)
join series on series.id = given.series_id
join observed_property on observed_property.id = series.property_id
where observed_property.name = any (%(properties)s::text[])
  and not exists (select from series_schedule where series_schedule.series_id = given.series_id)
on conflict do nothing;

-- series_again --
-- Have series judged again of which an hour changed that was judged already; not where a window of 30 days reaches into hours that are erased.
update series_schedule
set again = least(again, given.hour), due_at = least(due_at, %(clock)s::timestamptz)
from (select changed.series_id,
             greatest(hour, (select max(to_at) + interval '31 days' from erased_stretch
                             where erased_stretch.series_id = changed.series_id and what = 'means')) as hour
      from unnest(%(subjects)b::int[], %(hours)b::timestamptz[]) as changed (series_id, hour)) as given
where series_schedule.series_id = given.series_id and given.hour < until;

-- series_due --
-- List series with an hour to judge, those that wait longest first.
select schedule.series_id, schedule.until, schedule.again,
       device.id, coalesce(device.dev_eui, ''), series.channel, observed_property.name,
       coalesce(device.environment, case when place.kind = 'room' then 'indoor' else 'outdoor' end),
       coalesce(installed.expected_interval, device.reporting_interval, interval '1 hour'),
       place.id, coalesce(place.public_id, '')
from (select series_id, until, again, due_at from series_schedule
      where due_at <= %(clock)s::timestamptz
      order by due_at, series_id
      limit %(limit)s::int) as schedule
join series on series.id = schedule.series_id
left join device on device.id = series.device_id
left join place on place.id = series.owner_place_id
join observed_property on observed_property.id = series.property_id
left join lateral (
    select expected_interval from installation
    where installation.dev_eui = device.dev_eui
      and from_at <= %(clock)s::timestamptz and (to_at is null or to_at > %(clock)s::timestamptz)
) as installed on true
order by schedule.due_at, schedule.series_id;

-- series_judged --
-- Remember up to when series are judged, and when the next hour closes.
update series_schedule
set until = given.until, again = null, due_at = given.due_at
from unnest(%(subjects)b::int[], %(until)b::timestamptz[], %(due_at)b::timestamptz[]) as given (series_id, until, due_at)
where series_schedule.series_id = given.series_id;

-- devices_watch --
-- Watch the devices that are not watched yet, from the first day they were heard on.
insert into device_schedule (device_id, until, due_at)
select device_id, date_trunc('day', hour), %(clock)s::timestamptz
from unnest(%(subjects)b::int[], %(hours)b::timestamptz[]) as given (device_id, hour)
where not exists (select from device_schedule where device_schedule.device_id = given.device_id)
on conflict do nothing;

-- devices_again --
-- Have devices judged again that are not silent any more, or were heard in time after all; one heard as ever is left alone until its patience could run out.
update device_schedule as schedule
set again = least(again, given.hour), due_at = least(due_at, %(clock)s::timestamptz)
from unnest(%(subjects)b::int[], %(hours)b::timestamptz[]) as given (device_id, hour)
where schedule.device_id = given.device_id
  and (given.hour < date_trunc('hour', schedule.until)
       or exists (select from alert_state
                  where subject_id = given.device_id and rule_id = any (%(rules)s::text[]))
       or exists (select from alert_transition
                  where subject_id = given.device_id and rule_id = any (%(rules)s::text[])
                    and known_at > given.hour and withdrawn_at is null));

-- devices_due --
-- List devices whose silence is to be judged, those that wait longest first.
select schedule.device_id, schedule.until, schedule.again,
       device.id, device.dev_eui, '', '', device.environment, coalesce(installed.expected_interval, device.reporting_interval), null::int, ''
from (select device_id, until, again, due_at from device_schedule
      where due_at <= %(clock)s::timestamptz
      order by due_at, device_id
      limit %(limit)s::int) as schedule
join device on device.id = schedule.device_id
left join lateral (
    select expected_interval from installation
    where installation.dev_eui = device.dev_eui
      and from_at <= %(clock)s::timestamptz and (to_at is null or to_at > %(clock)s::timestamptz)
) as installed on true
order by schedule.due_at, schedule.device_id;

-- devices_judged --
-- Remember up to when devices are judged, and when their patience can run out next.
update device_schedule
set until = given.until, again = null, due_at = given.due_at
from unnest(%(subjects)b::int[], %(until)b::timestamptz[], %(due_at)b::timestamptz[]) as given (device_id, until, due_at)
where device_schedule.device_id = given.device_id;
