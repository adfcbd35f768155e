-- lease_take --
-- Become the one who holds a name for as long as this session lasts, unless somebody is.
select pg_try_advisory_lock(hashtextextended('boroughsense.lease.' || %(name)s::text, 0));

-- lease_prepare --
-- Have the server notice within half a minute that the machine of this session is gone.
select set_config('tcp_keepalives_idle', '10', false), set_config('tcp_keepalives_interval', '5', false),
       set_config('tcp_keepalives_count', '3', false);

-- lease_check --
-- Ask the server for a sign of life.
select true;
