-- A file that was imported.
insert into import_run (actor, file, sha256, given, added, left_out) values ('ann', 'a.csv', 'f00', 10, 9, 1);
