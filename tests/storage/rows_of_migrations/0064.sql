-- A case of a home, with one event.
insert into housing.hazard_case (id, place_id, hazard, category, aware_at, reported, opened_by, opened_at)
select 'c1', id, 'damp_mould', 'significant', '2026-05-11T09:00Z', 'a call', 'ann', '2026-05-11T09:30Z' from place where public_id = 'home1';
insert into housing.case_event (case_id, kind, at, note, actor, recorded_at) values ('c1', 'evidence', '2026-05-11T10:00Z', 'a photograph', 'ann', '2026-05-11T10:05Z');
