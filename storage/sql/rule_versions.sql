-- rule_versions_read --
-- List the versions of all rules, the oldest first, with what they say.
select rule_id, since, version, definition::text from rule_version order by rule_id, since;

-- rule_versions_write --
-- Put versions of rules in force.
insert into rule_version (rule_id, since, version, definition)
select * from unnest(%(rules)s::text[], %(since)s::timestamptz[], %(versions)s::text[], %(definitions)s::jsonb[])
on conflict (rule_id, since) do update
set version = excluded.version, definition = excluded.definition, adopted_at = now();

-- evaluation_has_begun --
-- Tell whether anything was ever judged.
select exists (select from series_schedule) or exists (select from device_schedule);

-- rules_changed --
-- Have what waits without an end looked at when a change of the rules is in force.
update device_schedule set due_at = %(since)s::timestamptz where due_at > %(since)s::timestamptz;

-- calm_clear --
-- Believe of no subject that a rule cannot fire: the rule has changed.
delete from alert_calm where rule_id = any (%(rules)s::text[]);

-- rule_refusal_write --
-- Note that the rule files are wrong, and since when for this reason.
insert into rule_refusal (refused_at, reason) values (%(at)s::timestamptz, %(reason)s::text)
on conflict (is_the_one) do update set refused_at = excluded.refused_at, reason = excluded.reason
where rule_refusal.reason <> excluded.reason;

-- rule_refusal_clear --
-- Forget that the rule files were wrong.
delete from rule_refusal;

-- rule_refusal_read --
-- Tell since when the rule files are wrong, and why.
select refused_at, reason from rule_refusal;
