-- pages_uplink_arrivals --
-- Find when uplinks of an identifier arrived, as long as the ledger knows them.
select source, received_at from ledger
where source = any (%(sources)s::text[]) and event_type = 'up' and deduplication_key = %(deduplication_id)s::text;

-- pages_uplink --
-- Read an uplink by its arrival and its identifier.
select uplink.received_at, deduplication_id, source, origin, device.id as device_id, device.dev_eui, device.name as device_name,
       device.profile, device.environment, dev_addr, f_port, f_cnt, confirmed, payload, result_time, time_source,
       uplink.codec, uplink.codec_version, warnings, receptions::text
from uplink
join device on device.id = device_id
where uplink.received_at = %(received_at)s::timestamptz and deduplication_id = %(deduplication_id)s::text;

-- pages_uplink_observations --
-- Read the values of a device at some times, with the hours they are in and how far they are judged.
select series.id, observed_property.name, unit, channel, observation.phenomenon_time, observation.result,
       case when failed_reading.series_id is null then observation.quality else 4 end, observation.quality, spike, rate, flat,
       rollup_1h.count, expected, mean, valid, computed_at, series_schedule.until
from series
join observed_property on observed_property.id = property_id
join observation on observation.series_id = series.id and observation.phenomenon_time = any (%(times)s::timestamptz[])
left join rollup_1h on rollup_1h.series_id = series.id
                   and rollup_1h.interval_start = date_bin('1 hour', observation.phenomenon_time, '2000-01-01 00:00:00Z')
left join failed_reading on failed_reading.series_id = series.id and failed_reading.phenomenon_time = observation.phenomenon_time
left join series_schedule on series_schedule.series_id = series.id
where device_id = %(device)s::int
order by observation.phenomenon_time desc, observed_property.name, channel;

-- pages_uplink_states --
-- Read where rules stand for subjects; those without a row are inactive.
select subject_id, rule_id, state->>'status', state->>'severity', (state->>'until')::timestamptz
from alert_state
where subject_id = any (%(subjects)s::int[]);

-- pages_uplink_alerts --
-- List the episodes of a device that a time falls in, with what people were told.
select alert.id, rule_id, title, alert.status, severity, fired_at, resolved_at,
       notification.kind as notice, channel, notification.status as delivery, settled_at, attempts
from alert
left join notification on notification.alert_id = alert.id
where device_id = %(device)s::int and fired_at <= %(time)s::timestamptz and fired_at > %(time)s::timestamptz - interval '90 days'
  and coalesce(resolved_at, 'infinity') > %(time)s::timestamptz - interval '1 hour' and alert.status <> 'withdrawn'
order by fired_at desc, notification.id;
