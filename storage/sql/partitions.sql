-- weeks_ensure --
-- Make the missing weekly partitions of a table (nothing to do with TimescaleDB).
select ensure_weeks(%(parent)s::text, %(weeks)s::date[]);
