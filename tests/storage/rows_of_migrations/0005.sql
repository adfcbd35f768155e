-- Readings that somebody stands for.
insert into ratification (place_id, property_id, from_at, to_at, ratified_by)
select place.id, observed_property.id, '2026-05-01T00:00Z', '2026-05-10T00:00Z', 'ann' from place, observed_property
where public_id = 'pos1' and observed_property.name = 'pm10';
