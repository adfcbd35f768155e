-- notices_write --
-- Put messages in the outbox, but for the end of what could not be told in a day.
insert into notification (idempotency_key, alert_id, kind, channel, message, created_at, next_attempt_at)
select key, alert_id, kind, channel, message, %(now)s::timestamptz, %(now)s::timestamptz + hold
from unnest(%(keys)s::text[], %(alerts)s::text[], %(kinds)s::text[], %(channels)s::text[], %(messages)s::jsonb[],
            %(holds)s::interval[])
     with ordinality as given (key, alert_id, kind, channel, message, hold, place)
where kind not in ('resolved', 'withdrawn')
   or not exists (select from notification as earlier
                  where earlier.alert_id = given.alert_id and earlier.channel = given.channel
                    and earlier.status = 'undelivered')
order by place;

-- notice_claim --
-- Take the message of a channel that waits longest and is due; a message waits for the ones before it.
select id, idempotency_key, message::text, created_at, attempts, recipient
from notification
where status = 'waiting' and next_attempt_at <= %(now)s::timestamptz and channel = %(channel)s::text
  and not exists (select from notification as earlier
                  where earlier.alert_id = notification.alert_id and earlier.channel = notification.channel
                    and earlier.recipient = notification.recipient and earlier.id < notification.id and earlier.status = 'waiting')
order by next_attempt_at, id
limit 1
for update skip locked;

-- notice_delivered --
-- Remember that a message was taken.
update notification
set status = 'delivered', attempts = attempts + 1, failure = null, settled_at = %(now)s::timestamptz
where id = %(id)s::bigint;

-- notice_failed --
-- Remember why a message was not taken, and when to try again.
update notification
set attempts = attempts + 1, failure = %(failure)s::text, next_attempt_at = %(next)s::timestamptz
where id = %(id)s::bigint;

-- notice_given_up --
-- Give up a message, and with it the later ones of its episode that would make no sense without it.
with given_up as (
    update notification
    set status = 'undelivered', attempts = attempts + 1, failure = %(failure)s::text, settled_at = %(now)s::timestamptz
    where id = %(id)s::bigint
    returning id, alert_id, channel
)
update notification
set status = 'cancelled', settled_at = %(now)s::timestamptz
from given_up
where notification.alert_id = given_up.alert_id and notification.channel = given_up.channel
  and notification.recipient = '' and notification.id > given_up.id and notification.status = 'waiting'
  and notification.kind in ('resolved', 'withdrawn');

-- notices_abandon --
-- Give up what has waited too long for a channel that is not set any more, and give how many.
with abandoned as (
    update notification
    set status = 'undelivered', failure = 'no channel of this name is set', settled_at = %(now)s::timestamptz
    where id in (select id from notification
                 where status = 'waiting' and created_at <= %(before)s::timestamptz and channel <> all (%(channels)s::text[])
                 for update skip locked)
    returning id
)
select count(*)::int from abandoned;

-- notices_cancel --
-- Do not send what still waits of episodes that never were, but for what is being sent.
update notification
set status = 'cancelled', settled_at = %(now)s::timestamptz
where id in (select id from notification
             where alert_id = any (%(alerts)s::text[]) and recipient = '' and status = 'waiting'
             order by id for update skip locked)
returning alert_id, channel, kind;

-- notices_undelivered --
-- List the messages that were given up, the newest first.
select id, idempotency_key, coalesce(alert_id, ''), kind, channel, coalesce(message->>'title', message->'items'->0->>'title'),
       created_at, attempts, failure, settled_at, recipient, coalesce(message->>'severity', message->'items'->0->>'severity')
from notification
where status = 'undelivered'
order by settled_at desc, id desc
limit %(limit)s::int;

-- notices_listed --
-- List messages of some statuses, the newest first.
select id, idempotency_key, coalesce(alert_id, ''), kind, coalesce(message->>'severity', message->'items'->0->>'severity'),
       coalesce(message->>'title', message->'items'->0->>'title'), channel, recipient, status, created_at, settled_at, attempts, failure
from notification
where status = any (%(statuses)s::text[])
order by id desc
limit %(limit)s::int;

-- notices_waiting --
-- Count the messages that wait on channels.
select channel, count(*)::int, min(created_at) from notification where status = 'waiting' group by channel order by channel;
