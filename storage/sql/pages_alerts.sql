-- pages_alerts --
-- List episodes by when they fired, the newest first, with the place that the device was at; whoever asks says which they may see.
select alert.id, alert.rule_id, alert.title, alert.severity, alert.worst, alert.status, alert.fired_at, alert.resolved_at,
       alert.peak, alert.stale, alert.late, coalesce(device.dev_eui, ''), coalesce(device.name, ''),
       place.public_id, place.kind, place.name, parent.public_id, parent.name
from alert
left join device on device.id = alert.device_id
left join installation on alert.place_id is null and installation.dev_eui = device.dev_eui
                      and alert.fired_at >= installation.from_at and alert.fired_at < coalesce(installation.to_at, 'infinity')
left join place on place.id = coalesce(alert.place_id, installation.place_id)
left join place as parent on parent.id = place.parent_id
where alert.status = any (%(statuses)s::text[])
  and (%(id)s::text = '' or alert.id = %(id)s::text)
  and (%(severity)s::text = '' or alert.severity = %(severity)s::text)
  and (%(rule)s::text = '' or alert.rule_id = %(rule)s::text)
  and (case when alert.severity = 'maintenance' or place.kind is null then %(engineering)s::bool
            when place.kind = 'room' then %(housing)s::bool
                 and (%(patches)s::text[] is null or parent.patch = any (%(patches)s::text[]))
            when place.kind in ('bay', 'zone') then %(parking)s::bool
            else %(environment)s::bool end)
  and (not %(waiting)s::bool
       or not exists (select from alert as same
                      join alert_action as action on action.alert_id = same.id and action.kind = 'acknowledged'
                                                 and action.severity in (alert.severity, 'red')
                      where same.subject_id = alert.subject_id and same.rule_id = alert.rule_id and same.key = alert.key
                        and (same.id = alert.id
                             or (same.status = 'withdrawn' and same.fired_at < coalesce(alert.resolved_at, 'infinity')
                                 and alert.fired_at < coalesce(same.resolved_at, 'infinity')))))
  and (%(before)s::timestamptz is null or (alert.fired_at, alert.id) < (%(before)s::timestamptz, %(before_id)s::text))
order by alert.fired_at desc, alert.id desc
limit %(limit)s::int;

-- pages_alert_history --
-- List what became of an episode, the oldest first, also what later readings contradicted.
select transition.kind, transition.at, transition.known_at, transition.severity, transition.value, transition.recorded_at,
       transition.withdrawn_at, transition.withdrawn_why, transition.rule_version
from alert
join alert_transition as transition on transition.subject_id = alert.subject_id and transition.rule_id = alert.rule_id
                                   and transition.fired_at = alert.fired_at
where alert.id = %(id)s::text
order by transition.known_at, transition.id;

-- pages_alert_notices --
-- List who was told of an episode, and how it went.
select kind, channel, status, created_at, settled_at, attempts, failure
from notification
where alert_id = %(id)s::text
order by id;

-- pages_labelled_places --
-- Name the places that labels speak of: a place by its public id, or where a device is now; a room with its home's patch.
select key, place.public_id, place.kind,
       case when home.id is null then place.name else home.name || ', ' || place.name end,
       coalesce(home.patch, place.patch)
from unnest(%(keys)s::text[]) as key
join place on place.public_id = key
           or place.id = (select place_id from installation where dev_eui = key and to_at is null limit 1)
left join place as home on home.id = place.parent_id;

-- pages_rule_versions --
-- Read a rule as it stood in some of its versions.
select distinct on (version) version, definition::text
from rule_version
where rule_id = %(rule)s::text and version = any (%(versions)s::text[])
order by version, since;
