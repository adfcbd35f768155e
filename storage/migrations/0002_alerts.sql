-- What is watched, where each rule stands, what was concluded, and who is told: the same on both tiers.
-- A subject is a device for a rule on silence, else a series. No row here refers to a device or a series by a
-- foreign key: its check would lock the device's row, which the writers lock in an order of their own.

-- Which version of a rule is in force from when on; an empty version takes the rule away. A change
-- holds from a full hour on, so that judging a stretch of time again gives what it gave.
create table rule_version (
    rule_id    text collate "C" not null,
    since      timestamptz not null,
    version    text        not null,
    definition jsonb       not null,
    adopted_at timestamptz not null default now(),
    primary key (rule_id, since)
);

-- Up to when a subject is judged, when to look again, and from where again (null: from there on).
create table series_schedule (
    series_id integer primary key,
    until     timestamptz not null,
    again     timestamptz,
    due_at    timestamptz not null
) with (fillfactor = 70);

create index series_schedule_due on series_schedule (due_at);

create table device_schedule (
    device_id integer primary key,
    until     timestamptz not null,
    again     timestamptz,
    due_at    timestamptz not null
) with (fillfactor = 70);

create index device_schedule_due on device_schedule (due_at);

-- Where a rule stands. No row: nothing is wrong, which is the rule for nearly all.
create table alert_state (
    subject_id integer not null,
    rule_id    text collate "C" not null,
    state      jsonb   not null,
    primary key (subject_id, rule_id)
) with (fillfactor = 70);

-- The same at a UTC midnight, to judge again from there.
create table alert_checkpoint (
    subject_id integer     not null,
    rule_id    text collate "C" not null,
    until      timestamptz not null,
    state      jsonb       not null,
    primary key (subject_id, rule_id, until)
);

-- Up to when a rule can not fire whatever is measured, so that it need not be looked at.
create table alert_calm (
    subject_id integer     not null,
    rule_id    text collate "C" not null,
    until      timestamptz not null,
    primary key (subject_id, rule_id)
) with (fillfactor = 70);

-- Every change of state. Nothing is ever changed or deleted: what later data contradict is marked.
create table alert_transition (
    id            bigint generated always as identity primary key,
    subject_id    integer     not null,
    rule_id       text collate "C" not null,
    rule_version  text        not null,
    kind          text        not null check (kind in ('pending', 'dropped', 'fired', 'reopened', 'raised',
                                                       'lowered', 'stale', 'fresh', 'resolved')),
    at            timestamptz not null,
    known_at      timestamptz not null,
    severity      text        not null,
    value         double precision,
    peak          double precision,
    fired_at      timestamptz,
    recorded_at   timestamptz not null,
    withdrawn_at  timestamptz,
    withdrawn_why text
);

create index alert_transition_standing on alert_transition (subject_id, rule_id, known_at) where withdrawn_at is null;

create function alert_transition_stays() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and old.withdrawn_at is null and new.withdrawn_at is not null
       and to_jsonb(old) - 'withdrawn_at' - 'withdrawn_why' = to_jsonb(new) - 'withdrawn_at' - 'withdrawn_why' then
        return new;
    end if;
    raise exception 'a transition is history: it is withdrawn, never changed or deleted';
end
$$;

create trigger alert_transition_stays before update or delete on alert_transition
    for each row execute function alert_transition_stays();

-- One row for each episode, as its standing transitions tell it.
create table alert (
    id           text collate "C" primary key,
    key          text collate "C" not null,
    rule_id      text collate "C" not null,
    rule_version text        not null,
    subject_id   integer     not null,
    device_id    integer     not null,
    series_id    integer,
    labels       jsonb       not null,
    title        text        not null,
    status       text        not null check (status in ('firing', 'resolved', 'withdrawn')),
    severity     text        not null,
    worst        text        not null,
    fired_at     timestamptz not null,
    known_at     timestamptz not null,
    resolved_at  timestamptz,
    peak         double precision,
    reopened     integer     not null,
    stale        boolean     not null,
    late         boolean     not null,
    told         jsonb       not null,
    recorded_at  timestamptz not null,
    changed_at   timestamptz not null
);

create unique index alert_one_open on alert (key) where status = 'firing';
create index alert_of_subject on alert (subject_id, rule_id, fired_at);
create index alert_by_time on alert (fired_at);

-- The outbox: written with the transition that it tells of.
create table notification (
    id              bigint generated always as identity primary key,
    idempotency_key text collate "C" not null unique,
    alert_id        text collate "C" not null references alert,
    kind            text        not null check (kind in ('fired', 'raised', 'resolved', 'withdrawn')),
    channel         text collate "C" not null,
    message         jsonb       not null,
    status          text        not null default 'waiting'
                    check (status in ('waiting', 'delivered', 'undelivered', 'cancelled')),
    created_at      timestamptz not null,
    next_attempt_at timestamptz not null,
    attempts        integer     not null default 0,
    failure         text,
    settled_at      timestamptz
);

create index notification_waiting on notification (next_attempt_at, id) where status = 'waiting';
create index notification_of_alert on notification (alert_id, channel, id);

-- A second lock on the door: whatever a program believes, a simulation has nobody to tell.
create function notification_reaches_nobody() returns trigger language plpgsql as $$
begin
    if new.channel <> 'log' and exists (select from instance where mode = 'simulation') then
        raise exception 'a simulation tells nobody';
    end if;
    return new;
end
$$;

create trigger notification_reaches_nobody before insert or update on notification
    for each row execute function notification_reaches_nobody();
