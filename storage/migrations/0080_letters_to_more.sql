-- Letters of two further kinds: an alert was assigned to somebody, and a message could not be delivered: the same on both tiers.

alter table notification drop constraint notification_kind_check;
alter table notification add constraint notification_kind_check
    check (kind in ('fired', 'raised', 'resolved', 'withdrawn', 'reminder', 'escalated', 'chattering', 'assigned', 'case_deadline',
                    'undelivered'));

-- What a letter tells of is an episode, a case, or a message that could not be delivered.
alter table notification_entry add column about_id bigint references notification;
alter table notification_entry drop constraint notification_entry_check;
alter table notification_entry add constraint notification_entry_check
    check (num_nonnulls(alert_id, case_id, about_id) = 1);

create index notification_undelivered on notification (settled_at) where status = 'undelivered';
