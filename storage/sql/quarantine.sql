-- quarantine_copy --
-- Take a batch's refused messages, whole.
copy quarantine (received_at, topic, payload, origin, reason, detail, source, event_type, deduplication_key, dev_eui)
from stdin (format binary);

-- quarantine_find --
-- List refused messages, newest first.
select id, received_at, topic, payload, origin, reason, detail, source, event_type, deduplication_key, dev_eui,
       attempts, status, resolved_at
from quarantine
where (%(reason)s::text is null or reason = %(reason)s::text)
  and (%(dev_eui)s::text is null or dev_eui = %(dev_eui)s::text)
  and (%(since)s::timestamptz is null or received_at >= %(since)s::timestamptz)
  and (%(until)s::timestamptz is null or received_at < %(until)s::timestamptz)
  and (%(status)s::text is null or status = %(status)s::text)
order by id desc
limit %(most)s::int;

-- quarantine_read --
-- Read refused messages by their numbers, in order.
select id, received_at, topic, payload, origin, reason, detail, source, event_type, deduplication_key, dev_eui,
       attempts, status, resolved_at
from quarantine
where id = any (%(ids)b::bigint[])
order by id;

-- quarantine_settle --
-- Note what became of messages that were tried again.
update quarantine
set attempts = attempts + 1, status = given.status, reason = given.reason, detail = given.detail, source = given.source,
    event_type = given.event_type, deduplication_key = given.key, dev_eui = given.dev_eui,
    resolved_at = case given.status when 'released' then now() end
from unnest(%(ids)b::bigint[], %(statuses)b::text[], %(reasons)b::text[], %(details)b::text[], %(sources)b::text[],
            %(event_types)b::text[], %(keys)b::text[], %(dev_euis)b::text[])
     as given (id, status, reason, detail, source, event_type, key, dev_eui)
where quarantine.id = given.id;

-- quarantine_lock --
-- Wait until nobody else tries refused messages again.
select pg_advisory_lock(hashtextextended('boroughsense.quarantine', 0));

-- quarantine_unlock --
-- Let others try refused messages again.
select pg_advisory_unlock(hashtextextended('boroughsense.quarantine', 0));
