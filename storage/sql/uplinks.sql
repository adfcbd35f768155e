-- write_together --
-- Say that a writer works in the usual order of locks, as many may, and give the transaction's number.
select pg_current_xact_id()::text, pg_advisory_xact_lock_shared(hashtextextended('boroughsense.write', 0));

-- write_alone --
-- Wait until no other writer works, as locks will come in any order, and give the transaction's number.
select pg_current_xact_id()::text, pg_advisory_xact_lock(hashtextextended('boroughsense.write', 0));

-- transaction_status --
-- Tell what became of a transaction.
select pg_xact_status(%(id)s::text::xid8);

-- incoming_create --
-- Make the session's table that a batch's observations pass through.
create temporary table if not exists incoming_observation (
    series_id       integer          not null,
    phenomenon_time timestamptz      not null,
    result          double precision not null,
    quality         smallint         not null
) on commit delete rows;

-- incoming_clear --
-- Empty the session's table before a further message of the same transaction.
delete from incoming_observation;

-- incoming_copy --
-- Take a batch's observations, each series and time once.
copy incoming_observation (series_id, phenomenon_time, result, quality) from stdin (format binary);

-- uplinks_copy --
-- Take a batch's uplinks, which the ledger has shown to be new.
copy uplink (device_id, received_at, deduplication_id, dev_addr, f_port, f_cnt, confirmed, payload, result_time, time_source,
             codec, codec_version, warnings, receptions, source, origin, decoded) from stdin (format binary);

-- events_copy --
-- Take a batch's other events.
copy event (received_at, source, event_type, subject, application, time, detail) from stdin (format binary);

-- observations_enter --
-- Store the observations that are not there yet, and mark their hours to be computed again.
with entered as (
    insert into observation (series_id, phenomenon_time, result, quality)
    select series_id, phenomenon_time, result, quality from incoming_observation
    on conflict do nothing
    returning series_id, phenomenon_time
)
insert into dirty_interval (series_id, interval_start)
select distinct series_id, date_bin('1 hour', phenomenon_time, '2000-01-01 00:00:00Z') from entered;

-- latest_enter --
-- Keep the newest observation of each series.
insert into latest (series_id, phenomenon_time, result, quality)
select distinct on (series_id) series_id, phenomenon_time, result, quality
from incoming_observation
order by series_id, phenomenon_time desc
on conflict (series_id) do update
set phenomenon_time = excluded.phenomenon_time, result = excluded.result, quality = excluded.quality
where latest.phenomenon_time < excluded.phenomenon_time;

-- activity_enter --
-- Count uplinks into the hours they were sent in, and mark these hours to be looked at.
with counted as (
    insert into activity_1h (device_id, interval_start, uplinks, first_at, last_at)
    select *
    from unnest(%(ids)b::int[], %(hours)b::timestamptz[], %(uplinks)b::int[], %(first)b::timestamptz[], %(last)b::timestamptz[])
    on conflict (device_id, interval_start) do update
    set uplinks = activity_1h.uplinks + excluded.uplinks,
        first_at = least(activity_1h.first_at, excluded.first_at),
        last_at = greatest(activity_1h.last_at, excluded.last_at)
    returning device_id, interval_start
)
insert into dirty_activity (device_id, interval_start)
select device_id, interval_start from counted;
