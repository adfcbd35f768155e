-- What was measured in a maintenance window is kept, and no mean counts it: the same on both tiers.

-- The stretches of [since, until) in which a device was under maintenance: by its own labels, and by where it was then.
create function maintenance_of(wanted integer, since timestamptz, until timestamptz)
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
      and device.tags || jsonb_strip_nulls(jsonb_build_object(
              'dev_eui', device.dev_eui, 'device_name', device.name, 'device_profile', device.profile,
              'application', device.application, 'environment', device.environment,
              'place', place.public_id, 'within', parent.public_id)) @> silence.matchers
$$;

-- Whether anything at all was under maintenance in a time, so that the question costs nothing when nothing was.
create function any_maintenance(since timestamptz, until timestamptz) returns boolean language sql stable as $$
    select exists (select from silence where maintenance and starts_at < until and ends_at > since)
$$;

-- The usable readings of a series in a time, as before, but for those of maintenance windows.
alter function readings_between(integer, timestamptz, timestamptz) rename to readings_measured;

create function readings_between(wanted integer, since timestamptz, until timestamptz)
returns table (phenomenon_time timestamptz, raw double precision, result double precision, quality smallint, calibration_id integer)
language plpgsql stable as $$
begin
    if not any_maintenance(since, until) then
        return query select * from readings_measured(wanted, since, until);
        return;
    end if;
    return query
    select measured.*
    from readings_measured(wanted, since, until) as measured
    where not exists (
        select from maintenance_of((select device_id from series where id = wanted), since, until) as pause
        where measured.phenomenon_time >= pause.starts_at and measured.phenomenon_time < pause.ends_at);
end
$$;

alter table revision drop constraint revision_cause_check;
alter table revision add constraint revision_cause_check check (cause in ('readings', 'calibration', 'maintenance', 'hours'));
