-- place_find --
-- Find a place by its kind, its parent and its name.
select id, public_id from place
where kind = %(kind)s::text and coalesce(parent_id, 0) = coalesce(%(parent)s::int, 0)
  and name = %(name)s::text and retired_at is null and kind <> 'dwelling';

-- place_find_dwelling --
-- Find a dwelling by its property number.
select place.id, place.public_id from housing.dwelling
join place on place.id = dwelling.place_id
where uprn = %(uprn)s::text;

-- place_add --
-- Add a place, and give its number.
insert into place (public_id, kind, parent_id, name, area, patch, latitude, longitude, detail)
values (%(public_id)s::text, %(kind)s::text, %(parent)s::int, %(name)s::text, %(area)s::text, %(patch)s::text,
        %(latitude)s::float8, %(longitude)s::float8, jsonb_strip_nulls(%(detail)s::jsonb))
returning id, public_id;

-- place_change --
-- Change what is told of a place; what is not told now stays as it was.
update place
set area = coalesce(nullif(%(area)s::text, ''), area), patch = coalesce(nullif(%(patch)s::text, ''), patch),
    latitude = coalesce(%(latitude)s::float8, latitude), longitude = coalesce(%(longitude)s::float8, longitude),
    detail = jsonb_strip_nulls(detail || %(detail)s::jsonb)
where id = %(id)s::int;

-- dwelling_add --
-- Bind a dwelling to its property number and its pseudonym.
insert into housing.dwelling (place_id, uprn, pseudonym)
values (%(place)s::int, %(uprn)s::text, %(pseudonym)s::text);

-- installation_find --
-- Find the installation of a device that begins at a time.
select id, place_id from installation
where dev_eui = %(dev_eui)s::text and from_at = %(from_at)s::timestamptz;

-- installation_end_others --
-- End the open installation of a device that moves, and give where it was.
update installation set to_at = %(from_at)s::timestamptz
where dev_eui = %(dev_eui)s::text and to_at is null and from_at < %(from_at)s::timestamptz
returning place_id;

-- installation_add --
-- Install a device at a place.
insert into installation (dev_eui, place_id, from_at, to_at, expected_interval)
values (%(dev_eui)s::text, %(place)s::int, %(from_at)s::timestamptz, %(to_at)s::timestamptz, %(interval)s::interval);

-- installation_change --
-- Change the end and the expected interval of an installation.
update installation
set to_at = %(to_at)s::timestamptz, expected_interval = coalesce(%(interval)s::interval, expected_interval)
where id = %(id)s::int;

-- installation_mark --
-- Mark the hours of a device to be computed again in which another number of readings is expected by now.
insert into dirty_interval (series_id, interval_start)
select hour.series_id, hour.interval_start
from device
join series on series.device_id = device.id and property_id not in (select into_id from conversion)
join rollup_1h as hour on hour.series_id = series.id
                      and hour.interval_start > %(from_at)s::timestamptz - interval '1 hour'
                      and (%(to_at)s::timestamptz is null or hour.interval_start < %(to_at)s::timestamptz)
where device.dev_eui = %(dev_eui)s::text and %(interval)s::interval is not null
  and hour.expected <> greatest(1, floor(3600 / extract(epoch from %(interval)s::interval)));

-- devices_list --
-- List devices with where they are and when they were heard; also those only installed or registered, and never heard.
select coalesce(device.dev_eui, installation.dev_eui, network.dev_eui) as dev_eui, coalesce(device.name, network.name),
       coalesce(device.profile, network.profile), device.codec, device.heard_at, network.last_seen_at,
       place.public_id, place.kind, place.name, parent.name, place.area, installation.from_at
from (select device.*, case when codec <> '' or exists (select from series where device_id = device.id)
                                   or exists (select from activity_1h where device_id = device.id) then last_seen_at end as heard_at
      from device) as device
full join (select * from installation where to_at is null) as installation on installation.dev_eui = device.dev_eui
full join (select network_device.dev_eui, network_device.name, device_profile.name as profile, network_device.last_seen_at
           from network_device join device_profile on device_profile.id = profile_id
           where network_device.gone_at is null) as network
       on network.dev_eui = coalesce(device.dev_eui, installation.dev_eui)
left join place on place.id = installation.place_id
left join place as parent on parent.id = place.parent_id
where coalesce(device.dev_eui, installation.dev_eui, network.dev_eui) > %(after)s::text
  and (not %(never_heard)s::bool or device.heard_at is null)
order by 1
limit %(limit)s::int;

-- places_of_kind --
-- List the places of a kind with their parents' names.
select place.id, place.public_id, place.name, place.area, place.patch, place.latitude, place.longitude, place.detail, parent.id, parent.name
from place
left join place as parent on parent.id = place.parent_id
where place.kind = %(kind)s::text and place.retired_at is null
order by place.area, parent.name nulls first, place.name, place.id;
