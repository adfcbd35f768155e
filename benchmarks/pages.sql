-- A borough of 100,000 devices for `benchmarks/pages.py`: 30,000 homes with two rooms each, 250 sites with four positions each,
-- 100 zones with 100 bays each, and devices that are nowhere.
insert into place (public_id, kind, name, area, patch)
select 'h' || n, 'dwelling', n || ' Long Road', 'estate ' || n % 40, 'patch ' || n % 12 from generate_series(1, 30000) as n;
insert into place (public_id, kind, parent_id, name)
select 'r' || id || room.name, 'room', id, room.name
from place, unnest(array['bedroom', 'kitchen']) as room (name) where place.kind = 'dwelling';
insert into place (public_id, kind, name, area, detail)
select 's' || n, 'site', 'Site ' || n, 'estate ' || n % 40, '{"risk": "high"}' from generate_series(1, 250) as n;
insert into place (public_id, kind, parent_id, name, detail)
select 'p' || place.id || '_' || n, 'position', place.id, 'Fence ' || n, '{"bearing": 90}'
from place, generate_series(1, 4) as n where place.kind = 'site';
insert into place (public_id, kind, name, area) select 'z' || n, 'zone', 'Zone ' || n, 'estate 1' from generate_series(1, 100) as n;
insert into place (public_id, kind, parent_id, name, detail)
select 'b' || place.id || '_' || n, 'bay', place.id, 'Bay ' || n, '{"limit_minutes": 60, "bay_type": "paid"}'
from place, generate_series(1, 100) as n where place.kind = 'zone';

insert into device (dev_eui, name, profile, application, codec, environment, reporting_interval, tags, first_seen_at, last_seen_at)
select lpad(to_hex(n), 16, '0'), 'device ' || n, 'profile', 'application', 'milesight-em300-th', 'indoor', interval '1 hour', '{}',
       now() - interval '300 days', now() - n % 90 * interval '1 minute'
from generate_series(1, 100000) as n;
insert into installation (dev_eui, place_id, from_at)
select lpad(to_hex(number), 16, '0'), id, now() - interval '300 days'
from (select id, row_number() over (order by id) as number from place where kind in ('room', 'position', 'bay')) as each;

update device set environment = 'outdoor'
from installation join place on place.id = place_id and place.kind = 'position' where installation.dev_eui = device.dev_eui;

insert into series (device_id, channel, property_id)
select device.id, '', observed_property.id
from device
join installation using (dev_eui)
join place on place.id = place_id
join observed_property on observed_property.name = any (case place.kind
    when 'room' then array['temperature', 'relative_humidity', 'battery_level']
    when 'position' then array['pm10', 'pm2_5', 'temperature', 'relative_humidity'] else array['parking_occupied'] end);
insert into latest (series_id, phenomenon_time, result, quality)
select id, now() - interval '10 minutes', case when property_id % 2 = 0 then 55 else 18 end, 1 from series;
insert into rollup_1h (series_id, interval_start, count, expected, mean, minimum, maximum, valid, computed_at)
select series.id, date_trunc('hour', now()) - hour * interval '1 hour', 6, 6, 50 + hour % 40, 40, 95, true, now()
from series
join device on device.id = device_id
join installation using (dev_eui)
join place on place.id = place_id
cross join generate_series(1, case when place.kind = 'room' and place.id % 500 = 1 then 4320
                                   when place.name = 'Fence 1' then 720
                                   when place.kind = 'position' then 48 else 6 end) as hour;
insert into series (owner_place_id, channel, property_id)
select place.id, '', observed_property.id from place join observed_property on observed_property.name = 'mould_index'
where place.kind = 'room';
insert into rollup_1h (series_id, interval_start, count, expected, mean, minimum, maximum, valid, computed_at)
select id, date_trunc('hour', now()) - hour * interval '1 hour', 1, 1, 1.5, 1.5, 1.5, true, now()
from series cross join generate_series(1, case when owner_place_id % 500 = 1 then 4320 else 6 end) as hour
where owner_place_id is not null;
insert into activity_1h (device_id, interval_start, uplinks, first_at, last_at)
select id, date_trunc('hour', now()) - hour * interval '1 hour', 1, now(), now()
from device cross join generate_series(1, 24) as hour;

insert into alert (id, key, rule_id, rule_version, subject_id, device_id, series_id, labels, title, status, severity, worst, fired_at,
                   known_at, resolved_at, peak, reopened, stale, late, told, recorded_at, changed_at)
select 'a' || id || '_' || n, 'k' || id || '_' || n, 'H3', '1', id, device_id, id, '{}', 'Room air very humid for a day',
       case when n = 1 and id % 100 = 0 then 'firing' else 'resolved' end, case when id % 3 = 0 then 'red' else 'amber' end, 'red',
       now() - (n * 50 + id % 40) * interval '1 hour', now() - (n * 50 + id % 40) * interval '1 hour',
       now() - (n * 50 - 30) * interval '1 hour', 91, 0, false, false, '{}', now(), now()
from series cross join generate_series(1, 3) as n where id % 4 = 0;
insert into alert_action (alert_id, kind, severity, actor, at)
select id, 'acknowledged', severity, 'A. Officer', now() from alert where length(id) % 2 = 0;
insert into audit (at, actor, action, subject)
select now() - n * interval '1 minute', 'Officer ' || n % 30, 'dwelling read', 'h' || 1 + n % 30000 from generate_series(1, 300000) as n;
insert into housing.hazard_case (id, place_id, hazard, category, aware_at, reported, opened_by, opened_at)
select 'c' || id, id, 'damp_mould', 'significant', now() - id % 30 * interval '1 day', 'a report', 'A. Officer', now()
from place where kind = 'dwelling' and id % 100 = 0;
insert into quarantine (received_at, topic, payload, origin, reason, detail, source, event_type, deduplication_key, dev_eui)
select now() - n * interval '1 minute', 'application/x/device/y/event/up', '\x00', 'live', 'unknown_device', 'not bound', 'chirpstack-v4',
       'up', 'q' || n, '' from generate_series(1, 20000) as n;
