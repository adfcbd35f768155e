-- case_of_alert --
-- Give the dwelling that an episode is about, and when it could be known.
select coalesce(parent.id, place.id), coalesce(parent.public_id, place.public_id), alert.known_at, alert.title
from alert
left join device on device.id = alert.device_id
left join installation on alert.place_id is null and installation.dev_eui = device.dev_eui
                 and alert.fired_at >= installation.from_at and alert.fired_at < coalesce(installation.to_at, 'infinity')
join place on place.id = coalesce(alert.place_id, installation.place_id) and place.kind in ('room', 'dwelling')
left join place as parent on parent.id = place.parent_id
where alert.id = %(alert)s::text;

-- case_open --
-- Open a case.
insert into housing.hazard_case (id, alert_id, place_id, hazard, category, aware_at, reported, opened_by, opened_at)
select %(id)s::text, %(alert)s::text, place.id, %(hazard)s::text, %(category)s::text, %(aware_at)s::timestamptz,
       %(reported)s::text, %(actor)s::text, %(at)s::timestamptz
from place
where public_id = %(place)s::text and kind = 'dwelling'
returning id;

-- case_event_add --
-- Record what happened in a case.
insert into housing.case_event (case_id, kind, at, note, actor, retracts, recorded_at)
select hazard_case.id, %(kind)s::text, %(happened_at)s::timestamptz, %(note)s::text, %(actor)s::text, %(retracts)s::int,
       %(at)s::timestamptz
from housing.hazard_case
where hazard_case.id = %(case)s::text
  and (%(retracts)s::int is null
       or exists (select from housing.case_event as mistake
                  where mistake.id = %(retracts)s::int and mistake.case_id = hazard_case.id and mistake.kind <> 'retracted'))
returning id;

-- cases_read --
-- List cases, the newest first: one, those of an episode, those of a dwelling or all; whoever asks says whose patches.
select hazard_case.id, alert_id, place.public_id, place.name, place.patch, hazard, category, aware_at, reported, opened_by,
       opened_at
from housing.hazard_case
join place on place.id = hazard_case.place_id
where (%(id)s::text = '' or hazard_case.id = %(id)s::text)
  and (%(alert)s::text = '' or alert_id = %(alert)s::text)
  and (%(place)s::text = '' or place.public_id = %(place)s::text)
  and (%(patches)s::text[] is null or place.patch = any (%(patches)s::text[]))
  and (%(closed)s::bool
       or not exists (select from housing.case_event as closing
                      where closing.case_id = hazard_case.id and closing.kind = 'closed'
                        and not exists (select from housing.case_event as mistake where mistake.retracts = closing.id)))
order by opened_at desc, hazard_case.id;

-- case_events_read --
-- List what happened in cases, in the order in which it was recorded.
select case_id, id, kind, at, note, actor, retracts, recorded_at
from housing.case_event
where case_id = any (%(cases)s::text[])
order by id;
