-- parking_zones --
-- List the zones with how many bays have a sensor in each.
select zone.id, zone.public_id, zone.name, zone.area, zone.detail,
       (select count(*) from place as bay where bay.parent_id = zone.id and bay.retired_at is null)
from place as zone
where zone.kind = 'zone' and zone.retired_at is null and (%(public_id)s::text = '' or zone.public_id = %(public_id)s::text)
  and (%(after)s::text = '' or (zone.name, zone.public_id) > (select name, public_id from place where public_id = %(after)s::text))
order by zone.name, zone.public_id
limit %(limit)s::int;

-- parking_bays --
-- List the bays of zones with the device that is there now.
select bay.id, bay.parent_id, bay.name, bay.detail, installation.dev_eui,
       coalesce(installation.expected_interval, device.reporting_interval, interval '1 day')
from place as bay
left join installation on installation.place_id = bay.id and installation.to_at is null
left join device on device.dev_eui = installation.dev_eui
where bay.kind = 'bay' and bay.retired_at is null and bay.parent_id = any (%(zones)s::int[])
order by bay.parent_id, length(bay.name), bay.name, bay.id;
