-- A rule, where it stands for two subjects, an episode with its history, and a notice of it.
insert into rule_version (rule_id, since, version, definition) values ('E1', '2026-05-01T00:00Z', '1', '{"id": "E1"}');
insert into series_schedule (series_id, until, again, due_at) select id, '2026-05-11T12:00Z', null, '2026-05-11T13:00Z' from series;
insert into device_schedule (device_id, until, again, due_at) select id, '2026-05-11T12:00Z', '2026-05-11T11:00Z', '2026-05-11T13:00Z' from device;
insert into alert_state (subject_id, rule_id, state) select id, 'E1', '{"phase": "firing"}' from series;
insert into alert_checkpoint (subject_id, rule_id, until, state) select id, 'E1', '2026-05-11T00:00Z', '{}' from series;
insert into alert_calm (subject_id, rule_id, until) select id, 'E1', '2026-05-11T14:00Z' from series;
insert into alert_transition (subject_id, rule_id, rule_version, kind, at, known_at, severity, value, peak, fired_at, recorded_at)
select min(id), 'E1', '1', 'fired', '2026-05-11T11:00Z'::timestamptz, '2026-05-11T12:10Z'::timestamptz, 'high', 200, 210,
       '2026-05-11T11:00Z'::timestamptz, '2026-05-11T12:11Z'::timestamptz from series;
insert into alert (id, key, rule_id, rule_version, subject_id, device_id, series_id, labels, title, status, severity, worst, fired_at,
                   known_at, reopened, stale, late, told, recorded_at, changed_at)
select 'a1', 'E1/1', 'E1', '1', min(id), min(device_id), min(id), '{"site": "Quayside"}', 'Dust', 'firing', 'high', 'high', '2026-05-11T11:00Z'::timestamptz,
       '2026-05-11T12:10Z'::timestamptz, 0, false, false, '{}', '2026-05-11T12:11Z'::timestamptz, '2026-05-11T12:11Z'::timestamptz from series;
insert into notification (idempotency_key, alert_id, kind, channel, message, created_at, next_attempt_at)
values ('a1/fired/log', 'a1', 'fired', 'log', '{"subject": "Dust"}', '2026-05-11T12:11Z', '2026-05-11T12:11Z');
