-- Which delivery a message was taken from, so that a delivery which the broker repeats is told from a
-- second publication: the broker keeps the packet id of what it repeats.

alter table ledger add column packet_id integer not null default 0;

create table ledger_repeat (
    source            text collate "C" not null,
    event_type        text collate "C" not null,
    deduplication_key text collate "C" not null,
    packet_id         integer     not null,
    received_at       timestamptz not null,
    primary key (source, event_type, deduplication_key, packet_id)
);
