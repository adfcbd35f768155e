-- alert_action_add --
-- Record what somebody did with an episode, with the severity that it has.
insert into alert_action (alert_id, kind, severity, actor, assignee, note, at)
select id, %(kind)s::text, severity, %(actor)s::text, %(assignee)s::text, %(note)s::text, %(at)s::timestamptz
from alert
where id = %(alert)s::text
returning id, severity;

-- alert_actions_of --
-- List what was done with episodes; what was done with a withdrawn one that each takes the place of counts for it.
select alert.id, action.kind, action.severity, action.actor, action.assignee, action.note, action.at
from alert
cross join lateral (select alert.id
                    union
                    select same.id from alert as same
                    where same.subject_id = alert.subject_id and same.rule_id = alert.rule_id and same.key = alert.key
                      and same.status = 'withdrawn' and same.fired_at < coalesce(alert.resolved_at, 'infinity')
                      and alert.fired_at < coalesce(same.resolved_at, 'infinity')) as same
join alert_action as action on action.alert_id = same.id
where alert.id = any (%(alerts)s::text[])
order by action.at, action.id;

-- silence_add --
-- Record a silence.
insert into silence (matchers, maintenance, starts_at, ends_at, author, reason, recorded_at)
values (%(matchers)s::jsonb, %(maintenance)s::bool, %(starts_at)s::timestamptz, %(ends_at)s::timestamptz, %(author)s::text,
        %(reason)s::text, %(at)s::timestamptz)
returning id;

-- silence_end --
-- End a silence before its time.
insert into silence_end (silence_id, ended_at, actor)
select id, %(at)s::timestamptz, %(actor)s::text from silence where id = %(silence)s::int
on conflict do nothing;

-- maintenance_mark --
-- Have the hours of a maintenance window computed again, as far as they were: it may lie in the past.
insert into dirty_interval (series_id, interval_start)
select series_id, interval_start
from rollup_1h
join series on series.id = rollup_1h.series_id
where interval_start > %(starts_at)s::timestamptz - interval '1 hour' and interval_start < %(ends_at)s::timestamptz
  and device_id in (select device.id from device
                    cross join lateral maintenance_of(device.id, %(starts_at)s::timestamptz, %(ends_at)s::timestamptz) as pause);

-- maintenance_read --
-- Read the time of a maintenance window that stands.
select starts_at, ends_at from silence
where id = %(silence)s::int and maintenance and not exists (select from silence_undone where silence_id = silence.id);

-- maintenance_undo --
-- Take a maintenance window back.
insert into silence_undone (silence_id, undone_at, actor, reason)
values (%(silence)s::int, %(at)s::timestamptz, %(actor)s::text, %(reason)s::text)
on conflict do nothing;

-- silences_read --
-- List the silences that end after a time, the newest first; one that was ended early ends then, and one that was undone is none.
select id, matchers::text, maintenance, starts_at, least(ends_at, ended_at), author, reason, recorded_at, coalesce(actor, '')
from silence
left join silence_end on silence_end.silence_id = silence.id
where least(ends_at, ended_at) > %(since)s::timestamptz
  and not exists (select from silence_undone where silence_undone.silence_id = silence.id)
order by id desc;
