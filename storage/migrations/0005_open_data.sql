-- What is open to everybody, outdoor air and parking, on both tiers. Every query of the open API reads
-- `open_place`, `open_series` or a view upon it; so a dwelling, a room, a device in one and a
-- device that is nowhere cannot be asked for, whatever the question.

-- A bay tied to one resident tells when that person is at home. What a type does not say plainly is not open.
create function is_open_bay(bay_type text) returns boolean language sql immutable parallel safe
return regexp_replace(lower(trim(coalesce(bay_type, ''))), '[ _]+', '-', 'g') in (
    '', 'standard', 'public', 'general', 'free', 'paid', 'pay-and-display', 'limited-waiting', 'short-stay', 'long-stay',
    'disabled-public', 'electric', 'loading', 'motorcycle', 'coach', 'taxi', 'parent-and-child');

-- Since when a bay is no longer tied to anybody; what was read before stays closed.
alter table place add column open_from timestamptz;

create function place_stays_private() returns trigger language plpgsql as $$
begin
    if new.kind <> old.kind then
        raise exception 'the kind of a place stays: make another place';
    end if;
    if new.kind = 'bay' and is_open_bay(new.detail ->> 'bay_type') and not is_open_bay(old.detail ->> 'bay_type') then
        new.open_from := now();
    end if;
    return new;
end
$$;

create trigger place_stays_private before update on place
    for each row execute function place_stays_private();

-- Stretches of readings that somebody has checked and stands for; all others are provisional.
create table ratification (
    id          integer generated always as identity primary key,
    place_id    integer     not null references place,
    property_id smallint    not null references observed_property,
    from_at     timestamptz not null,
    to_at       timestamptz not null check (to_at > from_at),
    ratified_by text        not null check (ratified_by <> ''),
    recorded_at timestamptz not null default now()
);

create index ratification_of_place on ratification (place_id, property_id, from_at);

create function status_of(place integer, property smallint, starts timestamptz, ends timestamptz)
returns text language sql stable parallel safe
return case when exists (select from ratification
                         where place_id = place and property_id = property and from_at <= starts and to_at >= ends)
            then 'ratified' else 'provisional' end;

-- What the SensorThings API tells of one reading. Dear, so that it is worked out for the readings of a page alone.
create function reading_id(series integer, at timestamptz) returns text language plpgsql immutable cost 1000 as $$
begin
    return series || '-' || (extract(epoch from at) * 1000000)::bigint;
end
$$;

create function quality_document(flag smallint) returns jsonb language plpgsql immutable cost 1000 as $$
begin
    return jsonb_build_object('scheme', 'QARTOD', 'flag', flag, 'meaning',
        case flag when 1 then 'good' when 2 then 'unknown' when 3 then 'suspect' when 4 then 'fail' else 'missing' end);
end
$$;

create function status_document(place integer, property smallint, at timestamptz) returns jsonb language plpgsql stable cost 1000 as $$
begin
    return jsonb_build_object('status', status_of(place, property, at, at));
end
$$;

-- A series while its device was at a place: what is read in that time belongs to that place.
create view placed_series as
select series.id as series_id, installation.place_id, series.property_id, observed_property.name as property,
       observed_property.unit, series.channel, installation.from_at, coalesce(installation.to_at, 'infinity') as to_at,
       coalesce(installation.expected_interval, device.reporting_interval) as reporting_interval, device.codec
from installation
join device on device.dev_eui = installation.dev_eui
join series on series.device_id = device.id
join observed_property on observed_property.id = series.property_id;

create view open_place as
select place.id, place.public_id, place.kind, place.name, coalesce(nullif(place.area, ''), parent.area, '') as area,
       coalesce(place.latitude, parent.latitude) as latitude, coalesce(place.longitude, parent.longitude) as longitude,
       parent.public_id as within_id, parent.name as within, place.detail -> 'bearing' as bearing,
       place.detail -> 'limit_minutes' as limit_minutes, place.detail ->> 'bay_type' as bay_type,
       place.detail -> 'capacity' as capacity, place.open_from, place.created_at, place.retired_at
from place
left join place as parent on parent.id = place.parent_id
where place.kind in ('station', 'zone') and place.parent_id is null
   or place.kind = 'position' and parent.kind = 'site'
   or place.kind = 'bay' and parent.kind = 'zone' and is_open_bay(place.detail ->> 'bay_type');

-- A zone whose bays are all open and always were, and not so few that its figure is one driver's.
create view open_zone as
select zone.id, count(bay.id) as bays
from place as zone
left join place as bay on bay.parent_id = zone.id and bay.kind = 'bay'
where zone.kind = 'zone'
group by zone.id
having coalesce(bool_and(is_open_bay(bay.detail ->> 'bay_type') and bay.open_from is null), true)
   and greatest(count(bay.id), (case when zone.detail ->> 'capacity' ~ '^[0-9]{1,6}$' then zone.detail ->> 'capacity' end)::int) >= 3;

create view open_series as
select placed.series_id, placed.place_id, place.public_id, place.kind, place.name as place, place.area, place.latitude, place.longitude,
       place.retired_at, placed.property_id, placed.property, placed.unit, placed.channel,
       place.public_id || '-' || placed.property || case when placed.channel = '' then '' else '-' || placed.channel end as datastream_id,
       greatest(placed.from_at, place.open_from) as from_at, placed.to_at, placed.reporting_interval, placed.codec
from placed_series as placed
join open_place as place on place.id = placed.place_id
where greatest(placed.from_at, place.open_from) < placed.to_at
  and case place.kind
      when 'bay' then placed.property = 'parking_occupied'
      when 'zone' then placed.property = 'occupancy_rate' and exists (select from open_zone where open_zone.id = place.id)
      else placed.property in ('pm1', 'pm2_5', 'pm4', 'pm10', 'no2', 'o3', 'so2', 'no', 'co', 'temperature', 'relative_humidity',
                               'pressure', 'wind_speed', 'wind_direction',
                               'sound_level', 'sound_level_average', 'sound_level_maximum', 'sound_level_peak')
      end;

-- What was measured at a place indeed: a device that came from elsewhere may have measured more there.
create view open_measured as
select open.*
from open_series as open
where exists (select from observation
              where observation.series_id = open.series_id
                and observation.phenomenon_time >= open.from_at and observation.phenomenon_time < open.to_at);

create view open_observation as
select open.*, observation.phenomenon_time, observation.result, observation.quality
from open_series as open
join observation on observation.series_id = open.series_id
                and observation.phenomenon_time >= open.from_at and observation.phenomenon_time < open.to_at;

-- An hour in which a device came or went also holds what was read elsewhere: it belongs to no place.
-- A mean of decibels is no level, one of compass points no direction, and one of what a bay's sensor says
-- on each change no occupancy.
create view open_hour as
select open.*, hour.interval_start, hour.count, hour.expected, hour.mean, hour.minimum, hour.maximum, hour.valid
from open_series as open
join rollup_1h as hour on hour.series_id = open.series_id
                      and hour.interval_start >= open.from_at and hour.interval_start + interval '1 hour' <= open.to_at
where open.property not in ('parking_occupied', 'wind_direction', 'sound_level', 'sound_level_average', 'sound_level_maximum',
                            'sound_level_peak');
