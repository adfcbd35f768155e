-- A borough for `benchmarks/evaluate.py`: of %(devices)s devices seven in ten in rooms (temperature and humidity), two at building sites
-- (PM10, humidity), one in bays; a station for each 2,000. Each has hourly means of %(days)s days up to `hour`, and is judged up to it.
create temp table shape as
select n, lpad(to_hex(n), 16, '0') as dev_eui, case when n % 2000 = 0 then 'station' when n % 10 < 7 then 'room' when n % 10 < 9 then 'position' else 'bay' end as kind
from generate_series(1, %(devices)s) as n;

insert into place (public_id, kind, name, area) select 'home', 'dwelling', 'Long House', 'estate 0';
insert into place (public_id, kind, name) values ('site', 'site', 'Site'), ('zone', 'zone', 'Zone');
insert into place (public_id, kind, parent_id, name, area)
select 'p' || n, shape.kind, parent.id, 'place ' || n, 'estate ' || n % 40
from shape
left join place as parent on parent.public_id = case shape.kind when 'room' then 'home' when 'position' then 'site' when 'bay' then 'zone' end;
insert into device (dev_eui, name, profile, application, codec, environment, reporting_interval, tags, first_seen_at, last_seen_at)
select dev_eui, 'device ' || n, 'profile', 'application', 'any', case when kind = 'room' then 'indoor' else 'outdoor' end, interval '10 minutes', '{}',
       %(hour)s - interval '300 days', %(hour)s
from shape;
insert into installation (dev_eui, place_id, from_at)
select dev_eui, place.id, %(hour)s - interval '300 days' from shape join place on place.public_id = 'p' || n;
insert into series (device_id, channel, property_id)
select device.id, '', observed_property.id
from shape
join device using (dev_eui)
join observed_property on observed_property.name = any (case kind when 'room' then array['temperature', 'relative_humidity']
    when 'station' then array['temperature', 'no2', 'pm10'] when 'position' then array['pm10', 'relative_humidity'] else array['temperature'] end);

create temp table measured as
select series.id as series_id, device.id as device_id, device.environment, observed_property.name,
       case observed_property.name when 'temperature' then 19 when 'relative_humidity' then 58 when 'no2' then 15 else 22 end
       - case when device.environment = 'outdoor' and observed_property.name = 'temperature' then 12 else 0 end as level
from series join device on device.id = device_id join observed_property on observed_property.id = property_id
where not exists (select from conversion where into_id = property_id);

insert into rollup_1h (series_id, interval_start, count, expected, mean, minimum, maximum, valid, computed_at)
select series_id, %(hour)s - back * interval '1 hour', 6, 6, level + (series_id + back) %% 7, level - 1, level + 8, true, now()
from measured cross join generate_series(1, %(days)s * 24) as back;
insert into activity_1h (device_id, interval_start, uplinks, first_at, last_at)
select id, %(hour)s - back * interval '1 hour', 6, %(hour)s - back * interval '1 hour' + interval '1 minute', %(hour)s - back * interval '1 hour' + interval '51 minutes'
from device cross join generate_series(1, least(8, %(days)s) * 24) as back;

insert into series_schedule (series_id, until, due_at)
select series_id, %(hour)s, %(hour)s + interval '80 minutes' from measured where name in ('relative_humidity', 'pm10') or environment = 'indoor';
insert into device_schedule (device_id, until, due_at) select id, %(hour)s, %(hour)s + interval '1 hour' from device;
insert into derivation (theme, owner_id, until, due_at, state)
select case kind when 'room' then 'room' else 'air' end, id, %(hour)s, %(hour)s + interval '90 minutes', 'null' from place where kind in ('room', 'station', 'position');
insert into derivation (theme, owner_id, until, due_at, state)
select 'fleet', id, date_trunc('day', %(hour)s), date_trunc('day', %(hour)s) + interval '1 day 30 minutes', 'null' from device;
delete from derivation_mark;
