-- report_recipients --
-- Count what each recipient was told in a time: letters, what they tell, the busiest day, and the most in a span.
with letters as (
    select recipient, created_at, (created_at at time zone 'Europe/London')::date as day
    from notification
    where recipient <> '' and created_at >= %(since)s::timestamptz and created_at < %(until)s::timestamptz
),
days as (select recipient, day, count(*)::int as letters from letters group by recipient, day),
busiest as (
    select distinct on (recipient) recipient, day, letters from days order by recipient, letters desc, day
),
items as (
    select recipient,
           count(*) over (partition by recipient order by at range between %(span)s::interval preceding and current row)::int as together
    from notification_entry
    where at >= %(since)s::timestamptz and at < %(until)s::timestamptz
)
select recipient, (select count(*)::int from letters where letters.recipient = busiest.recipient),
       (select count(*)::int from items where items.recipient = busiest.recipient), day, letters,
       (select max(together) from items where items.recipient = busiest.recipient)
from busiest
order by 2 desc, recipient;

-- report_rules --
-- Count the episodes that fired in a time by rule, and what was told of them to all, the noisiest first.
select rule_id, max(title), count(*)::int,
       (select count(*)::int from notification_entry as entry join alert as told on told.id = entry.alert_id
        where told.rule_id = alert.rule_id and entry.at >= %(since)s::timestamptz and entry.at < %(until)s::timestamptz)
from alert
where status <> 'withdrawn' and fired_at >= %(since)s::timestamptz and fired_at < %(until)s::timestamptz
group by rule_id
order by 4 desc, 3 desc, rule_id
limit %(limit)s::int;

-- report_acknowledgements --
-- Say how long people took to acknowledge what they were told of in a time, by severity; what nobody acknowledged counts as told.
with told as (
    select alert_id, min(entry.at) as at, (array_agg(entry.severity order by entry.at))[1] as severity
    from notification_entry as entry
    where alert_id is not null and kind = 'fired'
    group by alert_id
    having min(entry.at) >= %(since)s::timestamptz and min(entry.at) < %(until)s::timestamptz
),
answered as (
    select told.severity, (select min(action.at) from alert_action as action
                           where action.alert_id = told.alert_id and action.kind = 'acknowledged' and action.at >= told.at) - told.at as after
    from told
)
select severity, count(*)::int, count(after)::int, percentile_cont(0.5) within group (order by after)
from answered
group by severity
order by severity;

-- report_standing --
-- List what still fired at the end of a time and had for long; homes have a longer while.
select alert.id, alert.rule_id, alert.title, alert.severity, alert.fired_at
from alert
left join device on device.id = alert.device_id
left join place on place.id = alert.place_id
where alert.status <> 'withdrawn' and coalesce(resolved_at, 'infinity') > %(until)s::timestamptz
  and fired_at <= %(until)s::timestamptz
                  - case when coalesce(place.kind in ('room', 'dwelling'), device.environment = 'indoor') and alert.severity <> 'maintenance' then %(homes)s::interval
                         else %(others)s::interval end
order by fired_at, alert.id
limit %(limit)s::int;

-- report_opinions --
-- Count what people said of alerts in a time: useful, and not; the last word on each counts.
select count(*) filter (where kind = 'useful')::int, count(*) filter (where kind = 'not_useful')::int
from (select distinct on (alert_id) kind from alert_action
      where kind in ('useful', 'not_useful') and at >= %(since)s::timestamptz and at < %(until)s::timestamptz
      order by alert_id, id desc) as last;

-- report_chatter --
-- List what came and went more often than the guard allows, within some window of a time.
with ends as (
    select subject_id, rule_id,
           count(*) over (partition by subject_id, rule_id order by known_at
                          range between %(window)s::interval preceding and current row)::int as together
    from alert_transition
    where kind = 'resolved' and withdrawn_at is null
      and known_at >= %(since)s::timestamptz and known_at < %(until)s::timestamptz
)
select ends.rule_id, coalesce(device.dev_eui, ''), coalesce(place.public_id, ''), coalesce(place.name, ''), max(together), count(*)::int
from ends
join lateral (select device_id, place_id from alert
              where alert.subject_id = ends.subject_id and alert.rule_id = ends.rule_id
              order by fired_at desc, id desc limit 1) as about on true
left join device on device.id = about.device_id
left join place on place.id = about.place_id
group by ends.rule_id, device.dev_eui, place.public_id, place.name
having max(together) > %(pairs)s::int
order by 6 desc, 1, 2, 3
limit %(limit)s::int;

-- report_inspections --
-- Count what investigations of a time found: alerts without a hazard, and hazards that no alert had told of.
select count(*) filter (where event.kind = 'no_hazard_found' and hazard_case.alert_id is not null)::int,
       count(*) filter (where event.kind in ('investigation_concluded', 'safety_work_identified') and hazard_case.alert_id is null)::int
from (select distinct on (case_id) case_id, kind from housing.case_event
      where kind in ('no_hazard_found', 'investigation_concluded', 'safety_work_identified')
        and at >= %(since)s::timestamptz and at < %(until)s::timestamptz
        and not exists (select from housing.case_event as mistake where mistake.retracts = case_event.id)
      order by case_id, id desc) as event
join housing.hazard_case on hazard_case.id = event.case_id;

-- report_undelivered --
-- Count the messages that were given up in a time.
select count(*)::int from notification
where status = 'undelivered' and settled_at >= %(since)s::timestamptz and settled_at < %(until)s::timestamptz;
