-- What was said of the episodes of an alert is looked up by its key; also those that were withdrawn.
create index alert_of_key on alert (key, fired_at);
