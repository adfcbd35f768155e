-- server_about --
-- Read the versions of the server and of TimescaleDB, its licence, and the settings that decide what a commit is worth.
select current_setting('server_version_num')::int, current_setting('server_version'),
       (select extversion from pg_extension where extname = 'timescaledb'),
       (select default_version from pg_available_extensions where name = 'timescaledb'),
       current_setting('timescaledb.license', true), clock_timestamp(), pg_is_in_recovery(),
       current_setting('synchronous_commit'), current_setting('fsync'), current_setting('TimeZone'),
       current_setting('server_encoding'), current_setting('default_transaction_isolation'),
       pg_database_size(current_database());

-- tables_read --
-- Read how large every table is, and how many bytes a day it has grown by since the oldest note of the last month.
select stored.name, stored.bytes, stored.estimated_rows,
       (stored.bytes - earlier.bytes)::float8 / nullif(%(day)s::date - earlier.day, 0)
from stored_tables() as stored
left join lateral (
    select day, bytes from table_size
    where table_size.name = stored.name and day >= %(day)s::date - 31 and day < %(day)s::date
    order by day limit 1
) as earlier on true
order by stored.bytes desc, stored.name;

-- jobs_read --
-- Read the server's own jobs, with how they went.
select id, name, schedule, runs, failures, status, last_success, last_start, next_start, error
from background_jobs()
order by id;
