-- Means that changed after they had been published are marked and listed, and local days have means of their own.

-- The day of Europe/London that a moment falls on, and the moment that a day begins at: days of 23, 24 and 25 hours.
create function london_day(moment timestamptz) returns date language sql immutable parallel safe
return (moment at time zone 'Europe/London')::date;

create function london_day_begins(day date) returns timestamptz language sql immutable parallel safe
return day::timestamp at time zone 'Europe/London';

-- Null: it is what it was when it was published.
alter table rollup_1h add column revised_at timestamptz;

-- Means of local days over their valid hours, each worked out when its day is over.
create table rollup_1d (
    series_id   integer  not null,
    day         date     not null,
    count       smallint not null,
    expected    smallint not null,
    mean        double precision,
    minimum     double precision,
    maximum     double precision,
    valid       boolean     not null,
    computed_at timestamptz not null,
    revised_at  timestamptz,
    primary key (series_id, day)
);

-- Days with an hour that changed. A set, unlike the logs of marks: the one who evaluates alone writes and takes it.
create table dirty_day (
    day       date    not null,
    series_id integer not null,
    primary key (day, series_id)
);

-- Every published figure that changed, with what it was: history, in the order in which it was made.
create table revision (
    id             bigint generated always as identity primary key,
    revised_at     timestamptz not null,
    length         text        not null check (length in ('1h', '1d')),
    series_id      integer     not null,
    interval_start timestamptz not null,
    count_before   integer     not null,
    mean_before    double precision,
    valid_before   boolean     not null,
    count_after    integer     not null,
    mean_after     double precision,
    valid_after    boolean     not null
);

create index revision_by_time on revision (revised_at, id);
create index revision_of_series on revision (series_id, interval_start);

-- The days of what is stored already.
insert into dirty_day (day, series_id)
select distinct london_day(interval_start), series_id from rollup_1h;
