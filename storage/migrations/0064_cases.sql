-- Cases under Awaab's Law: what is done about a hazard in a home, and when. Nothing is ever changed or deleted: what was
-- recorded by mistake is retracted by a further event. Rows about homes stand in the schema `housing`.

create table housing.hazard_case (
    id         text collate "C" primary key,
    alert_id   text collate "C" references alert,
    place_id   integer     not null references place,
    hazard     text        not null check (hazard <> ''),
    category   text        not null check (category in ('emergency', 'significant')),
    aware_at   timestamptz not null,
    reported   text        not null check (reported <> ''),
    opened_by  text        not null check (opened_by <> ''),
    opened_at  timestamptz not null,
    check (aware_at <= opened_at)
);

create index hazard_case_of_place on housing.hazard_case (place_id);
create index hazard_case_of_alert on housing.hazard_case (alert_id) where alert_id is not null;
create trigger hazard_case_stays before update or delete on housing.hazard_case
    for each row execute function history_stays();

create table housing.case_event (
    id          integer generated always as identity primary key,
    case_id     text collate "C" not null references housing.hazard_case,
    kind        text        not null,
    at          timestamptz not null,
    note        text        not null default '',
    actor       text        not null check (actor <> ''),
    retracts    integer references housing.case_event,
    recorded_at timestamptz not null,
    check (at <= recorded_at),
    check ((kind = 'retracted') = (retracts is not null)),
    check (kind not in ('evidence', 'access_attempted', 'five_days_not_practicable', 'retracted', 'closed') or note <> '')
);

create index case_event_of_case on housing.case_event (case_id, id);
create trigger case_event_stays before update or delete on housing.case_event
    for each row execute function history_stays();
