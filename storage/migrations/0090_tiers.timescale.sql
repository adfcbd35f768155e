-- What the two tiers do differently, by the same names: here what TimescaleDB manages.

-- Jobs that the server runs by itself: the policies of our tables.
create function background_jobs()
returns table (id integer, name text, schedule interval, runs bigint, failures bigint, status text,
               last_success timestamptz, last_start timestamptz, next_start timestamptz, error text)
language sql stable as $$
    select jobs.job_id, jobs.application_name || coalesce(' of ' || jobs.hypertable_name, ''), jobs.schedule_interval,
           coalesce(total_runs, 0), coalesce(total_failures, 0), coalesce(last_run_status, ''),
           nullif(last_successful_finish, '-infinity'), nullif(last_run_started_at, '-infinity'),
           nullif(stats.next_start, '-infinity'), coalesce(wrong.err_message, '')
    from timescaledb_information.jobs as jobs
    left join timescaledb_information.job_stats as stats using (job_id)
    left join lateral (
        select err_message from timescaledb_information.job_errors
        where job_errors.job_id = jobs.job_id order by start_time desc limit 1
    ) as wrong on true
    where jobs.hypertable_schema = 'public'
$$;

-- The weeks of a table that are there; whether they are compressed is null where none can be. One that took late rows
-- is compressed in part, which counts as not compressed.
create function stored_weeks(parent text)
returns table (name text, begins timestamptz, ends timestamptz, is_compressed boolean)
language sql stable as $$
    select format('%I.%I', chunks.chunk_schema, chunks.chunk_name), chunks.range_start, chunks.range_end,
           case when compression_enabled and current_setting('timescaledb.license', true) = 'timescale'
                then chunks.is_compressed and stored.status & 8 = 0 end
    from timescaledb_information.chunks as chunks
    join timescaledb_information.hypertables as hypertables using (hypertable_schema, hypertable_name)
    join _timescaledb_catalog.chunk as stored
         on stored.schema_name = chunks.chunk_schema and stored.table_name = chunks.chunk_name
    where hypertable_schema = 'public' and hypertable_name = parent
$$;

-- Take a week of a table away with all that is in it.
create function drop_week(parent text, week text) returns void language plpgsql as $$
declare
    found record;
begin
    select * into found from stored_weeks(parent) where name = week;
    if found.name is null then
        raise exception '% is no week of %', week, parent;
    end if;
    perform drop_chunks(parent::regclass, older_than => found.ends, newer_than => found.begins);
end
$$;

-- Compress a week, again if late rows came; the Apache edition cannot.
create function compress_week(week text) returns void language sql as $$
    select compress_chunk(week::regclass)
$$;

-- Every table with what it takes on the disk, its weeks counted in.
create function stored_tables() returns table (name text, bytes bigint, estimated_rows bigint) language sql stable as $$
    select top.oid::regclass::text,
           coalesce(case when hypertable.hypertable_name is null then pg_total_relation_size(top.oid)
                    else hypertable_size(top.oid::regclass) end, 0)::bigint,
           case when hypertable.hypertable_name is null then greatest(top.reltuples, 0)::bigint
           else approximate_row_count(top.oid::regclass) end
    from pg_class as top
    join pg_namespace on pg_namespace.oid = top.relnamespace and nspname in ('public', 'housing')
    left join timescaledb_information.hypertables as hypertable
           on hypertable.hypertable_schema = nspname and hypertable.hypertable_name = top.relname
    where top.relkind in ('r', 'p') and not top.relispartition
$$;
