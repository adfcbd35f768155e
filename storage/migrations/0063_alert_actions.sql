-- What people do with an alert, who is told what of it, and who did what: the same on both tiers.
-- All of it is history: rows are added, never changed and never deleted.

create function history_stays() returns trigger language plpgsql as $$
begin
    raise exception '% is history: its rows are never changed or deleted', tg_table_name;
end
$$;

-- What somebody did with an episode. The severity is the one that it had then: an acknowledgement holds up to it.
create table alert_action (
    id       bigint generated always as identity primary key,
    alert_id text collate "C" not null references alert,
    kind     text        not null check (kind in ('opened', 'acknowledged', 'assigned', 'commented', 'useful', 'not_useful')),
    severity text        not null,
    actor    text        not null check (actor <> ''),
    assignee text        not null default '' check ((kind = 'assigned') = (assignee <> '')),
    note     text        not null default '' check (kind <> 'commented' or note <> ''),
    at       timestamptz not null
);

create index alert_action_of_alert on alert_action (alert_id, id);
create index alert_action_by_time on alert_action (at);
create trigger alert_action_stays before update or delete on alert_action
    for each row execute function history_stays();

-- Episodes whose labels hold all the matchers are told to nobody in this time. A maintenance window is one whose data no
-- mean counts either.
create table silence (
    id          integer generated always as identity primary key,
    matchers    jsonb       not null check (jsonb_typeof(matchers) = 'object' and matchers <> '{}'),
    maintenance boolean     not null default false,
    starts_at   timestamptz not null,
    ends_at     timestamptz not null,
    author      text        not null check (author <> ''),
    reason      text        not null check (reason <> ''),
    recorded_at timestamptz not null,
    check (ends_at > starts_at and ends_at <= starts_at + interval '30 days')
);

create trigger silence_stays before update or delete on silence
    for each row execute function history_stays();

-- A silence that was ended before its time.
create table silence_end (
    silence_id integer primary key references silence,
    ended_at   timestamptz not null,
    actor      text        not null check (actor <> '')
);

create trigger silence_end_stays before update or delete on silence_end
    for each row execute function history_stays();

-- Who did what to what, and who read what of a dwelling.
create table audit (
    id      bigint generated always as identity primary key,
    at      timestamptz not null,
    actor   text        not null check (actor <> ''),
    action  text        not null check (action <> ''),
    subject text        not null,
    detail  jsonb       not null default '{}'
);

create index audit_of_subject on audit (subject, id);
create index audit_by_time on audit (at);
create trigger audit_stays before update or delete on audit
    for each row execute function history_stays();

-- A letter to a recipient is a notification with a recipient: it tells of one or more episodes of one group.
alter table notification add column recipient text collate "C" not null default '';
alter table notification alter column alert_id drop not null;
alter table notification drop constraint notification_kind_check;
alter table notification add check (kind in ('fired', 'raised', 'resolved', 'withdrawn', 'reminder', 'escalated', 'chattering',
                                             'case_deadline'));
alter table notification add check (alert_id is not null or recipient <> '');

-- What a letter tells of each episode; the keys are those of the letters' contents, so nothing is told twice.
create table notification_entry (
    idempotency_key text collate "C" primary key,
    notification_id bigint      not null references notification,
    alert_id        text collate "C" references alert,
    case_id         text collate "C",
    recipient       text collate "C" not null check (recipient <> ''),
    kind            text        not null,
    step            integer     not null,
    severity        text        not null,
    group_key       text collate "C" not null,
    at              timestamptz not null,
    check ((alert_id is null) <> (case_id is null))
);

create index notification_entry_of_alert on notification_entry (alert_id);
create index notification_entry_of_case on notification_entry (case_id) where case_id is not null;
create index notification_entry_of_group on notification_entry (recipient, group_key, at);
create trigger notification_entry_stays before update or delete on notification_entry
    for each row execute function history_stays();
