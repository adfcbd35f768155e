-- A home with a room and its device, and a site with a calibrated one.
insert into place (public_id, kind, name) values ('home1', 'dwelling', '1 Surrey Street'), ('site1', 'site', 'Quayside works');
insert into place (public_id, kind, parent_id, name) select 'room1', 'room', id, 'Bedroom' from place where public_id = 'home1';
insert into place (public_id, kind, parent_id, name, latitude, longitude)
select 'pos1', 'position', id, 'North gate', 51.5, -0.1 from place where public_id = 'site1';
insert into housing.dwelling (place_id, uprn, pseudonym) select id, '100020000001', 'p1' from place where public_id = 'home1';
insert into housing.tenancy (place_id, starts, ends) select id, '2020-01-01', '2021-12-31' from place where public_id = 'home1';
insert into installation (dev_eui, place_id, from_at, to_at, expected_interval)
select dev_eui, place.id, '2026-01-01T00:00Z', null, '15 min' from device join place on place.public_id = case device.name when 'Bedroom' then 'room1' else 'pos1' end;
insert into calibration (dev_eui, property_id, name, slope, "offset", valid_from, source, r2, pairs)
select '02c17a0000000102', id, 'spring', 0.9, 1.5, '2026-04-01T00:00Z', 'a comparison', 0.97, 300 from observed_property where name = 'pm10';
