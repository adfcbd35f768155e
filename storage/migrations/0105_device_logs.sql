-- The network server's logs about devices are looked up by device; other events are not in the index.
create index event_of_device_log on event (subject, id) where event_type = 'log';
