-- bench_create --
-- Make a table like the observations', to see what a bare COPY costs.
create table if not exists bench_observation (like observation including all);

-- bench_copy --
-- Take rows without asking whether they are there.
copy bench_observation (series_id, phenomenon_time, result, quality) from stdin (format binary);

-- bench_drop --
-- Take the table away.
drop table bench_observation;

-- bench_empty --
-- Forget everything that was measured with.
truncate uplink, observation, latest, ledger, account_entry, activity_1h, dirty_interval, dirty_activity, rollup_1h;

-- bench_count --
-- Count the readings.
select count(*) from observation;
