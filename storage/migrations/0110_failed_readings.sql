-- Readings that fail among their neighbours (QARTOD: spike, rate of change, flat line). A reading itself is never changed: a
-- flag of 4 here keeps it out of every mean and alert. No row: nothing fails. The evaluator alone writes it.
create table failed_reading (
    series_id       integer     not null,
    phenomenon_time timestamptz not null,
    spike           smallint    not null,
    rate            smallint    not null,
    flat            smallint    not null,
    judged_at       timestamptz not null default now(),
    primary key (series_id, phenomenon_time),
    check (4 in (spike, rate, flat))
);

-- The usable readings of a series in a time with what a calibration makes of them, as before, but for those that fail.
create or replace function readings_measured(wanted integer, since timestamptz, until timestamptz)
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
          and (o.quality in (1, 2) or o.quality = 3 and is_dust)
          and o.phenomenon_time not in (select failed.phenomenon_time from failed_reading as failed
                                        where failed.series_id = wanted
                                          and failed.phenomenon_time >= since and failed.phenomenon_time < until);
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
          and not exists (select from failed_reading as failed
                          where failed.series_id = humidity and failed.phenomenon_time = near.phenomenon_time)
        order by abs(extract(epoch from near.phenomenon_time - o.phenomenon_time)), near.phenomenon_time limit 1
    ) as damp on true
    where o.series_id = wanted and o.phenomenon_time >= since and o.phenomenon_time < until
      and (o.quality in (1, 2) or o.quality = 3 and is_dust)
      and o.phenomenon_time not in (select failed.phenomenon_time from failed_reading as failed
                                    where failed.series_id = wanted
                                      and failed.phenomenon_time >= since and failed.phenomenon_time < until);
end
$$;
