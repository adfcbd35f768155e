-- pages_account_settle --
-- Add up the hours of the books that are over and were not added up, of the last eight days.
with span as (
    select greatest(coalesce((select max(hour) + interval '1 hour' from account_1h), '-infinity'),
                    %(until)s::timestamptz - interval '8 days') as since
),
hours as (
    select generate_series(span.since, %(until)s::timestamptz - interval '1 hour', '1 hour') as hour from span
)
insert into account_1h (hour, outcome, reason, messages)
select hour, outcome, reason, sum(messages)
from (select date_trunc('hour', at) as hour, outcome, reason, messages from account_entry, span
      where at >= span.since and at < %(until)s::timestamptz
      union all
      select hour, 'stored', '', 0 from hours) as entry
group by hour, outcome, reason
on conflict do nothing;

-- pages_account_hours --
-- Read the books of each hour since a time: those that were added up, and the entries since.
select hour, outcome, reason, sum(messages)::bigint
from (select hour, outcome, reason, messages from account_1h
      where hour >= %(since)s::timestamptz and hour < %(settled)s::timestamptz
      union all
      select date_trunc('hour', at), outcome, reason, messages from account_entry
      where at >= greatest(%(since)s::timestamptz, %(settled)s::timestamptz)) as entry
group by hour, outcome, reason
having sum(messages) <> 0
order by hour, outcome, reason;

-- pages_account_mark --
-- Read the number of the newest entry of the books.
select max(id) from account_entry;

-- pages_gaps --
-- List the newest stretches of time of which messages may be lost, those that ended since a time.
select from_at, to_at, why from possible_gap where to_at >= %(since)s::timestamptz order by to_at desc, id desc limit %(most)s::int;

-- pages_fleet --
-- Count the devices: all, those heard in a day, those silent for three of their intervals and an hour.
select count(*)::int as devices,
       (count(*) filter (where last_seen_at >= %(now)s::timestamptz - interval '1 day'))::int as heard,
       (count(*) filter (where last_seen_at < %(now)s::timestamptz - greatest(3 * reporting_interval, interval '1 hour')))::int as silent,
       (select count(*) from installation
        where to_at is null and not exists (select from device where device.dev_eui = installation.dev_eui))::int as never_heard,
       (select count(*) from (select 1 from quarantine where status = 'held' limit 10001) as held)::int as held,
       (select count(*) from alert where status = 'firing')::int as open_alerts
from device;

-- pages_evaluation --
-- Read how far evaluation is behind: marked hours that wait, at most so many, and when the first subject was due.
select (select count(*) from (select 1 from dirty_interval limit %(most)s::int) as marked)::int as marked,
       least((select min(due_at) from series_schedule), (select min(due_at) from device_schedule)) as due_at;

-- pages_weeks --
-- Read the last day that each table has a partition for; nothing with TimescaleDB, which makes its own.
select parent.relname::text, max(to_date(right(child.relname, 8), 'YYYYMMDD') + 7)
from pg_inherits
join pg_class as parent on parent.oid = pg_inherits.inhparent
join pg_class as child on child.oid = pg_inherits.inhrelid
where parent.relname in ('observation', 'uplink') and child.relname ~ '_[0-9]{8}$' and child.relkind = 'r'
group by parent.relname
order by parent.relname;
