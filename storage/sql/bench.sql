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

-- bench_city_hours --
-- Read the mean over all devices of a property by the hour: the city-wide chart.
select interval_start, avg(mean), count(*)
from rollup_1h
where series_id = any (array(select id from series where property_id = (select id from observed_property where name = %(property)s::text)))
  and interval_start >= %(since)s::timestamptz and interval_start < %(until)s::timestamptz and valid
group by interval_start
order by interval_start;
