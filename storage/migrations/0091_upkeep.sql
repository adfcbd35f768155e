-- What was done to keep the database well, and how large its tables were: the same on both tiers.

-- When the upkeep was done, and what it did; a year of it.
create table upkeep (
    done_at timestamptz primary key,
    did     jsonb not null
);

-- How large each table was on a day, so that growth can be told.
create table table_size (
    day   date   not null,
    name  text collate "C" not null,
    bytes bigint not null,
    primary key (day, name)
);
