-- A run that decoded again what one device had sent.
insert into redecode_run (actor, wanted, uplinks, added, removed, changed) values ('ann', '{"since": "2026-05-01"}', 10, 1, 2, 3);
insert into redecoded (device_id, quiet_until) select min(id), '2026-05-11T12:00Z'::timestamptz from device;
