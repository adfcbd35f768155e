-- sites_list --
-- List the sites with how many positions measure at each.
select site.id, site.public_id, site.name, site.area, site.detail,
       (select count(*) from place as position where position.parent_id = site.id and position.retired_at is null)
from place as site
where site.kind = 'site' and site.retired_at is null and (%(public_id)s::text = '' or site.public_id = %(public_id)s::text)
  and (%(after)s::text = '' or (site.name, site.public_id) > (select name, public_id from place where public_id = %(after)s::text))
order by site.name, site.public_id
limit %(limit)s::int;

-- sites_positions --
-- List the positions of sites.
select id, public_id, parent_id, name, detail
from place
where kind = 'position' and retired_at is null and parent_id = any (%(sites)s::int[])
order by parent_id, name, id;

-- sites_exceedances --
-- List the episodes of dust at sites in a stretch of time, the newest first, with what was last written down about each.
select alert.id, alert.rule_id, alert.title, alert.severity, alert.status, alert.fired_at, alert.resolved_at, alert.peak,
       position.parent_id, position.id, position.name,
       entry.cause, entry.action, entry.work_stopped_at, entry.work_restarted_at, entry.closed_by, entry.closed_at
from place as position
join installation on installation.place_id = position.id
join device on device.dev_eui = installation.dev_eui
join alert on alert.device_id = device.id
          and alert.fired_at >= installation.from_at and alert.fired_at < coalesce(installation.to_at, 'infinity')
left join lateral (
    select string_agg(nullif(cause, ''), '; ' order by id) as cause, string_agg(nullif(action, ''), '; ' order by id) as action,
           min(work_stopped_at) as work_stopped_at, max(work_restarted_at) as work_restarted_at,
           (array_agg(author order by id) filter (where closes))[1] as closed_by, min(recorded_at) filter (where closes) as closed_at
    from exceedance_entry where exceedance_entry.alert_id = alert.id
) as entry on true
where position.kind = 'position' and position.parent_id = any (%(sites)s::int[])
  and alert.severity <> 'maintenance' and alert.status <> 'withdrawn'
  and alert.fired_at >= %(since)s::timestamptz and alert.fired_at < %(until)s::timestamptz
order by alert.fired_at desc, alert.id desc
limit %(limit)s::int;

-- sites_exceedance_add --
-- Write down what was found and done about an episode.
insert into exceedance_entry (alert_id, recorded_at, author, cause, action, work_stopped_at, work_restarted_at, closes)
values (%(alert)s::text, %(now)s::timestamptz, %(author)s::text, %(cause)s::text, %(action)s::text,
        %(stopped)s::timestamptz, %(restarted)s::timestamptz, %(closes)s::bool);

-- sites_wind_place --
-- Find the place whose wind stands for the borough's, asking place after place.
select place.id
from place
cross join lateral (
    select from installation
    join device on device.dev_eui = installation.dev_eui
    join series on series.device_id = device.id and channel = ''
               and property_id = (select id from observed_property where name = 'wind_speed')
    where installation.place_id = place.id and installation.to_at is null
    limit 1
) as measured
where place.kind in ('station', 'position')
order by (place.kind = 'station') desc, place.id
limit 1;

-- sites_calibrations --
-- List how the readings of a site's devices are corrected.
select calibration.dev_eui, position.name, observed_property.name, calibration.name, slope, "offset", valid_from, valid_to, source, r2, pairs
from place as position
join installation on installation.place_id = position.id
join calibration on calibration.dev_eui = installation.dev_eui
join observed_property on observed_property.id = calibration.property_id
where position.parent_id = %(site)s::int and withdrawn_at is null
order by position.name, valid_from desc;
