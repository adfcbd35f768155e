-- What the network server made of a payload, of devices whose codec is a mapping of that alone: without it
-- their uplinks could not be decoded again.

alter table uplink add column decoded jsonb;
