-- The page of the audit asks who did what: by a person, from an entry on.
create index audit_of_actor on audit (actor, id);
