-- What was found and done when a site's dust was over a limit, and the indexes that the teams' pages read by.

-- One row for each thing that somebody wrote down about an episode. Nothing is ever changed.
create table exceedance_entry (
    id                bigint generated always as identity primary key,
    alert_id          text collate "C" not null references alert,
    recorded_at       timestamptz not null,
    author            text        not null check (author <> ''),
    cause             text        not null,
    action            text        not null,
    work_stopped_at   timestamptz,
    work_restarted_at timestamptz,
    closes            boolean     not null,
    check (closes or cause <> '' or action <> '' or work_stopped_at is not null),
    check (work_restarted_at is null or work_restarted_at >= work_stopped_at)
);

create index exceedance_of_alert on exceedance_entry (alert_id, id);

create function exceedance_stays() returns trigger language plpgsql as $$
begin
    raise exception 'the log of exceedances is history: an entry is added, never changed or deleted';
end
$$;

create trigger exceedance_stays before update or delete on exceedance_entry
    for each row execute function exceedance_stays();
create trigger exceedance_is_kept before truncate on exceedance_entry
    for each statement execute function exceedance_stays();

-- The books by the hour. An hour that is over never changes, as a correction is entered when it is made:
-- so it is added up once, by the first who looks, and the entries themselves are read for the rest.
create table account_1h (
    hour     timestamptz not null,
    outcome  text        not null,
    reason   text        not null,
    messages bigint      not null,
    primary key (hour, outcome, reason)
);

create index account_entry_by_time on account_entry using brin (at) with (pages_per_range = 16, autosummarize = on);

create index uplink_of_device on uplink (device_id, received_at);
create index event_of_gateway on event (subject, event_type, id) where event_type in ('stats', 'conn');
create index quarantine_held on quarantine (reason, id) where status = 'held';
create index quarantine_by_time on quarantine (received_at);
create index quarantine_of_device on quarantine (dev_eui, id);
create index alert_open on alert (rule_id) where status = 'firing';
create index alert_of_device on alert (device_id, fired_at);
create index device_named on device (lower(name) collate "C", dev_eui);
create index series_of_property on series (property_id, device_id);
