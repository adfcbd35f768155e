-- A day's mean, and an hour that changed after it was published.
insert into rollup_1d (series_id, day, count, expected, mean, minimum, maximum, valid, computed_at)
select id, '2026-05-10', 24, 24, 20.5, 19, 22, true, '2026-05-11T00:10Z' from series;
insert into revision (revised_at, length, series_id, interval_start, count_before, mean_before, valid_before, count_after, mean_after, valid_after)
select '2026-05-11T13:00Z'::timestamptz, '1h', min(id), '2026-05-11T11:00Z'::timestamptz, 3, 20.4, true, 4, 20.5, true from series;
