-- backup_tables --
-- List our tables; a partition is part of its table.
select nspname, relname
from pg_class
join pg_namespace on pg_namespace.oid = relnamespace
where nspname in ('public', 'housing') and relkind in ('r', 'p') and not relispartition
  and not exists (select from pg_depend
                  where pg_depend.classid = 'pg_class'::regclass and objid = pg_class.oid and deptype = 'e')
order by nspname, relname;

-- backup_snapshot --
-- Give the name of what this transaction sees, for another session to see the same.
select pg_export_snapshot();

-- backup_timescale --
-- Say whether the database uses TimescaleDB.
select exists (select from pg_extension where extname = 'timescaledb');
