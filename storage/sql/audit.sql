-- audit_add --
-- Record who did what to what.
insert into audit (at, actor, action, subject, detail)
values (%(at)s::timestamptz, %(actor)s::text, %(action)s::text, %(subject)s::text, %(detail)s::jsonb);

-- audit_read --
-- List what was done to or read of something, the newest first.
select at, actor, action, subject, detail::text
from audit
where subject = %(subject)s::text
order by id desc
limit %(limit)s::int;

-- audit_homes_read --
-- Record that somebody read of the homes among some places, each home once.
insert into audit (at, actor, action, subject, detail)
select distinct %(at)s::timestamptz, %(actor)s::text, %(action)s::text, coalesce(home.public_id, place.public_id),
       %(detail)s::jsonb
from place
left join place as home on home.id = place.parent_id
where place.public_id = any (%(places)s::text[]) and place.kind in ('room', 'dwelling');

-- audit_home_of_device_read --
-- Record that somebody read of the homes that a device was at: ever, or at a time.
insert into audit (at, actor, action, subject, detail)
select distinct %(at)s::timestamptz, %(actor)s::text, %(action)s::text, coalesce(home.public_id, place.public_id),
       %(detail)s::jsonb
from installation
join place on place.id = installation.place_id and place.kind in ('room', 'dwelling')
left join place as home on home.id = place.parent_id
where installation.dev_eui = %(dev_eui)s::text
  and (%(time)s::timestamptz is null
       or (%(time)s::timestamptz >= installation.from_at and %(time)s::timestamptz < coalesce(installation.to_at, 'infinity')));

-- audit_lines --
-- List who did what to what, or read it, the newest first, with the names of homes.
select audit.id, at, actor, action, subject, audit.detail::text, coalesce(place.name, '')
from audit
left join place on place.public_id = audit.subject
where (%(before)s::bigint is null or audit.id < %(before)s::bigint)
  and (%(actor)s::text = '' or actor = %(actor)s::text)
  and (%(subject)s::text = '' or subject = %(subject)s::text)
  and (%(reads)s::bool is null or starts_with(action, 'dwelling ') = %(reads)s::bool)
  and (%(since)s::timestamptz is null or at >= %(since)s::timestamptz)
  and (%(until)s::timestamptz is null or at < %(until)s::timestamptz)
order by audit.id desc
limit %(limit)s::int;
