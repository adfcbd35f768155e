-- A maintenance window that was recorded wrongly and is taken back: what was measured in it counts again.
create table silence_undone (
    silence_id integer primary key references silence,
    undone_at  timestamptz not null,
    actor      text        not null check (actor <> ''),
    reason     text        not null check (reason <> '')
);

create trigger silence_undone_stays before update or delete on silence_undone
    for each row execute function history_stays();

-- The stretches of [since, until) in which a device was under maintenance: by its own labels, and by where it was then.
create or replace function maintenance_of(wanted integer, since timestamptz, until timestamptz)
returns table (starts_at timestamptz, ends_at timestamptz) language sql stable as $$
    select greatest(silence.starts_at, installation.from_at),
           least(silence.ends_at, silence_end.ended_at, installation.to_at)
    from silence
    left join silence_end on silence_end.silence_id = silence.id
    join device on device.id = wanted
    left join installation on installation.dev_eui = device.dev_eui
                          and installation.from_at < until and coalesce(installation.to_at, 'infinity') > since
    left join place on place.id = installation.place_id
    left join place as parent on parent.id = place.parent_id
    where maintenance and silence.starts_at < until and least(silence.ends_at, silence_end.ended_at) > since
      and not exists (select from silence_undone where silence_undone.silence_id = silence.id)
      and device.tags || jsonb_strip_nulls(jsonb_build_object(
              'dev_eui', device.dev_eui, 'device_name', device.name, 'device_profile', device.profile,
              'application', device.application, 'environment', device.environment,
              'place', place.public_id, 'within', parent.public_id)) @> silence.matchers
$$;
