-- What was found at a site, and an hour of the books.
insert into exceedance_entry (alert_id, recorded_at, author, cause, action, closes) values ('a1', '2026-05-11T13:00Z', 'ben', 'cutting', 'water', false);
insert into account_1h (hour, outcome, reason, messages) values ('2026-05-11T11:00Z', 'stored', '', 5);
