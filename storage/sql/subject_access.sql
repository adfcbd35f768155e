-- subject_rooms --
-- List the rooms of a home with the devices that were in them in a time, and when.
select room.public_id, room.name, installation.dev_eui, greatest(from_at, %(since)s::timestamptz),
       least(coalesce(to_at, '2102-01-01Z'), %(until)s::timestamptz)
from installation
join place as room on room.id = installation.place_id
where %(home)s::int in (room.id, room.parent_id)
  and from_at < %(until)s::timestamptz and coalesce(to_at, '2102-01-01Z') > %(since)s::timestamptz
order by room.name, room.public_id, from_at;

-- subject_readings --
-- List the readings of a home in a time.
select room.name, placed.property, placed.unit, placed.channel, observation.phenomenon_time, observation.result, observation.quality
from place as room
join placed_series as placed on placed.place_id = room.id
join observation on observation.series_id = placed.series_id
                and observation.phenomenon_time >= greatest(placed.from_at, %(since)s::timestamptz)
                and observation.phenomenon_time < least(placed.to_at, %(until)s::timestamptz)
where %(home)s::int in (room.id, room.parent_id)
order by room.name, placed.property, placed.channel, observation.phenomenon_time;

-- subject_hours --
-- List the hourly means of a home in a time, and what was worked out for its rooms by the hour.
with homes as (
    select id, name from place where %(home)s::int in (id, parent_id)
),
measured as (
    select homes.name as room, placed.series_id, placed.property_id, placed.channel,
           greatest(placed.from_at, %(since)s::timestamptz) as since, least(placed.to_at, %(until)s::timestamptz) as until
    from homes
    join placed_series as placed on placed.place_id = homes.id
    union all
    select homes.name, series.id, series.property_id, series.channel, %(since)s::timestamptz, %(until)s::timestamptz
    from series
    join homes on homes.id = series.owner_place_id
)
select measured.room, observed_property.name, observed_property.unit, measured.channel, hour.interval_start,
       hour.interval_start + interval '1 hour', hour.mean, hour.minimum, hour.maximum, hour.count, hour.expected, hour.valid
from measured
join observed_property on observed_property.id = measured.property_id
join rollup_1h as hour on hour.series_id = measured.series_id
                      and hour.interval_start >= measured.since and hour.interval_start + interval '1 hour' <= measured.until
order by measured.room, observed_property.name, measured.channel, hour.interval_start;

-- subject_days --
-- List the means of local days of a home in a time.
select room.name, placed.property, placed.unit, placed.channel, day.day, day.mean, day.minimum, day.maximum, day.count, day.expected, day.valid
from place as room
join placed_series as placed on placed.place_id = room.id
join rollup_1d as day on day.series_id = placed.series_id
                     and london_day_begins(day.day) >= greatest(placed.from_at, %(since)s::timestamptz)
                     and london_day_begins(day.day + 1) <= least(placed.to_at, %(until)s::timestamptz)
where %(home)s::int in (room.id, room.parent_id)
order by room.name, placed.property, placed.channel, day.day;

-- subject_alerts --
-- List the episodes about a home that began in a time, about a room and about a device that was in one.
select alert.id, room.name, alert.rule_id, alert.title, alert.severity, alert.status, alert.fired_at, alert.known_at, alert.resolved_at,
       alert.peak
from (
    select alert.id, installation.place_id
    from installation
    join device on device.dev_eui = installation.dev_eui
    join alert on alert.device_id = device.id and alert.place_id is null
              and alert.fired_at >= installation.from_at and alert.fired_at < coalesce(installation.to_at, '2102-01-01Z')
    union
    select id, place_id from alert where place_id is not null
) as here
join place as room on room.id = here.place_id and %(home)s::int in (room.id, room.parent_id)
join alert on alert.id = here.id and alert.fired_at >= %(since)s::timestamptz and alert.fired_at < %(until)s::timestamptz
order by alert.fired_at, alert.id;

-- subject_actions --
-- List what was done with the episodes about a home, without who did it.
select action.alert_id, action.kind, action.note, action.at
from alert_action as action
where action.alert_id = any (%(alerts)s::text[])
order by action.id;

-- subject_messages --
-- List what was told of the episodes and cases of a home, without whom.
select alert_id, case_id, kind, severity, at from notification_entry
where alert_id = any (%(alerts)s::text[]) or case_id = any (%(cases)s::text[])
order by at, idempotency_key;

-- subject_cases --
-- List the cases of a home of which the landlord became aware in a time.
select id, alert_id, hazard, category, aware_at, reported, opened_at from housing.hazard_case
where place_id = %(home)s::int and aware_at >= %(since)s::timestamptz and aware_at < %(until)s::timestamptz
order by aware_at, id;

-- subject_case_events --
-- List what happened in cases, what was retracted too, without who recorded it.
select case_id, id, kind, at, note, retracts, recorded_at from housing.case_event
where case_id = any (%(cases)s::text[])
order by case_id, id;

-- subject_repairs --
-- List the repairs of a home in a time.
select room.name, repair.done_at, repair.what
from housing.repair
join place as room on room.id = repair.place_id
where %(home)s::int in (room.id, room.parent_id)
  and done_at >= %(since)s::timestamptz and done_at < %(until)s::timestamptz
order by done_at, repair.id;

-- subject_audit --
-- List when a home's data were read, erased or given out in a time, without by whom.
select audit.at, audit.action, audit.subject
from audit
where (subject in (select public_id from place where %(home)s::int in (id, parent_id)) or subject = any (%(cases)s::text[])
       or subject = any (%(alerts)s::text[]))
  and audit.at >= %(since)s::timestamptz and audit.at < %(until)s::timestamptz
order by audit.id;

-- read_one_moment --
-- Have all that follows in the transaction read what there was at one moment.
set transaction isolation level repeatable read, read only;
