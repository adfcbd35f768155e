-- states_read --
-- Read where rules stand for subjects, where something is wrong.
select subject_id, rule_id, state::text from alert_state
where subject_id = any (%(subjects)b::int[]) and rule_id = any (%(rules)b::text[]);

-- states_write --
-- Set where rules stand.
insert into alert_state (subject_id, rule_id, state)
select * from unnest(%(subjects)b::int[], %(rules)b::text[], %(states)b::jsonb[])
on conflict (subject_id, rule_id) do update set state = excluded.state;

-- states_clear --
-- Forget where rules stood: nothing is wrong any more.
delete from alert_state
using unnest(%(subjects)b::int[], %(rules)b::text[]) as given (subject_id, rule_id)
where alert_state.subject_id = given.subject_id and alert_state.rule_id = given.rule_id;

-- checkpoints_read --
-- Read where rules stood for subjects, each at a midnight, where something was wrong.
select alert_checkpoint.subject_id, rule_id, state::text
from unnest(%(subjects)b::int[], %(midnights)b::timestamptz[]) as wanted (subject_id, midnight)
join alert_checkpoint on alert_checkpoint.subject_id = wanted.subject_id and until = wanted.midnight
where rule_id = any (%(rules)b::text[]);

-- checkpoints_clear --
-- Forget where rules stood after a time of each, since they are judged again from there.
delete from alert_checkpoint
using unnest(%(subjects)b::int[], %(rules)b::text[], %(since)b::timestamptz[]) as given (subject_id, rule_id, since)
where alert_checkpoint.subject_id = given.subject_id and alert_checkpoint.rule_id = given.rule_id
  and until > since;

-- checkpoints_write --
-- Remember where rules stood at midnights.
insert into alert_checkpoint (subject_id, rule_id, until, state)
select * from unnest(%(subjects)b::int[], %(rules)b::text[], %(until)b::timestamptz[], %(states)b::jsonb[])
on conflict (subject_id, rule_id, until) do update set state = excluded.state;

-- calm_read --
-- Read up to when rules can not fire for subjects.
select subject_id, rule_id, until from alert_calm
where subject_id = any (%(subjects)b::int[]) and rule_id = any (%(rules)b::text[]);

-- calm_write --
-- Remember up to when rules can not fire for subjects.
insert into alert_calm (subject_id, rule_id, until)
select * from unnest(%(subjects)b::int[], %(rules)b::text[], %(until)b::timestamptz[])
on conflict (subject_id, rule_id) do update set until = excluded.until;
