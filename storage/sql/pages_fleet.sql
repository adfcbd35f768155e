-- pages_rules --
-- List every rule with its newest version, when that came in force, and how many of its episodes are open.
select rule_id, since, version, definition::text, coalesce(open.episodes, 0), open.worst_fired_at
from (select distinct on (rule_id) rule_id, since, version, definition from rule_version order by rule_id, since desc) as newest
left join (select rule_id, count(*)::int as episodes, min(fired_at) as worst_fired_at
           from alert where status = 'firing' group by rule_id) as open using (rule_id)
order by rule_id;

-- pages_gateways --
-- List the gateways that told of themselves, each with its newest statistics and its newest state.
with recursive gateway (subject) as (
    (select subject from event where event_type in ('stats', 'conn') order by subject limit 1)
    union all
    select (select event.subject from event
            where event_type in ('stats', 'conn') and event.subject > gateway.subject order by event.subject limit 1)
    from gateway where gateway.subject is not null
)
select gateway.subject, coalesce(stats.time, stats.received_at), stats.detail::text, conn.detail->>'state', conn.received_at
from gateway
left join lateral (select time, received_at, detail from event
                   where event.subject = gateway.subject and event_type = 'stats' and event_type in ('stats', 'conn')
                   order by id desc limit 1) as stats on true
left join lateral (select received_at, detail from event
                   where event.subject = gateway.subject and event_type = 'conn' and event_type in ('stats', 'conn')
                   order by id desc limit 1) as conn on true
where gateway.subject is not null
order by gateway.subject;

-- pages_receptions --
-- Read the copies of the newest uplinks, each with who received it.
select received_at, device_id, receptions::text from uplink order by received_at desc limit %(most)s::int;
