-- replay_run_begin --
-- Write down that something is replayed: what, as what, how fast, and by whom.
insert into replay_run (actor, source, origin, speed)
values (%(actor)s::text, %(source)s::text, %(origin)s::text, %(speed)s::text) returning id;

-- replay_run_note --
-- Write down how far a replay came.
update replay_run set published = %(published)s::bigint, fraction = %(fraction)s::float8, told_at = clock_timestamp()
where id = %(run)s::int;

-- replay_run_end --
-- Write down that a replay is over, or was stopped.
update replay_run
set published = %(published)s::bigint, finished_at = clock_timestamp(), told_at = clock_timestamp(), stopped = %(stopped)s::boolean,
    fraction = case when %(stopped)s::boolean then fraction else 1 end
where id = %(run)s::int;

-- replay_runs --
-- List replays, the newest first; one that has told nothing for a minute is not under way.
select id, started_at, finished_at, stopped, actor, source, origin, speed, published, fraction,
       finished_at is null and told_at > now() - interval '1 minute'
from replay_run
order by id desc
limit %(most)s::int;

-- replay_runs_mark --
-- Read what changes when a replay begins, goes on or ends.
select max(id), sum(published), count(finished_at) from (select * from replay_run order by id desc limit 20) as newest;
