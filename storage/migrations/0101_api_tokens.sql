-- Tokens for programs that read the pages' tables. The token itself is shown once and stored nowhere: this is its SHA-256.
create table api_token (
    id           integer generated always as identity primary key,
    digest       bytea       not null unique check (length(digest) = 32),
    name         text        not null check (name <> ''),
    owner        text        not null check (owner <> ''),
    roles        text[]      not null check (cardinality(roles) > 0),
    -- The housing patches that it reads; null: all.
    patches      text[],
    created_at   timestamptz not null,
    expires_at   timestamptz not null,
    revoked_at   timestamptz,
    last_used_at timestamptz,
    check (expires_at > created_at and expires_at <= created_at + interval '366 days'),
    check (patches is null or cardinality(patches) = 0 or 'housing' = any (roles))
);
