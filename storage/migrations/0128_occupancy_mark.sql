-- Stays of sensors above bays of which the threshold or the time changed, so that the states there are to be derived again.
create table occupancy_mark (
    id      bigint generated always as identity primary key,
    dev_eui text        not null,
    from_at timestamptz not null,
    to_at   timestamptz not null
);
