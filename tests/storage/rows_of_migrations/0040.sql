-- A repair in a home.
insert into housing.repair (place_id, done_at, what, recorded_by) select id, '2026-05-01T09:00Z', 'a fan', 'ann' from place where public_id = 'home1';
