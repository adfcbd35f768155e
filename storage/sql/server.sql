-- database_exists --
-- Tell whether the server has a database.
select 1 from pg_database where datname = %(name)s::text;

-- server_version --
-- Read the version of the server.
select current_setting('server_version');
