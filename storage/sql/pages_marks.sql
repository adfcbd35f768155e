-- pages_places_mark --
-- Read when a device of a site, a zone or a dwelling was last heard, or of all of a kind.
select max(device.last_seen_at)
from place
join installation on installation.place_id = place.id and to_at is null
join device on device.dev_eui = installation.dev_eui
where place.kind = %(kind)s::text and place.retired_at is null
  and (%(parent)s::text is null or place.parent_id = (select id from place as parent where parent.public_id = %(parent)s::text));

-- pages_place_mark --
-- Read when a device at one place was last heard.
select max(device.last_seen_at)
from place
join installation on installation.place_id = place.id and to_at is null
join device on device.dev_eui = installation.dev_eui
where place.public_id = %(public_id)s::text;

-- pages_alerts_mark --
-- Read the number of the newest change of an alert.
select coalesce(max(id), 0) from alert_transition;

-- pages_alerts_news --
-- Count the alerts that somebody may see and that began, and those that changed otherwise, after a change of some number; of very many the newest.
select count(*) filter (where began)::int, count(*) filter (where not began)::int
from (
    select alert.id, bool_or(change.kind in ('fired', 'reopened')) as began
    from (select id, subject_id, rule_id, fired_at, kind from alert_transition
          where id > %(since)s::bigint and withdrawn_at is null and fired_at is not null
          order by id desc limit 1000) as change
    join alert on alert.subject_id = change.subject_id and alert.rule_id = change.rule_id and alert.fired_at = change.fired_at
    left join device on device.id = alert.device_id
    left join installation on alert.place_id is null and installation.dev_eui = device.dev_eui
                          and alert.fired_at >= installation.from_at and alert.fired_at < coalesce(installation.to_at, 'infinity')
    left join place on place.id = coalesce(alert.place_id, installation.place_id)
    left join place as parent on parent.id = place.parent_id
    where alert.status <> 'withdrawn'
      and (case when alert.severity = 'maintenance' or place.kind is null then %(engineering)s::bool
                when place.kind = 'room' then %(housing)s::bool
                     and (%(patches)s::text[] is null or parent.patch = any (%(patches)s::text[]))
                when place.kind in ('bay', 'zone') then %(parking)s::bool
                else %(environment)s::bool end)
    group by alert.id
) as seen;
