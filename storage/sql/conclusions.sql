-- conclusions_readings --
-- Count the readings of every series.
select dev_eui, observed_property.name, channel,
       (select count(*) from observation where observation.series_id = series.id) as readings
from series
join device on device.id = series.device_id
join observed_property on observed_property.id = series.property_id;

-- conclusions_hours --
-- List every valid hourly mean.
select dev_eui, observed_property.name, channel, interval_start, rollup_1h.count, mean
from rollup_1h
join series on series.id = rollup_1h.series_id
join device on device.id = series.device_id
join observed_property on observed_property.id = series.property_id
where valid;

-- conclusions_episodes --
-- List every episode of some rules that stands, one of a place without a device too.
select rule_id, coalesce(dev_eui, '') as dev_eui, coalesce(observed_property.name, '') as name, coalesce(channel, '') as channel,
       fired_at, resolved_at, peak, reopened
from alert
left join device on device.id = alert.device_id
left join series on series.id = alert.series_id
left join observed_property on observed_property.id = series.property_id
where status <> 'withdrawn' and rule_id = any (%(rules)s::text[]);

-- conclusions_events --
-- Count the events that are no uplink, by type.
select event_type, count(*)::int from event group by event_type order by event_type;
