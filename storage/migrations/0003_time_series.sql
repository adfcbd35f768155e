-- The two tables that grow for ever, partitioned by week (Monday, UTC) by this program.
-- A partition is made beside its parent and then attached, since `create table .. partition of`
-- would lock out every reader and writer of the parent.

create table uplink (
    received_at      timestamptz not null,
    deduplication_id text collate "C" not null,
    device_id        integer  not null,
    dev_addr         text     not null,
    f_port           smallint not null,
    f_cnt            bigint   not null,
    confirmed        boolean  not null,
    payload          bytea    not null,
    result_time      timestamptz,
    time_source      text,
    codec            text     not null,
    codec_version    text     not null,
    warnings         text[]   not null,
    receptions       jsonb    not null,
    source           text collate "C" not null,
    origin           text     not null,
    primary key (received_at, deduplication_id, source)
) partition by range (received_at);

create table observation (
    series_id       integer          not null,
    phenomenon_time timestamptz      not null,
    result          double precision not null,
    quality         smallint         not null,
    primary key (series_id, phenomenon_time)
) partition by range (phenomenon_time);

create function ensure_weeks(parent text, weeks date[]) returns void language plpgsql as $$
declare
    week      date;
    partition text;
    starts    timestamptz;
    ends      timestamptz;
begin
    perform pg_advisory_xact_lock(hashtextextended('boroughsense.weeks.' || parent, 0));
    foreach week in array weeks loop
        if week < date '1999-12-27' or week > date '2100-12-27' or extract(isodow from week) <> 1 then
            raise exception '% is not a Monday of the years 2000 to 2100', week;
        end if;
        partition := parent || to_char(week, '_YYYYMMDD');
        if to_regclass(partition) is null then
            starts := week::timestamp at time zone 'UTC';
            ends := (week + 7)::timestamp at time zone 'UTC';
            execute format('create table %I (like %I including all)', partition, parent);
            execute format('alter table %I attach partition %I for values from (%L) to (%L)',
                           parent, partition, starts, ends);
        end if;
    end loop;
end
$$;
