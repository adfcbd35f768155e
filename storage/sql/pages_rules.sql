-- pages_rule_history --
-- List the versions that a rule has had, the newest first.
select since, version, definition::text from rule_version where rule_id = %(rule)s::text order by since desc;

-- pages_rule_open --
-- Count the open episodes of a rule, and read when the oldest of them fired.
select count(*)::int, min(fired_at) from alert where status = 'firing' and rule_id = %(rule)s::text;

-- pages_preview_places --
-- Name places, and where devices are or were last, with whether it is a home; a device that was ever in a home, or is indoors and nowhere, counts as one.
select key, place.public_id, place.kind, place.name, parent.public_id, parent.name,
       case when own.id is not null then own.kind in ('room', 'dwelling')
            when newest.place_id is null then device.environment is distinct from 'outdoor'
            else exists (select from installation join place as earlier on earlier.id = installation.place_id
                         where installation.dev_eui = key and earlier.kind in ('room', 'dwelling')) end
from unnest(%(keys)s::text[]) as key
left join place as own on own.public_id = key
left join device on device.dev_eui = key
left join lateral (select place_id from installation where dev_eui = key order by from_at desc limit 1) as newest on true
left join place on place.id = coalesce(own.id, newest.place_id)
left join place as parent on parent.id = place.parent_id;

-- pages_rule_properties --
-- Read which observed property each rule judges, by its newest version; a rule on silence judges none.
select distinct on (rule_id) rule_id, definition->>'observed_property'
from rule_version where version <> '' order by rule_id, since desc;
