-- letters_lock --
-- Become the one who writes letters until the transaction ends, unless somebody is.
select pg_try_advisory_xact_lock(hashtextextended('boroughsense.letters', 0));

-- concerns_read --
-- Read the episodes that fire, and those whose end somebody who was told has yet to hear, with the place that each was at.
with told as (
    select distinct alert.id, alert.key, alert.status, alert.fired_at, alert.resolved_at
    from notification_entry as entry
    join alert on alert.id = entry.alert_id
    where alert.status <> 'firing' and alert.changed_at > %(now)s::timestamptz - interval '30 days'
      and entry.kind not in ('resolved', 'withdrawn')
      and not exists (select from notification_entry as later
                      where later.alert_id = entry.alert_id and later.recipient = entry.recipient
                        and later.step > entry.step and later.kind in ('resolved', 'withdrawn'))
), wanted as (
    select id from alert where status = 'firing'
    union select id from told
    union select heir.id
    from told
    join alert as heir on heir.key = told.key and heir.status = 'resolved'
                      and heir.fired_at < coalesce(told.resolved_at, 'infinity') and told.fired_at < heir.resolved_at
    where told.status = 'withdrawn'
)
select alert.id, alert.key, alert.rule_id, alert.title,
       coalesce((select definition->>'message' from rule_version
                 where rule_version.rule_id = alert.rule_id and version = alert.rule_version limit 1), ''),
       alert.severity, alert.status, alert.fired_at, alert.changed_at, alert.peak, alert.labels::text, alert.device_id,
       coalesce(device.environment, alert.labels->>'environment', ''), place.kind, place.public_id, place.name, place.area, parent.public_id, parent.name, parent.area,
       coalesce(nullif(parent.patch, ''), place.patch), coalesce(parent.detail->>'hours', place.detail->>'hours'),
       (select coalesce(jsonb_agg(jsonb_build_object('severity', severity, 'recorded_at', recorded_at,
                                                     'known_at', transition.known_at) order by transition.id), '[]')
        from alert_transition as transition
        where transition.subject_id = alert.subject_id and transition.rule_id = alert.rule_id
          and transition.fired_at = alert.fired_at and withdrawn_at is null and kind in ('fired', 'reopened', 'raised'))::text,
       chatter.ends, chatter.ended_at,
       alert.status = 'withdrawn'
       and exists (select from alert as heir
                   where heir.key = alert.key and heir.status <> 'withdrawn'
                     and heir.fired_at < coalesce(alert.resolved_at, 'infinity')
                     and alert.fired_at < coalesce(heir.resolved_at, 'infinity'))
from wanted
join alert using (id)
cross join lateral (
    select count(*)::int as ends, max(transition.known_at) as ended_at
    from alert_transition as transition
    where transition.subject_id = alert.subject_id and transition.rule_id = alert.rule_id and withdrawn_at is null
      and kind = 'resolved' and transition.known_at > %(chatter_since)s::timestamptz
) as chatter
left join device on device.id = alert.device_id
left join installation on alert.place_id is null and installation.dev_eui = device.dev_eui
                      and alert.fired_at >= installation.from_at and alert.fired_at < coalesce(installation.to_at, 'infinity')
left join place on place.id = coalesce(alert.place_id, installation.place_id)
left join place as parent on parent.id = place.parent_id
order by alert.id;

-- letters_said --
-- Read what recipients were told of episodes, and of withdrawn ones that each takes the place of.
with asked as (
    select id, key, fired_at, resolved_at from alert where id = any (%(alerts)s::text[])
), said_of as (
    select id, id as said_id from asked
    union
    select asked.id, same.id
    from asked
    join alert as same on same.key = asked.key and same.status = 'withdrawn'
                      and same.fired_at < coalesce(asked.resolved_at, 'infinity')
                      and asked.fired_at < coalesce(same.resolved_at, 'infinity')
)
select said_of.id, entry.alert_id, entry.recipient, entry.kind, entry.severity, entry.at, entry.step,
       notification.status = 'undelivered'
from said_of
join notification_entry as entry on entry.alert_id = said_of.said_id
join notification on notification.id = entry.notification_id;

-- letters_last --
-- Read when recipients last got a letter about a group, after a time.
select recipient, group_key, max(at) from notification_entry where at > %(since)s::timestamptz group by recipient, group_key;

-- letters_of_cases --
-- Read the keys of what was told of cases.
select idempotency_key from notification_entry where case_id = any (%(cases)s::text[]);

-- letters_of_failures --
-- Read the keys of what was told of messages that could not be delivered.
select idempotency_key from notification_entry where about_id = any (%(lost)s::bigint[]);

-- letter_write --
-- Put a letter in the outbox.
insert into notification (idempotency_key, alert_id, kind, channel, recipient, message, created_at, next_attempt_at)
values (%(key)s::text, %(alert)s::text, %(kind)s::text, %(channel)s::text, %(recipient)s::text, %(message)s::jsonb,
        %(now)s::timestamptz, %(now)s::timestamptz)
returning id;

-- letter_entries_write --
-- Remember what a letter tells of each episode or case.
insert into notification_entry (idempotency_key, notification_id, alert_id, case_id, about_id, recipient, kind, step, severity, group_key,
                                at)
select key, %(letter)s::bigint, alert_id, case_id, about_id, %(recipient)s::text, kind, step, severity, %(group)s::text, %(now)s::timestamptz
from unnest(%(keys)s::text[], %(alerts)s::text[], %(cases)s::text[], %(about)s::bigint[], %(kinds)s::text[], %(steps)s::int[], %(severities)s::text[])
     as given (key, alert_id, case_id, about_id, kind, step, severity);
