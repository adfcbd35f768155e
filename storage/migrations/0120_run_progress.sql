-- How many uplinks a run of redecoding has before it, counted when it begins: the page of runs tells the fraction that is done.

alter table redecode_run add column expected bigint;
