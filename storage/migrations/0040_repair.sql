-- What was done at a place, so that the readings before and after can be compared. Nothing is changed or deleted.

create table housing.repair (
    id          integer generated always as identity primary key,
    place_id    integer     not null references place,
    done_at     timestamptz not null,
    what        text        not null check (what <> ''),
    recorded_by text        not null,
    recorded_at timestamptz not null default now()
);

create index repair_at_place on housing.repair (place_id, done_at);

create function housing.repair_stays() returns trigger language plpgsql as $$
begin
    raise exception 'a repair is history: it is never changed or deleted';
end
$$;

create trigger repair_stays before update or delete on housing.repair
    for each row execute function housing.repair_stays();
