-- bench_create --
-- Make a table like the observations', to see what a bare COPY costs.
create table if not exists bench_observation (like observation including all);

-- bench_copy --
-- Take rows without asking whether they are there.
copy bench_observation (series_id, phenomenon_time, result, quality) from stdin (format binary);

-- bench_drop --
-- Take the table away.
drop table bench_observation;

-- bench_uplink_create --
-- Make a table like the uplinks' with its key and indexes, to see what a bare COPY of the same rows costs.
create table if not exists bench_uplink (like uplink including all);

-- bench_uplink_copy --
-- Take uplinks without asking whether they are there.
copy bench_uplink (device_id, received_at, deduplication_id, dev_addr, f_port, f_cnt, confirmed, payload, result_time, time_source,
                   codec, codec_version, warnings, receptions, source, origin, decoded) from stdin (format binary);

-- bench_uplink_drop --
-- Take the table away.
drop table bench_uplink;

-- bench_sessions --
-- List the server's processes by what they work for.
select pid, coalesce(nullif(application_name, ''), backend_type) from pg_stat_activity where pid <> pg_backend_pid();

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
