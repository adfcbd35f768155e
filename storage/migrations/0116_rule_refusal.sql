-- That a running service found wrong rule files and goes on by the last good rules; no row: it did not.
create table rule_refusal (
    is_the_one boolean primary key default true check (is_the_one),
    refused_at timestamptz not null,
    reason     text not null
);
