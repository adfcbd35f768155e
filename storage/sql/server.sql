-- database_exists --
-- Tell whether the server has a database.
select 1 from pg_database where datname = %(name)s::text;
