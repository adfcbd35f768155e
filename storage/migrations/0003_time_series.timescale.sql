-- The two tables that grow for ever, as hypertables of TimescaleDB (2.20 or newer).
-- A chunk is a week, as long as a week-old chunk is compressed by series: 672 readings at 15 min.

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
);

create table observation (
    series_id       integer          not null,
    phenomenon_time timestamptz      not null,
    result          double precision not null,
    quality         smallint         not null,
    primary key (series_id, phenomenon_time)
);

select create_hypertable('uplink', by_range('received_at', interval '7 days'), create_default_indexes => false);
select create_hypertable('observation', by_range('phenomenon_time', interval '7 days'), create_default_indexes => false);

-- The Apache edition has hypertables and no columnstore.
do $$
begin
    if current_setting('timescaledb.license', true) = 'timescale' then
        alter table uplink set (timescaledb.enable_columnstore,
            timescaledb.segmentby = 'device_id', timescaledb.orderby = 'received_at desc');
        alter table observation set (timescaledb.enable_columnstore,
            timescaledb.segmentby = 'series_id', timescaledb.orderby = 'phenomenon_time desc');
        call add_columnstore_policy('uplink', after => interval '14 days');
        call add_columnstore_policy('observation', after => interval '14 days');
    end if;
end
$$;

-- Chunks are made by the extension: the write path asks for weeks on both tiers.
create function ensure_weeks(parent text, weeks date[]) returns void language sql as $$
    select
$$;
