-- Two devices with two series each, and one row of everything that a message leaves.
insert into device (dev_eui, name, profile, application, codec, environment, reporting_interval, tags, first_seen_at, last_seen_at)
values ('02c17a0000000101', 'Bedroom', 'Milesight EM300', 'homes', 'milesight-em300-th', 'indoor', '15 min', '{"a": "b"}', '2026-05-11T09:00Z', '2026-05-11T12:00Z'),
       ('02c17a0000000102', 'Quayside', 'Dust', 'air', 'lgt92', 'outdoor', '15 min', '{}', '2026-05-11T09:00Z', '2026-05-11T12:00Z');
insert into series (device_id, channel, property_id)
select device.id, '', observed_property.id from device, observed_property
where (device.name, observed_property.name) in (('Bedroom', 'temperature'), ('Bedroom', 'relative_humidity'), ('Quayside', 'no2'), ('Quayside', 'pm10'));
insert into ledger (source, event_type, deduplication_key, received_at) values ('s', 'up', 'k', '2026-05-11T12:00Z');
insert into event (received_at, source, event_type, subject, application, time, detail)
values ('2026-05-11T12:00Z', 's', 'join', '02c17a0000000101', 'homes', '2026-05-11T12:00Z', '{"x": 1}');
insert into latest (series_id, phenomenon_time, result, quality) select id, '2026-05-11T12:00Z', 20.5, 1 from series;
insert into rollup_1h (series_id, interval_start, count, expected, mean, minimum, maximum, valid, computed_at)
select id, '2026-05-11T11:00Z', 4, 4, 20.5, 20, 21, true, '2026-05-11T12:10Z' from series;
insert into activity_1h (device_id, interval_start, uplinks, first_at, last_at)
select id, '2026-05-11T11:00Z', 4, '2026-05-11T11:00Z', '2026-05-11T11:45Z' from device;
insert into dirty_interval (series_id, interval_start) select id, '2026-05-11T12:00Z' from series;
insert into dirty_activity (device_id, interval_start) select id, '2026-05-11T12:00Z' from device;
insert into quarantine (received_at, topic, payload, origin, reason, detail, source, event_type, deduplication_key, dev_eui)
values ('2026-05-11T12:00Z', 't', '\x00ff', 'live', 'truncated', 'd', 's', 'up', 'q', '02c17a0000000101');
insert into account_entry (at, outcome, messages) values ('2026-05-11T12:00Z', 'stored', 5);
insert into possible_gap (from_at, to_at, why) values ('2026-05-11T10:00Z', '2026-05-11T10:05Z', 'the session was lost');
