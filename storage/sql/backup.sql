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

-- backup_timescale_version --
-- Read the version of TimescaleDB that the database uses; none when it does not.
select extversion from pg_extension where extname = 'timescaledb';

-- backup_timescale_versions --
-- List the versions of TimescaleDB that the server has.
select version from pg_available_extension_versions where name = 'timescaledb' order by version;

-- backup_restore_begins --
-- Let TimescaleDB's own tables be written by a restore.
do $$ begin perform timescaledb_pre_restore(); end $$;

-- backup_restore_ends --
-- Have TimescaleDB work again after a restore.
do $$ begin perform timescaledb_post_restore(); end $$;

-- backup_analyze --
-- Let the planner know what was restored.
analyze;
