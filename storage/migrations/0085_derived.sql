-- Series of places: what is worked out for a room, a bay or a zone belongs to the place, whatever device is there.
-- Such a series has hours and no reading, like one that is converted.

alter table series
    alter column device_id drop not null,
    add column owner_place_id integer references place,
    add check ((device_id is null) <> (owner_place_id is null)),
    add unique (owner_place_id, channel, property_id);

-- A series that is converted has a series of what it becomes: of means alone, since nothing was read of it.
create or replace function series_is_converted() returns trigger language plpgsql as $$
begin
    insert into series (device_id, channel, property_id)
    select new.device_id, new.channel, into_id from conversion where property_id = new.property_id and new.device_id is not null
    on conflict do nothing;
    return null;
end
$$;

-- An alert of a zone has no device.
alter table alert alter column device_id drop not null, add column place_id integer;
create index alert_of_place on alert (place_id, fired_at) where place_id is not null;

-- What is worked out of stored hours, by theme, for a place or a device: up to when, from where again (null: from
-- there on), when next, and the state that the next hour depends on. No foreign key: an owner is a place or a device.
create table derivation (
    theme    text collate "C" not null,
    owner_id integer     not null,
    until    timestamptz not null,
    again    timestamptz,
    due_at   timestamptz not null,
    state    jsonb,
    primary key (theme, owner_id)
) with (fillfactor = 70);

create index derivation_due on derivation (due_at);

-- The same state at past midnights: of the last days, and of the first of each month.
create table derivation_checkpoint (
    theme    text collate "C" not null,
    owner_id integer     not null,
    until    timestamptz not null,
    state    jsonb       not null,
    primary key (theme, owner_id, until)
);

-- Places of which the registry tells something else from a time on, so that what is worked out for them is wrong.
create table derivation_mark (
    id       bigint generated always as identity primary key,
    place_id integer     not null,
    since    timestamptz not null
);

create function installation_marks_its_place() returns trigger language plpgsql as $$
begin
    if tg_op <> 'DELETE' then
        insert into derivation_mark (place_id, since) values (new.place_id, new.from_at);
    end if;
    if tg_op <> 'INSERT' then
        insert into derivation_mark (place_id, since) values (old.place_id, old.from_at);
    end if;
    return null;
end
$$;

create trigger installation_marks_its_place after insert or update or delete on installation
    for each row execute function installation_marks_its_place();

-- Another temperature factor or material makes another room, from its beginning.
create function place_marks_itself() returns trigger language plpgsql as $$
begin
    if (new.detail -> 'frsi', new.detail -> 'material', new.detail -> 'room_kind')
       is distinct from (old.detail -> 'frsi', old.detail -> 'material', old.detail -> 'room_kind') then
        insert into derivation_mark (place_id, since)
        select new.id, min(from_at) from installation where place_id = new.id having min(from_at) is not null;
    end if;
    return null;
end
$$;

create trigger place_marks_itself after update on place
    for each row execute function place_marks_itself();

insert into derivation_mark (place_id, since) select place_id, min(from_at) from installation group by place_id;
