-- pages_redecodings --
-- List when stored uplinks were read again, the newest first, and whether the newest is under way.
select id, started_at, finished_at, actor, wanted::text, uplinks, expected, added, removed, changed,
       finished_at is null and id = (select max(id) from redecode_run)
       and exists (select from pg_locks
                   where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())
                     and (classid::bigint << 32) | objid::bigint = hashtextextended('boroughsense.redecode', 0))
from redecode_run
order by id desc
limit %(most)s::int;

-- pages_redecoding_mark --
-- Read what changes when stored uplinks are read again: which run, and how far it came.
select max(id), sum(uplinks), count(finished_at) from (select * from redecode_run order by id desc limit 20) as newest;
