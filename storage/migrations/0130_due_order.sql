-- What is due is taken in portions, what waits longest first: each portion is read off an index in that order, without sorting all that waits.
drop index series_schedule_due;
create index series_schedule_due on series_schedule (due_at, series_id);
drop index device_schedule_due;
create index device_schedule_due on device_schedule (due_at, device_id);
drop index derivation_due;
create index derivation_due on derivation (theme, due_at, owner_id);
