-- Corrected values beside raw ones. A reading is never changed: what a calibration makes of it is worked out when
-- its hour is computed, and the hour says by which calibration. A calibration is a version that stays: a newer one
-- for the same time takes its place, and one that was wrong is withdrawn.

alter table calibration
    add column kappa double precision check (kappa > 0 and kappa <= 2),
    add column humidity_from double precision check (humidity_from > 0),
    add column humidity_to double precision check (humidity_to > humidity_from and humidity_to < 100),
    add column recorded_by text not null default '',
    add column withdrawn_at timestamptz,
    add column withdrawn_by text,
    add check ((kappa is null) = (humidity_from is null) and (kappa is null) = (humidity_to is null));

create index calibration_of_dust on calibration (dev_eui) where kappa is not null;

create function calibration_stays() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and old.withdrawn_at is null
       and to_jsonb(old) - 'withdrawn_at' - 'withdrawn_by' = to_jsonb(new) - 'withdrawn_at' - 'withdrawn_by' then
        return new;
    end if;
    raise exception 'a calibration is a version: record another one, or withdraw it';
end
$$;

create trigger calibration_stays before update or delete on calibration
    for each row execute function calibration_stays();

-- What one property is in the unit of another: no2 in ppb makes no2_mass in ug/m3.
create table conversion (
    property_id smallint not null references observed_property,
    into_id     smallint not null references observed_property,
    factor      double precision not null check (factor > 0),
    primary key (property_id, into_id)
);

-- A series that is converted has a series of what it becomes: of means alone, since nothing was read of it.
create function series_is_converted() returns trigger language plpgsql as $$
begin
    insert into series (device_id, channel, property_id)
    select new.device_id, new.channel, into_id from conversion where property_id = new.property_id
    on conflict do nothing;
    return null;
end
$$;

create trigger series_is_converted after insert on series for each row execute function series_is_converted();

-- Since when a series' readings are kept; what was computed of older ones stays as it was.
alter table series add column raw_since timestamptz;

-- The factor by which water on the particles raises a dust reading (kappa-Koehler, Crilley 2018; dry density 1.65).
create function humidity_factor(humidity double precision, kappa double precision) returns double precision
language sql immutable parallel safe
return 1 + kappa / 1.65 / (100 / humidity - 1);

-- The usable readings of a series in a time, each with what its calibration makes of it: first freed of water, by
-- the humidity that the device measured nearest to it in the same hour, then slope and offset. In fog, and where
-- no humidity is known, the water stays and the value is suspect.
create function readings_between(wanted integer, since timestamptz, until timestamptz)
returns table (phenomenon_time timestamptz, raw double precision, result double precision, quality smallint, calibration_id integer)
language plpgsql stable as $$
declare
    eui      text;
    device   integer;
    property smallint;
    is_dust  boolean;
    humidity integer;
begin
    select device.dev_eui, device.id, observed_property.id, starts_with(observed_property.name, 'pm')
    into eui, device, property, is_dust
    from series
    join device on device.id = series.device_id
    join observed_property on observed_property.id = series.property_id
    where series.id = wanted;
    if not exists (select from calibration
                   where calibration.dev_eui = eui and calibration.property_id = property and withdrawn_at is null) then
        return query
        select o.phenomenon_time, o.result, o.result, o.quality, null::integer
        from observation as o
        where o.series_id = wanted and o.phenomenon_time >= since and o.phenomenon_time < until
          and (o.quality in (1, 2) or o.quality = 3 and is_dust);
        return;
    end if;
    select series.id into humidity
    from series
    join observed_property on observed_property.id = series.property_id and name = 'relative_humidity'
    where series.device_id = device and series.channel = '';
    return query
    select o.phenomenon_time, o.result,
           o.result / case when valid.kappa is not null and damp.humidity >= valid.humidity_from and damp.humidity <= valid.humidity_to
                           then humidity_factor(damp.humidity, valid.kappa) else 1 end
           * coalesce(valid.slope, 1) + coalesce(valid."offset", 0),
           case when valid.kappa is not null and (damp.humidity is null or damp.humidity > valid.humidity_to)
                then 3::smallint else o.quality end,
           valid.id
    from observation as o
    left join lateral (
        select * from calibration
        where calibration.dev_eui = eui and calibration.property_id = property and withdrawn_at is null
          and valid_from <= o.phenomenon_time and (valid_to is null or valid_to > o.phenomenon_time)
        order by id desc limit 1
    ) as valid on true
    left join lateral (
        select near.result as humidity from observation as near
        where valid.kappa is not null and near.series_id = humidity and near.quality in (1, 2)
          and near.phenomenon_time >= date_bin('1 hour', o.phenomenon_time, '2000-01-01 00:00:00Z')
          and near.phenomenon_time < date_bin('1 hour', o.phenomenon_time, '2000-01-01 00:00:00Z') + interval '1 hour'
        order by abs(extract(epoch from near.phenomenon_time - o.phenomenon_time)), near.phenomenon_time limit 1
    ) as damp on true
    where o.series_id = wanted and o.phenomenon_time >= since and o.phenomenon_time < until
      and (o.quality in (1, 2) or o.quality = 3 and is_dust);
end
$$;

alter table rollup_1h
    add column raw_mean double precision,
    add column calibration_id integer,
    add column suspect integer not null default 0;

comment on column rollup_1h.raw_mean is 'the mean without the correction; null: nothing was corrected';
comment on column rollup_1h.calibration_id is 'the newest calibration that corrected a reading of the hour';
comment on column rollup_1h.suspect is 'how many of the readings that count are suspect';

alter table revision add column cause text not null default 'readings' check (cause in ('readings', 'calibration', 'hours'));
