-- ratification_covers --
-- Count what was measured of a property at a place in a time: readings, those that failed, hours, valid ones, revised ones, and those still to be computed.
select (select count(*) from observation
        where observation.series_id = any (measured.series)
          and phenomenon_time >= %(since)s::timestamptz and phenomenon_time < %(until)s::timestamptz),
       (select count(*) from observation
        where observation.series_id = any (measured.series) and quality in (4, 9)
          and phenomenon_time >= %(since)s::timestamptz and phenomenon_time < %(until)s::timestamptz),
       hours.*,
       (select count(*) from dirty_interval
        where dirty_interval.series_id = any (measured.series)
          and interval_start >= %(since)s::timestamptz and interval_start < %(until)s::timestamptz)
from (select array_agg(placed.series_id) as series
      from placed_series as placed
      join place on place.id = placed.place_id
      where place.public_id = %(place)s::text and placed.property = %(property)s::text
        and placed.from_at < %(until)s::timestamptz and placed.to_at > %(since)s::timestamptz) as measured
cross join lateral (
    select count(*), count(*) filter (where valid), count(*) filter (where revised_at is not null)
    from rollup_1h
    where rollup_1h.series_id = any (measured.series)
      and interval_start >= %(since)s::timestamptz and interval_start + interval '1 hour' <= %(until)s::timestamptz
) as hours;

-- ratification_add --
-- Remember that somebody stands for what was read at a place in a period; none when there is no such place.
insert into ratification (place_id, property_id, from_at, to_at, ratified_by, note)
select place.id, observed_property.id, %(since)s::timestamptz, %(until)s::timestamptz, %(who)s::text, %(note)s::text
from place, observed_property
where place.public_id = %(place)s::text and observed_property.name = %(property)s::text
returning id;

-- ratification_withdraw --
-- Say that nobody stands for a period any more.
update ratification set withdrawn_at = now(), withdrawn_by = %(who)s::text
where id = %(id)s::int and withdrawn_at is null
returning (select public_id from place where place.id = place_id);

-- ratifications_list --
-- List ratifications, the withdrawn ones too, of one place or all, the newest first, with how many hours changed since.
select ratification.id, place.public_id, place.name, observed_property.name, from_at, to_at, ratified_by, recorded_at, note,
       withdrawn_at, withdrawn_by,
       (select count(*)::int
        from placed_series as placed
        join rollup_1h as hour on hour.series_id = placed.series_id and hour.computed_at > recorded_at
                              and interval_start >= greatest(ratification.from_at, placed.from_at)
                              and interval_start + interval '1 hour' <= least(ratification.to_at, placed.to_at)
        where placed.place_id = ratification.place_id and placed.property_id = ratification.property_id)
from ratification
join place on place.id = place_id
join observed_property on observed_property.id = property_id
where %(place)s::text = '' or place.public_id = %(place)s::text
order by ratification.id desc;
