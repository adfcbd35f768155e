-- export_readings --
-- List readings of places and what lies in them, each with the place that its device was at.
select place.public_id, place.kind, place.name, place.latitude, place.longitude, placed.property, placed.channel, placed.unit,
       observation.phenomenon_time, observation.phenomenon_time, observation.result, observation.quality in (1, 2, 3), observation.quality,
       status_of_reading(placed.place_id, placed.property_id, placed.series_id, observation.phenomenon_time), null::timestamptz
from place
left join place as parent on parent.id = place.parent_id
join placed_series as placed on placed.place_id = place.id
join observation on observation.series_id = placed.series_id
                and observation.phenomenon_time >= placed.from_at and observation.phenomenon_time < placed.to_at
where (cardinality(%(places)s::text[]) = 0 or place.public_id = any (%(places)s::text[]) or parent.public_id = any (%(places)s::text[]))
  and (cardinality(%(properties)s::text[]) = 0 or placed.property = any (%(properties)s::text[]))
  and observation.phenomenon_time >= %(since)s::timestamptz and observation.phenomenon_time < %(until)s::timestamptz
order by place.public_id, placed.property, placed.channel, observation.phenomenon_time, placed.series_id;

-- export_hours --
-- List hourly means of places and what lies in them, of hours that a device spent wholly at its place, and what was worked out for the places.
with placed as (
    select place_id, series_id, property_id, property, unit, channel, from_at, to_at from placed_series
    union all
    select owner_place_id, series.id, property_id, observed_property.name, observed_property.unit, channel, '-infinity', 'infinity'
    from series
    join observed_property on observed_property.id = property_id
    where owner_place_id is not null
)
select place.public_id, place.kind, place.name, place.latitude, place.longitude, placed.property, placed.channel, placed.unit,
       hour.interval_start, hour.interval_start + interval '1 hour', hour.mean, hour.valid, case when hour.valid then 1 else 3 end,
       status_of_mean(placed.place_id, placed.property_id, hour.interval_start, hour.interval_start + interval '1 hour', hour.computed_at),
       hour.revised_at
from place
left join place as parent on parent.id = place.parent_id
join placed on placed.place_id = place.id
join rollup_1h as hour on hour.series_id = placed.series_id
                      and hour.interval_start >= placed.from_at and hour.interval_start + interval '1 hour' <= placed.to_at
where (cardinality(%(places)s::text[]) = 0 or place.public_id = any (%(places)s::text[]) or parent.public_id = any (%(places)s::text[]))
  and (cardinality(%(properties)s::text[]) = 0 or placed.property = any (%(properties)s::text[]))
  and hour.interval_start >= %(since)s::timestamptz and hour.interval_start < %(until)s::timestamptz
order by place.public_id, placed.property, placed.channel, hour.interval_start, placed.series_id;

-- export_days --
-- List means of local days of places and what lies in them, of days that a device spent wholly at its place.
select place.public_id, place.kind, place.name, place.latitude, place.longitude, placed.property, placed.channel, placed.unit,
       london_day_begins(day.day), london_day_begins(day.day + 1), day.mean, day.valid, case when day.valid then 1 else 3 end,
       status_of_mean(placed.place_id, placed.property_id, london_day_begins(day.day), london_day_begins(day.day + 1), day.computed_at),
       day.revised_at
from place
left join place as parent on parent.id = place.parent_id
join placed_series as placed on placed.place_id = place.id
join rollup_1d as day on day.series_id = placed.series_id
                     and london_day_begins(day.day) >= placed.from_at and london_day_begins(day.day + 1) <= placed.to_at
where (cardinality(%(places)s::text[]) = 0 or place.public_id = any (%(places)s::text[]) or parent.public_id = any (%(places)s::text[]))
  and (cardinality(%(properties)s::text[]) = 0 or placed.property = any (%(properties)s::text[]))
  and london_day_begins(day.day) >= %(since)s::timestamptz and london_day_begins(day.day) < %(until)s::timestamptz
order by place.public_id, placed.property, placed.channel, day.day, placed.series_id;

-- export_known --
-- Find which identifiers are those of places.
select public_id from place where public_id = any (%(places)s::text[]);

-- export_audit --
-- Write down for each home whose readings may be in an export who made it.
insert into audit (at, actor, action, subject, detail)
select now(), %(actor)s::text, 'exported', home.public_id, %(detail)s::jsonb
from place as home
where home.kind = 'dwelling'
  and exists (select from place as room
              join installation on installation.place_id = room.id
              where home.id in (room.id, room.parent_id)
                and (cardinality(%(places)s::text[]) = 0 or room.public_id = any (%(places)s::text[]) or home.public_id = any (%(places)s::text[]))
                and from_at < %(until)s::timestamptz and coalesce(to_at, 'infinity') > %(since)s::timestamptz)
order by home.public_id;
