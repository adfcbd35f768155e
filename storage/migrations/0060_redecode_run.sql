-- A run of redecoding is kept from its start, so that one that was cut off is seen and goes on; a device's silence
-- about its past does not need the device in the registry.

alter table redecode_run rename column at to started_at;
alter table redecode_run add column finished_at timestamptz;
update redecode_run set finished_at = started_at;
alter table redecode_run
    alter column uplinks type bigint,
    alter column added   type bigint,
    alter column removed type bigint,
    alter column changed type bigint,
    alter column uplinks set default 0,
    alter column added   set default 0,
    alter column removed set default 0,
    alter column changed set default 0;

alter table redecoded drop constraint redecoded_device_id_fkey;
