-- import_device --
-- Make the device that a series is imported for, unless there is one of its dev_eui.
insert into device (dev_eui, name, profile, application, codec, environment, reporting_interval, tags, first_seen_at, last_seen_at)
values (%(dev_eui)s::text, %(name)s::text, '', '', '', %(environment)s::text, %(interval)s::interval, '{}',
        %(first)s::timestamptz, %(last)s::timestamptz)
on conflict (dev_eui) do nothing;

-- import_device_find --
-- Find the number of a device.
select id from device where dev_eui = %(dev_eui)s::text;
