-- pages_quarantine --
-- List refused messages without their bytes, the newest first, those before a number.
select id, received_at, reason, detail, dev_eui, topic, octet_length(payload) as size, attempts, status
from quarantine
where id < coalesce(%(before)s::bigint, 9223372036854775807)
  and (%(reason)s::text is null or reason = %(reason)s::text)
  and (%(dev_eui)s::text is null or dev_eui = %(dev_eui)s::text)
  and (%(since)s::timestamptz is null or received_at >= %(since)s::timestamptz)
  and (%(until)s::timestamptz is null or received_at < %(until)s::timestamptz)
  and (%(status)s::text is null or status = %(status)s::text)
order by id desc
limit %(most)s::int;

-- pages_quarantine_reasons --
-- Count the held messages by reason.
select reason, count(*)::int from quarantine where status = 'held' group by reason order by 2 desc, reason;

-- pages_quarantine_mark --
-- Read the number of the newest refused message.
select max(id) from quarantine;

-- pages_quarantine_others --
-- Find the other held messages of a message's device that were refused for the same reason, at most so many.
select other.id
from quarantine as message
join quarantine as other on other.dev_eui = message.dev_eui and other.reason = message.reason
where message.id = %(id)s::bigint and message.dev_eui <> '' and other.status = 'held' and other.id <> message.id
order by other.id
limit %(most)s::int;
