-- homes_at_risk --
-- List the open findings about rooms, the worst and oldest first.
select room.id, room.public_id, room.name, home.name, home.area, home.patch,
       alert.id, alert.rule_id, alert.title, alert.severity, alert.fired_at, alert.peak, alert.stale
from alert
left join device on device.id = alert.device_id
left join installation on alert.place_id is null and installation.dev_eui = device.dev_eui
                 and alert.fired_at >= installation.from_at and alert.fired_at < coalesce(installation.to_at, 'infinity')
join place as room on room.id = coalesce(alert.place_id, installation.place_id) and room.kind = 'room'
join place as home on home.id = room.parent_id
where alert.status = 'firing' and alert.severity in ('amber', 'red')
  and (%(patches)s::text[] is null or home.patch = any (%(patches)s::text[]))
  and (%(area)s::text = '' or home.area = %(area)s::text)
order by alert.severity desc, alert.fired_at, alert.id
limit %(limit)s::int;

-- homes_risk_counted --
-- Count the homes with an open finding, and those of them with a red one.
select count(distinct home.id), count(distinct home.id) filter (where alert.severity = 'red')
from alert
left join device on device.id = alert.device_id
left join installation on alert.place_id is null and installation.dev_eui = device.dev_eui
                 and alert.fired_at >= installation.from_at and alert.fired_at < coalesce(installation.to_at, 'infinity')
join place as room on room.id = coalesce(alert.place_id, installation.place_id) and room.kind = 'room'
join place as home on home.id = room.parent_id
where alert.status = 'firing' and alert.severity in ('amber', 'red')
  and (%(patches)s::text[] is null or home.patch = any (%(patches)s::text[]))
  and (%(area)s::text = '' or home.area = %(area)s::text);

-- homes_rooms --
-- List rooms by area, home and name, those behind one of them.
select room.id, room.public_id, room.name, home.name, home.area, home.patch
from place as home
cross join lateral (select id, public_id, name from place
                    where parent_id = home.id and kind = 'room' and retired_at is null
                    order by name, id) as room
where home.kind = 'dwelling'
  and (%(patches)s::text[] is null or home.patch = any (%(patches)s::text[]))
  and (%(area)s::text = '' or home.area = %(area)s::text)
  and (%(after)s::text = ''
       or ((home.area, home.name, home.id) >=
           (select h.area, h.name, h.id from place as r join place as h on h.id = r.parent_id where r.public_id = %(after)s::text)
           and (home.area, home.name, home.id, room.name, room.id) >
               (select h.area, h.name, h.id, r.name, r.id
                from place as r join place as h on h.id = r.parent_id where r.public_id = %(after)s::text)))
order by home.area, home.name, home.id, room.name, room.id
limit %(limit)s::int;

-- homes_areas --
-- List the areas that have homes, with how many.
select area, count(*) from place
where kind = 'dwelling' and retired_at is null
  and (%(patches)s::text[] is null or patch = any (%(patches)s::text[]))
group by area order by area;

-- homes_room --
-- Read one room.
select room.id, room.public_id, room.name, home.name, home.area, home.patch, home.id, home.public_id, room.detail
from place as room
join place as home on home.id = room.parent_id
where room.public_id = %(public_id)s::text and room.kind = 'room';

-- homes_siblings --
-- List the rooms of a home.
select room.id, room.public_id, room.name, home.name, home.area, home.patch
from place as room
join place as home on home.id = room.parent_id
where home.id = %(home)s::int and room.retired_at is null
order by room.name;

-- homes_findings --
-- List the episodes of a room, the newest first.
select alert.id, alert.rule_id, alert.title, alert.severity, alert.status, alert.fired_at, alert.resolved_at, alert.peak, alert.stale, alert.late
from (
    select alert.id
    from installation
    join device on device.dev_eui = installation.dev_eui
    join alert on alert.device_id = device.id and alert.place_id is null
              and alert.fired_at >= installation.from_at and alert.fired_at < coalesce(installation.to_at, 'infinity')
    where installation.place_id = %(place)s::int
    union
    select id from alert where place_id = %(place)s::int
) as here
join alert using (id)
where alert.status <> 'withdrawn'
order by alert.fired_at desc, alert.id
limit %(limit)s::int;

-- homes_outdoor --
-- Find the place whose outdoor temperature stands for the borough's: a station before anything else.
-- Place after place is asked until one has a sensor: there are a few hundred, and a hundred thousand devices.
select place.id
from place
cross join lateral (
    select from installation
    join device on device.dev_eui = installation.dev_eui and device.environment = 'outdoor'
    join series on series.device_id = device.id and channel = ''
               and property_id = (select id from observed_property where name = 'temperature')
    where installation.place_id = place.id and installation.to_at is null
    limit 1
) as measured
where place.kind in ('station', 'position')
order by (place.kind = 'station') desc, place.id
limit 1;

-- homes_repairs --
-- List what was done at a room or its home, the oldest first.
select done_at, what, recorded_by from housing.repair
where place_id = any (%(places)s::int[])
order by done_at, id;

-- homes_repair_add --
-- Write down what was done.
insert into housing.repair (place_id, done_at, what, recorded_by)
values (%(place)s::int, %(done_at)s::timestamptz, %(what)s::text, %(recorded_by)s::text);

-- homes_rooms_of --
-- List the rooms of a home by its public id, with what an officer told of each.
select room.id, room.public_id, room.name, home.name, home.area, home.patch, home.id, home.public_id, room.detail
from place as room
join place as home on home.id = room.parent_id
where home.public_id = %(home)s::text and room.kind = 'room'
order by room.name, room.id;

-- homes_counted --
-- Count the homes of each area with a sensor in a stretch of time, and those of them with a finding open in it.
with stay as (
    select coalesce(home.id, place.id) as home, coalesce(home.area, place.area) as area, place.id as place, installation.dev_eui,
           greatest(from_at, %(since)s::timestamptz) as since, least(coalesce(to_at, 'infinity'), %(until)s::timestamptz) as until
    from installation
    join place on place.id = installation.place_id and place.kind in ('room', 'dwelling')
    left join place as home on home.id = place.parent_id
    where from_at < %(until)s::timestamptz and coalesce(to_at, 'infinity') > %(since)s::timestamptz
), finding as (
    select device_id, place_id, fired_at, coalesce(resolved_at, 'infinity') as over_at
    from alert
    where status <> 'withdrawn' and worst in ('amber', 'red') and fired_at < %(until)s::timestamptz
      and coalesce(resolved_at, 'infinity') > %(since)s::timestamptz
), found as (
    select stay.home
    from finding
    join device on device.id = finding.device_id
    join stay on stay.dev_eui = device.dev_eui
    where finding.place_id is null and fired_at < stay.until and over_at > stay.since
    union
    select stay.home from finding join stay on stay.place = finding.place_id
)
select stay.area, count(distinct stay.home), count(distinct found.home)
from stay
left join found on found.home = stay.home
group by stay.area
order by stay.area;
