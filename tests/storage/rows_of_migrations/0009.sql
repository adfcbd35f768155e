-- A message that was published a second time.
insert into ledger_repeat (source, event_type, deduplication_key, packet_id, received_at) values ('s', 'up', 'k', 12, '2026-05-11T12:00Z');
