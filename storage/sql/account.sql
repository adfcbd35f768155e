-- account_add --
-- Enter what became of a batch's messages.
insert into account_entry (at, outcome, reason, messages)
select now(), outcome, reason, messages
from unnest(%(outcomes)b::text[], %(reasons)b::text[], %(messages)b::int[]) as given (outcome, reason, messages);

-- account_read --
-- Add up what became of messages since a time.
select outcome, reason, sum(messages)::bigint
from account_entry
where at >= coalesce(%(since)s::timestamptz, '-infinity')
group by outcome, reason
having sum(messages) <> 0
order by outcome, reason;

-- account_last --
-- Read when a batch was last stored.
select at from account_entry order by id desc limit 1;

-- gap_add --
-- Note a stretch of time of which messages may be lost.
insert into possible_gap (from_at, to_at, why) values (%(start)s::timestamptz, %(end)s::timestamptz, %(why)s::text);

-- gaps_read --
-- List the stretches of time of which messages may be lost, oldest first.
select from_at, to_at, why
from possible_gap
where to_at >= coalesce(%(since)s::timestamptz, '-infinity')
order by from_at, to_at, id;

-- drops_read --
-- Read what the broker said last of how many messages it has dropped, and hold it.
select total, at from broker_drops for update;

-- drops_write --
-- Remember what the broker says of how many messages it has dropped.
insert into broker_drops (total, at) values (%(total)s::bigint, %(at)s::timestamptz)
on conflict (only_row) do update set total = excluded.total, at = excluded.at;
