-- calibration_add --
-- Record a calibration unless it stands already, and give its number.
insert into calibration (dev_eui, property_id, name, slope, "offset", valid_from, valid_to, source, r2, pairs,
                         kappa, humidity_from, humidity_to, recorded_by)
select given.dev_eui, observed_property.id, given.name, given.slope, given."offset", given.valid_from, given.valid_to,
       given.source, given.r2, given.pairs, given.kappa, given.humidity_from, given.humidity_to, %(actor)s::text
from (values (%(dev_eui)s::text, %(observed_property)s::text, %(name)s::text, %(slope)s::float8, %(offset)s::float8,
              %(valid_from)s::timestamptz, %(valid_to)s::timestamptz, %(source)s::text, %(r2)s::float8, %(pairs)s::int,
              %(kappa)s::float8, %(humidity_from)s::float8, %(humidity_to)s::float8))
     as given (dev_eui, property, name, slope, "offset", valid_from, valid_to, source, r2, pairs, kappa, humidity_from, humidity_to)
join observed_property on observed_property.name = given.property
where not exists (
    select from calibration as standing
    where standing.dev_eui = given.dev_eui and standing.property_id = observed_property.id and withdrawn_at is null
      and (standing.name, standing.slope, standing."offset", standing.valid_from, standing.valid_to, standing.source,
           standing.r2, standing.pairs, standing.kappa, standing.humidity_from, standing.humidity_to)
          is not distinct from
          (given.name, given.slope, given."offset", given.valid_from, given.valid_to, given.source,
           given.r2, given.pairs, given.kappa, given.humidity_from, given.humidity_to))
returning id;

-- calibration_withdraw --
-- Say that a calibration was wrong.
update calibration set withdrawn_at = now(), withdrawn_by = %(actor)s::text
where id = %(id)s::int and withdrawn_at is null;

-- calibration_mark --
-- Mark the hours in the time of a calibration to be computed again, those of which the readings are kept.
insert into dirty_interval (series_id, interval_start)
select hour.series_id, hour.interval_start
from calibration
join device on device.dev_eui = calibration.dev_eui
join series on series.device_id = device.id and series.property_id = calibration.property_id
join rollup_1h as hour on hour.series_id = series.id
                      and hour.interval_start > valid_from - interval '1 hour'
                      and (valid_to is null or hour.interval_start < valid_to)
where calibration.id = %(id)s::int and (raw_since is null or hour.interval_start >= raw_since);

-- calibrations_list --
-- List calibrations of a device, or of all, the newest first.
select calibration.id, recorded_at, recorded_by, withdrawn_at, withdrawn_by,
       dev_eui, observed_property.name, calibration.name, valid_from, valid_to, slope, "offset", source, r2, pairs,
       kappa, humidity_from, humidity_to
from calibration
join observed_property on observed_property.id = calibration.property_id
where %(dev_eui)s::text = '' or dev_eui = %(dev_eui)s::text
order by calibration.id desc;
