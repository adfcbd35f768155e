-- ledger_enter --
-- Enter messages that are not there yet, and give the keys of those that were entered.
insert into ledger (source, event_type, deduplication_key, received_at)
select source, event_type, key, time
from unnest(%(sources)b::text[], %(event_types)b::text[], %(keys)b::text[], %(times)b::timestamptz[])
     as given (source, event_type, key, time)
on conflict do nothing
returning source, event_type, deduplication_key;

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
