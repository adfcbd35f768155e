-- silent_devices --
-- List devices, or those that are named, not heard for three of their intervals and an hour, with who received their last frames and the newest logs.
select dev_eui, name, last_seen_at, reporting_interval,
       (select coalesce(array_agg(distinct copy->>'gateway_id'), '{}')
        from (select receptions from uplink where device_id = device.id order by received_at desc limit 5) as newest,
             jsonb_array_elements(newest.receptions) as copy) as gateways,
       logged.counter_reset_at, logged.join_refused_at
from device
left join lateral (
    select max(coalesce(time, received_at)) filter (where detail->>'code' = 'UPLINK_F_CNT_RESET') as counter_reset_at,
           max(coalesce(time, received_at)) filter (where detail->>'code' = 'OTAA') as join_refused_at
    from event where event_type = 'log' and subject = device.dev_eui
) as logged on true
where last_seen_at < %(now)s::timestamptz - greatest(3 * reporting_interval, interval '1 hour')
  and (%(only)s::text[] is null or dev_eui = any (%(only)s::text[]))
order by last_seen_at desc, dev_eui
limit %(most)s::int;

-- silent_fleet --
-- Count the devices, and read when any of them was heard last.
select count(*)::int, max(last_seen_at) from device;

-- silent_gateways_told --
-- Read of each gateway its two newest statistics and its newest state.
with recursive gateway (subject) as (
    (select subject from event where event_type in ('stats', 'conn') order by subject limit 1)
    union all
    select (select event.subject from event
            where event_type in ('stats', 'conn') and event.subject > gateway.subject order by event.subject limit 1)
    from gateway where gateway.subject is not null
)
select gateway.subject, stats.times, stats.received_at, conn.state, conn.received_at
from gateway
left join lateral (select array_agg(coalesce(time, received_at) order by id desc) as times, max(received_at) as received_at
                   from (select id, time, received_at from event
                         where event.subject = gateway.subject and event_type = 'stats' and event_type in ('stats', 'conn')
                         order by id desc limit 2) as newest) as stats on true
left join lateral (select received_at, detail->>'state' as state from event
                   where event.subject = gateway.subject and event_type = 'conn' and event_type in ('stats', 'conn')
                   order by id desc limit 1) as conn on true
where gateway.subject is not null;

-- silent_gateways_heard --
-- Read which gateways received the newest uplinks, and when each did last: when it was sent, and when it came to us.
select copy->>'gateway_id', max(coalesce(result_time, newest.received_at)), max(newest.received_at)
from (select receptions, result_time, received_at from uplink order by received_at desc limit %(most)s::int) as newest,
     jsonb_array_elements(newest.receptions) as copy
group by 1;

-- device_logs --
-- Add up the network server's logs about devices since a time, by device and code, with when each device was heard last.
select subject, device.name, detail->>'code', min(coalesce(time, received_at)), max(coalesce(time, received_at)),
       count(*)::int, (array_agg(detail->>'description' order by event.id desc))[1], last_seen_at
from event
left join device on device.dev_eui = subject
where event_type = 'log' and coalesce(time, received_at) >= %(since)s::timestamptz
group by subject, device.name, detail->>'code', last_seen_at
order by 5 desc, subject, 3
limit %(most)s::int;
