-- sta_things --
-- Give every open place as a Thing.
select place.public_id as id, place.name,
       case place.kind
           when 'position' then 'A measuring position at the site ' || place.within
           when 'station' then 'A station that measures outdoor air'
           when 'bay' then 'A parking bay in ' || place.within
           else 'A parking zone'
       end as description,
       jsonb_strip_nulls(jsonb_build_object(
           'kind', place.kind, 'area', nullif(place.area, ''), 'bearing', place.bearing, 'limit_minutes', place.limit_minutes,
           'bay_type', place.bay_type, 'capacity', place.capacity,
           'within', case when place.within_id is not null
                     then jsonb_build_object('id', place.within_id, 'name', place.within) end))
       || %(common)s::jsonb as properties
from open_place as place;

-- sta_locations --
-- Give where open places are, of those whose position is known.
select place.public_id as id, place.name, 'Where ' || place.name || ' is' as description,
       'application/geo+json' as encoding_type,
       jsonb_build_object('type', 'Point', 'coordinates', jsonb_build_array(place.longitude, place.latitude)) as location,
       point(place.longitude, place.latitude) as point, %(common)s::jsonb as properties
from open_place as place
where place.latitude is not null and place.longitude is not null;

-- sta_historical_locations --
-- Give since when open places are where they are.
select place.public_id as id,
       least(place.created_at, (select min(open.from_at) from open_series as open where open.place_id = place.id)) as time
from open_place as place
where place.latitude is not null and place.longitude is not null;

-- sta_datastreams --
-- Give what is measured at open places, with the model that measures it now or measured it last.
with measured as materialized (select * from open_measured)
/* given */
select stream.datastream_id as id, stream.public_id as thing_id, replace(stream.codec, '/', '.') as sensor_id,
       stream.property as property_id,
       told.title || ' at ' || stream.place || case when stream.channel = '' then '' else ', probe ' || stream.channel end as name,
       told.description as description,
       'http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement' as observation_type,
       jsonb_build_object('name', told.unit_name, 'symbol', told.unit_symbol, 'definition', 'ucum:' || told.unit) as unit_of_measurement,
       case when stream.latitude is not null and stream.longitude is not null then
           jsonb_build_object('type', 'Point', 'coordinates', jsonb_build_array(stream.longitude, stream.latitude)) end as observed_area,
       point(stream.longitude, stream.latitude) as point,
       (select min(first.time)
        from measured as open
        cross join lateral (select phenomenon_time as time from observation
                            where observation.series_id = open.series_id
                              and phenomenon_time >= open.from_at and phenomenon_time < open.to_at
                            order by phenomenon_time limit 1) as first
        where open.datastream_id = stream.datastream_id) as begins,
       (select max(last.time)
        from measured as open
        cross join lateral (select phenomenon_time as time from observation
                            where observation.series_id = open.series_id
                              and phenomenon_time >= open.from_at and phenomenon_time < open.to_at
                            order by phenomenon_time desc limit 1) as last
        where open.datastream_id = stream.datastream_id) as ends,
       jsonb_strip_nulls(jsonb_build_object('channel', nullif(stream.channel, ''))) || %(common)s::jsonb as properties
from (select distinct on (datastream_id) * from measured order by datastream_id, to_at desc, from_at desc, series_id) as stream
join jsonb_to_recordset(%(catalogue)s::jsonb)
     as told (name text, title text, description text, unit text, unit_name text, unit_symbol text) on told.name = stream.property;

-- sta_sensors --
-- Give the models of the devices that measure, or measured, at open places.
select replace(open.codec, '/', '.') as id, open.codec as name,
       'A LoRaWAN device whose payloads are read by the codec ' || open.codec as description,
       'text/plain' as encoding_type, open.codec as metadata, %(common)s::jsonb as properties
from (select distinct codec from open_measured) as open;

-- sta_observed_properties --
-- Give the properties that are measured at open places.
select told.name as id, told.title as name, told.definition, told.description,
       jsonb_build_object('property', told.name, 'unit', told.unit) || %(common)s::jsonb as properties
from jsonb_to_recordset(%(catalogue)s::jsonb) as told (name text, title text, definition text, description text, unit text)
where exists (select from open_measured as open where open.property = told.name);

-- sta_observations --
-- Give every reading of an open place; the two comments are where a narrower question is put in.
with open as materialized (select open_series.*, public_id as thing_id from open_series)
/* given */
select e.series_id, e.datastream_id, e.thing_id, e.phenomenon_time, e.phenomenon_time as result_time, e.result,
       null::timestamptz as valid_time, reading_id(e.series_id, e.phenomenon_time) as id,
       quality_document(e.quality) as result_quality,
       status_document(open.place_id, open.property_id, open.series_id, e.phenomenon_time) as parameters
from open
cross join lateral (
    select e.series_id, e.datastream_id, e.thing_id, e.phenomenon_time, e.result, e.quality
    from (
        select open.series_id, open.datastream_id, open.thing_id, observation.phenomenon_time, observation.result,
               observation.quality, observation.phenomenon_time as result_time, null::timestamptz as valid_time,
               reading_id(open.series_id, observation.phenomenon_time) as id,
               quality_document(observation.quality) as result_quality,
               status_document(open.place_id, open.property_id, open.series_id, observation.phenomenon_time) as parameters
        from observation
        where observation.series_id = open.series_id
          and observation.phenomenon_time >= open.from_at and observation.phenomenon_time < open.to_at
    ) as e /* readings */
) as e
where true /* series */;

-- sta_features --
-- Give open places as features: what the readings are of.
select place.public_id as id, place.name, 'What is measured at ' || place.name as description,
       'application/geo+json' as encoding_type,
       case when place.latitude is not null and place.longitude is not null
           then jsonb_build_object('type', 'Point', 'coordinates', jsonb_build_array(place.longitude, place.latitude))
           else jsonb_build_object('type', 'Feature', 'geometry', null, 'properties', jsonb_build_object('name', place.name))
       end as feature,
       point(place.longitude, place.latitude) as point, %(common)s::jsonb as properties
from open_place as place;

-- sta_sorting_is_dear --
-- Have the readings of a series taken from its index in order, for the transaction: how few of them are wanted is not foreseen.
select set_config('enable_sort', 'off', true);
