-- What the broker dropped.
insert into broker_drops (total, at) values (3, '2026-05-11T12:00Z');
