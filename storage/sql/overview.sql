-- overview_read --
-- Count what is stored, what is refused and what is still to be computed.
select (select count(*) from device) as devices,
       (select count(*) from uplink) as uplinks,
       (select count(*) from observation) as observations,
       (select count(*) from alert where status <> 'withdrawn') as alerts,
       (select count(*) from alert where status = 'firing') as alerts_open,
       (select count(*) from quarantine where status = 'held') as refused,
       (select count(*) from dirty_interval) + (select count(*) from dirty_activity) as pending;

-- episodes_read --
-- List the episodes that stand by rule, device and start; one without a device by its place.
select rule_id, coalesce(device.dev_eui, place.public_id, ''), fired_at
from alert
left join device on device.id = alert.device_id
left join place on place.id = alert.place_id
where status <> 'withdrawn';
