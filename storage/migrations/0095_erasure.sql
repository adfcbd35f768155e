-- What was erased of homes. A stretch that was erased is never computed again, since that would be from nothing; and
-- nothing is judged again whose window reaches into hours that are gone.

create table erased_stretch (
    series_id integer     not null,
    what      text        not null check (what in ('readings', 'means')),
    from_at   timestamptz not null,
    to_at     timestamptz not null check (to_at > from_at),
    erased_at timestamptz not null default now(),
    primary key (series_id, what, from_at)
);

comment on table erased_stretch is 'means are only erased where readings are, so that no mean is made again';

-- Two tenancies of one home do not overlap, and one that begins on a day is one.
create unique index tenancy_of_place on housing.tenancy (place_id, starts);

create function housing.tenancy_is_alone() returns trigger language plpgsql as $$
begin
    perform pg_advisory_xact_lock(hashtextextended('boroughsense.tenancy', 0));
    if exists (select from housing.tenancy as other
               where other.place_id = new.place_id and other.id <> new.id
                 and daterange(other.starts, other.ends, '[]') && daterange(new.starts, new.ends, '[]')) then
        raise exception using errcode = 'exclusion_violation',
            message = format('a tenancy from %s overlaps another one of the same dwelling', new.starts);
    end if;
    return new;
end
$$;

create trigger tenancy_is_alone before insert or update on housing.tenancy
    for each row execute function housing.tenancy_is_alone();
