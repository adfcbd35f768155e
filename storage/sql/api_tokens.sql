-- api_token_add --
-- Record a token by its digest.
insert into api_token (digest, name, owner, roles, patches, created_at, expires_at)
values (%(digest)s::bytea, %(name)s::text, %(owner)s::text, %(roles)s::text[], %(patches)s::text[], %(at)s::timestamptz,
        %(expires_at)s::timestamptz)
returning id;

-- api_token_find --
-- Find a token that holds now, and note that it was used, to the minute.
update api_token
set last_used_at = case when last_used_at > %(at)s::timestamptz - interval '1 minute' then last_used_at
                        else %(at)s::timestamptz end
where digest = %(digest)s::bytea and revoked_at is null and expires_at > %(at)s::timestamptz
returning id, name, owner, roles, patches, created_at, expires_at, revoked_at, last_used_at;

-- api_tokens --
-- List tokens, the newest first: of one person, or of all.
select id, name, owner, roles, patches, created_at, expires_at, revoked_at, last_used_at
from api_token
where %(owner)s::text = '' or owner = %(owner)s::text
order by id desc
limit 1000;

-- api_token_revoke --
-- End a token: one of a person, or anybody's.
update api_token set revoked_at = %(at)s::timestamptz
where id = %(id)s::int and revoked_at is null and (%(owner)s::text = '' or owner = %(owner)s::text)
returning id;
