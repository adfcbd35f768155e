-- upkeep_lock --
-- Become the one who does the upkeep until the session lets go, unless somebody is.
select pg_try_advisory_lock(hashtextextended('boroughsense.upkeep.' || current_database(), 0));

-- upkeep_unlock --
-- Let the next one do the upkeep.
select pg_advisory_unlock(hashtextextended('boroughsense.upkeep.' || current_database(), 0));

-- upkeep_patience --
-- Wait for no lock longer than some seconds in this transaction: who waits for a whole table keeps all others waiting.
set local lock_timeout = '5s';

-- upkeep_done --
-- Remember that the upkeep was done, or failed and why, and what it did, for a year.
with old as (
    delete from upkeep where done_at < %(at)s::timestamptz - interval '400 days'
)
insert into upkeep (done_at, did, done_by, problem) values (%(at)s::timestamptz, %(did)s::jsonb, %(by)s::text, %(problem)s::text)
on conflict (done_at) do update set did = excluded.did, done_by = excluded.done_by, problem = excluded.problem;

-- upkeep_last --
-- Read when the upkeep was done last; never: null.
select max(done_at) from upkeep where problem = '';

-- upkeep_newest --
-- Read the newest upkeep, be it one that failed.
select done_at, done_by, did, problem from upkeep order by done_at desc limit 1;

-- weeks_stored --
-- List the weeks of a table that are there, the oldest first.
select name, begins, ends, is_compressed from stored_weeks(%(parent)s::text) order by begins;

-- week_drop --
-- Take a week of a table away with all that is in it.
select drop_week(%(parent)s::text, %(week)s::text);

-- week_compress --
-- Compress a week of a table.
select compress_week(%(week)s::text);

-- week_of_a_case --
-- Tell whether a week holds what was measured in a home with an open case.
with held as (
    select device.id as device_id
    from housing.hazard_case
    join place on place.id = hazard_case.place_id or place.parent_id = hazard_case.place_id
    join installation on installation.place_id = place.id
    join device on device.dev_eui = installation.dev_eui
    where not exists (
        select from housing.case_event as closed
        where closed.case_id = hazard_case.id and closed.kind = 'closed'
          and not exists (select from housing.case_event as taken_back where taken_back.retracts = closed.id))
)
select exists (
    select from held
    join series using (device_id)
    join observation on observation.series_id = series.id
    where phenomenon_time >= %(begins)s::timestamptz and phenomenon_time < %(ends)s::timestamptz
) or exists (
    select from held
    join uplink using (device_id)
    where received_at >= %(begins)s::timestamptz and received_at < %(ends)s::timestamptz
);

-- week_dropped --
-- Remember that readings of before a time are gone, so that no mean of that time is computed again without them, and forget what of them failed.
with failed as (
    delete from failed_reading
    where phenomenon_time < %(ends)s::timestamptz
      and not exists (select from observation
                      where observation.series_id = failed_reading.series_id
                        and observation.phenomenon_time = failed_reading.phenomenon_time)
)
update series set raw_since = %(ends)s::timestamptz where raw_since is null or raw_since < %(ends)s::timestamptz;

-- parents_analyze --
-- Let the planner know the tables that are kept in weeks: the server by itself looks at each week alone.
analyze observation, uplink;

-- sizes_note --
-- Note how large every table is today, and forget what it was more than a year ago.
with old as (
    delete from table_size where day < %(day)s::date - 400
)
insert into table_size (day, name, bytes)
select %(day)s::date, name, bytes from stored_tables()
on conflict (day, name) do update set bytes = excluded.bytes;
