-- Who did the upkeep, and why it failed where it did.
alter table upkeep
    add column done_by text not null default 'maintain',
    add column problem text not null default '';
