-- An upkeep, and how large a table was.
insert into upkeep (done_at, did) values ('2026-05-11T02:40Z', '{"forgotten": 3}');
insert into table_size (day, name, bytes) values ('2026-05-11', 'device', 16384);
