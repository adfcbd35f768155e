-- ledger_enter --
-- Enter messages that are not there yet, and give the keys of those that were entered.
insert into ledger (source, event_type, deduplication_key, packet_id, received_at)
select source, event_type, key, packet, time
from unnest(%(sources)b::text[], %(event_types)b::text[], %(keys)b::text[], %(packets)b::int[],
            %(times)b::timestamptz[]) as given (source, event_type, key, packet, time)
on conflict do nothing
returning source, event_type, deduplication_key;

-- ledger_handled --
-- Give the positions of the deliveries that were handled before: same message, same packet id.
select given.position
from unnest(%(sources)b::text[], %(event_types)b::text[], %(keys)b::text[], %(packets)b::int[])
     with ordinality as given (source, event_type, key, packet, position)
where exists (
    select from ledger
    where ledger.source = given.source and ledger.event_type = given.event_type
      and deduplication_key = given.key and packet_id = given.packet
) or exists (
    select from ledger_repeat
    where ledger_repeat.source = given.source and ledger_repeat.event_type = given.event_type
      and deduplication_key = given.key and packet_id = given.packet
);

-- ledger_repeat --
-- Remember deliveries of messages that were published before.
insert into ledger_repeat (source, event_type, deduplication_key, packet_id, received_at)
select source, event_type, key, packet, time
from unnest(%(sources)b::text[], %(event_types)b::text[], %(keys)b::text[], %(packets)b::int[],
            %(times)b::timestamptz[]) as given (source, event_type, key, packet, time)
order by source, event_type, key, packet
on conflict do nothing;

-- frames_enter --
-- Enter frames that are not there yet with the time of the frame, and give their keys.
insert into ledger (source, event_type, deduplication_key, received_at)
select '', 'frame', key, time
from unnest(%(keys)b::text[], %(times)b::timestamptz[]) as given (key, time)
on conflict do nothing
returning deduplication_key;

-- frames_seen --
-- Read when frames were last accepted, and hold them until the transaction ends.
select deduplication_key, received_at from ledger
where source = '' and event_type = 'frame' and deduplication_key = any (%(keys)b::text[])
order by deduplication_key
for update;

-- frames_move --
-- Set when frames that are already held were last accepted.
update ledger set received_at = given.time
from unnest(%(keys)b::text[], %(times)b::timestamptz[]) as given (key, time)
where source = '' and event_type = 'frame' and deduplication_key = given.key;

-- ledger_remove --
-- Take messages of certain arrivals out.
delete from ledger
using unnest(%(sources)b::text[], %(event_types)b::text[], %(keys)b::text[], %(times)b::timestamptz[])
      as given (source, event_type, key, time)
where ledger.source = given.source and ledger.event_type = given.event_type
  and deduplication_key = given.key and received_at = given.time;

-- ledger_prune --
-- Forget some of the messages received, and of the frames sent, before a time; those in use are left.
delete from ledger
where ctid = any (array(
    select ctid from ledger
    where received_at < case event_type when 'frame' then %(frames)s::timestamptz else %(messages)s::timestamptz end
    limit %(most)s::int
    for update skip locked
));

-- ledger_repeat_prune --
-- Forget further deliveries of messages that came before a time.
delete from ledger_repeat where received_at < %(messages)s::timestamptz;
