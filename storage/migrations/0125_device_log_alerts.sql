-- What the network server logs of devices becomes alerts: what is to be judged, and what was.

-- One mark for each log with a code, written with it and taken away by the evaluator.
create table device_log_mark (
    id      bigint generated always as identity primary key,
    subject text        not null,
    at      timestamptz not null
);

create table device_log_schedule (
    device_id integer     primary key references device,
    until     timestamptz not null,
    again     timestamptz,
    due_at    timestamptz not null
) with (fillfactor = 70);

create index device_log_schedule_due on device_log_schedule (due_at);

-- Logs of a device are read by their time.
create index event_of_device_log_at on event (subject, (coalesce(time, received_at))) where event_type = 'log';
drop index event_of_device_log;

insert into device_log_mark (subject, at)
select subject, coalesce(time, received_at) from event
where event_type = 'log' and received_at > now() - interval '7 days';
