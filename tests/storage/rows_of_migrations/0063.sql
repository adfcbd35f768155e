-- What people did with an episode, a silence that was ended, and a letter.
insert into alert_action (alert_id, kind, severity, actor, note, at) values ('a1', 'acknowledged', 'high', 'ann', '', '2026-05-11T12:30Z');
insert into silence (matchers, starts_at, ends_at, author, reason, recorded_at)
values ('{"site": "Quayside"}', '2026-05-12T00:00Z', '2026-05-13T00:00Z', 'ann', 'works', '2026-05-11T12:00Z');
insert into silence_end (silence_id, ended_at, actor) select id, '2026-05-12T08:00Z', 'ann' from silence;
insert into audit (at, actor, action, subject) values ('2026-05-11T12:30Z', 'ann', 'acknowledged', 'a1');
insert into notification (idempotency_key, kind, channel, message, created_at, next_attempt_at, recipient)
values ('letter1', 'reminder', 'log', '{}', '2026-05-11T13:00Z', '2026-05-11T13:00Z', 'dust team');
insert into notification_entry (idempotency_key, notification_id, alert_id, recipient, kind, step, severity, group_key, at)
select 'entry1', id, 'a1', 'dust team', 'reminder', 1, 'high', 'g', '2026-05-11T13:00Z' from notification where idempotency_key = 'letter1';
