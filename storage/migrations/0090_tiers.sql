-- What the two tiers do differently, by the same names: here the weeks that this program makes itself.

-- Jobs that the server runs by itself: none.
create function background_jobs()
returns table (id integer, name text, schedule interval, runs bigint, failures bigint, status text,
               last_success timestamptz, last_start timestamptz, next_start timestamptz, error text)
language sql stable as $$
    select null::integer, '', null::interval, 0::bigint, 0::bigint, '', null::timestamptz, null::timestamptz, null::timestamptz, ''
    where false
$$;

-- The weeks of a table that are there; whether they are compressed is null where none can be.
create function stored_weeks(parent text)
returns table (name text, begins timestamptz, ends timestamptz, is_compressed boolean)
language sql stable as $$
    select child.relname::text, to_date(right(child.relname, 8), 'YYYYMMDD')::timestamp at time zone 'UTC',
           (to_date(right(child.relname, 8), 'YYYYMMDD') + 7)::timestamp at time zone 'UTC', null::boolean
    from pg_inherits
    join pg_class as child on child.oid = inhrelid
    where inhparent = parent::regclass and child.relkind = 'r' and child.relname ~ '_[0-9]{8}$'
$$;

-- Take a week of a table away with all that is in it.
create function drop_week(parent text, week text) returns void language plpgsql as $$
begin
    if not exists (select from stored_weeks(parent) where name = week) then
        raise exception '% is no week of %', week, parent;
    end if;
    execute format('drop table %I', week);
end
$$;

-- Compress a week: here none can be.
create function compress_week(week text) returns void language plpgsql as $$
begin
    raise exception '% cannot be compressed without TimescaleDB', week;
end
$$;

-- Every table with what it takes on the disk, its weeks counted in.
create function stored_tables() returns table (name text, bytes bigint, estimated_rows bigint) language sql stable as $$
    select top.oid::regclass::text, sum(pg_total_relation_size(part.oid))::bigint, sum(greatest(part.reltuples, 0))::bigint
    from pg_class as top
    join pg_namespace on pg_namespace.oid = top.relnamespace and nspname in ('public', 'housing')
    join lateral (
        select top.oid, top.reltuples
        union all
        select child.oid, child.reltuples from pg_inherits join pg_class as child on child.oid = inhrelid
        where inhparent = top.oid and top.relkind = 'p'
    ) as part on true
    where top.relkind in ('r', 'p') and not top.relispartition
    group by top.oid
$$;
