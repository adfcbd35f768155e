-- transitions_standing --
-- Read what stands of each rule and subject after a time.
select transition.subject_id, transition.rule_id, transition.id, rule_version,
       kind, at, transition.known_at, severity, value, fired_at, peak
from unnest(%(subjects)b::int[], %(rules)b::text[], %(since)b::timestamptz[]) as wanted (subject_id, rule_id, since)
join alert_transition as transition using (subject_id, rule_id)
where transition.known_at > wanted.since and withdrawn_at is null
order by transition.id;

-- transitions_of_episodes --
-- Read what stands of episodes.
select transition.subject_id, transition.rule_id, transition.id, rule_version,
       kind, at, transition.known_at, severity, value, transition.fired_at, peak
from unnest(%(subjects)s::int[], %(rules)s::text[], %(fired)s::timestamptz[]) as wanted (subject_id, rule_id, fired_at)
join alert_transition as transition using (subject_id, rule_id)
where transition.fired_at = wanted.fired_at and transition.known_at >= wanted.fired_at and withdrawn_at is null
order by transition.known_at, transition.id;

-- transitions_append --
-- Record transitions.
insert into alert_transition (subject_id, rule_id, rule_version, kind, at, known_at, severity, value, fired_at, peak,
                              recorded_at)
select *, %(now)s::timestamptz
from unnest(%(subjects)s::int[], %(rules)s::text[], %(versions)s::text[], %(kinds)s::text[], %(at)s::timestamptz[],
            %(known_at)s::timestamptz[], %(severities)s::text[], %(values)s::float8[], %(fired_at)s::timestamptz[],
            %(peaks)s::float8[]);

-- transitions_withdraw --
-- Mark transitions that should not have been.
update alert_transition
set withdrawn_at = %(now)s::timestamptz, withdrawn_why = given.why
from unnest(%(ids)s::bigint[], %(whys)s::text[]) as given (id, why)
where alert_transition.id = given.id;

-- labels_read --
-- Read what is said of devices.
select id, dev_eui, name, profile, application, environment, tags from device where id = any (%(devices)s::int[]);

-- labels_of_places --
-- Read what is said of places; a dwelling is its identifier.
select place.id, place.public_id, place.kind, place.name, coalesce(parent.kind, ''), coalesce(parent.public_id, '')
from place
left join place as parent on parent.id = place.parent_id
where place.id = any (%(places)s::int[]);

-- devices_at_places --
-- List the devices that are or were at places.
select distinct installation.place_id, device.id
from installation
join device on device.dev_eui = installation.dev_eui
where installation.place_id = any (%(places)s::int[]);

-- alerts_read --
-- Read episodes by their ids, and the withdrawn ones of the same subjects and rules.
select alert.id, alert.subject_id, alert.rule_id, status, worst, alert.fired_at, resolved_at, told::text
from alert
join unnest(%(subjects)s::int[], %(rules)s::text[]) as wanted (subject_id, rule_id) using (subject_id, rule_id)
where alert.id = any (%(ids)s::text[]) or status = 'withdrawn';

-- alerts_withdraw --
-- Mark episodes that never were.
update alert
set status = 'withdrawn', changed_at = %(now)s::timestamptz, told = given.told
from unnest(%(ids)s::text[], %(told)s::jsonb[]) as given (id, told)
where alert.id = given.id;

-- alerts_write --
-- Set what episodes are; when one was recorded, and whether late, stays as it was first.
insert into alert (id, key, rule_id, rule_version, subject_id, device_id, place_id, series_id, labels, title, status, severity,
                   worst, fired_at, known_at, resolved_at, peak, reopened, stale, late, told, recorded_at, changed_at)
select id, key, rule_id, rule_version, subject_id,
       coalesce(given.device_id, (select device.id from installation
                                  join device on device.dev_eui = installation.dev_eui
                                  where installation.place_id = given.place_id and from_at <= given.fired_at
                                    and coalesce(to_at, 'infinity') > given.fired_at
                                  order by from_at limit 1)),
       place_id, series_id, labels, title, status, severity, worst, fired_at, known_at, resolved_at, peak, reopened, stale, late, told,
       %(now)s::timestamptz, %(now)s::timestamptz
from unnest(%(ids)s::text[], %(keys)s::text[], %(rules)s::text[], %(versions)s::text[], %(subjects)s::int[],
            %(devices)s::int[], %(places)s::int[], %(series)s::int[], %(labels)s::jsonb[], %(titles)s::text[], %(statuses)s::text[],
            %(severities)s::text[], %(worst)s::text[], %(fired_at)s::timestamptz[], %(known_at)s::timestamptz[],
            %(resolved_at)s::timestamptz[], %(peaks)s::float8[], %(reopened)s::int[], %(stale)s::bool[],
            %(late)s::bool[], %(told)s::jsonb[])
     as given (id, key, rule_id, rule_version, subject_id, device_id, place_id, series_id, labels, title, status, severity, worst,
               fired_at, known_at, resolved_at, peak, reopened, stale, late, told)
on conflict (id) do update
set status = excluded.status, severity = excluded.severity, worst = excluded.worst, known_at = excluded.known_at,
    resolved_at = excluded.resolved_at, peak = excluded.peak, reopened = excluded.reopened, stale = excluded.stale,
    rule_version = excluded.rule_version, told = excluded.told, changed_at = excluded.changed_at;

-- alerts_peak --
-- Set the worst values of episodes that fire.
update alert
set peak = given.peak, changed_at = %(now)s::timestamptz
from unnest(%(subjects)s::int[], %(rules)s::text[], %(fired)s::timestamptz[], %(peaks)s::float8[])
     as given (subject_id, rule_id, fired_at, peak)
where alert.subject_id = given.subject_id and alert.rule_id = given.rule_id and alert.fired_at = given.fired_at
  and alert.status = 'firing' and alert.peak is distinct from given.peak;
