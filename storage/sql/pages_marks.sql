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
