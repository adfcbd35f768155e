-- What the network server knows.
insert into device_profile (id, tenant_id, name, uplink_interval, codec_runtime, codec_script, codec_digest, tags, synced_at)
values ('dp1', 't1', 'EM300', '15 min', 'NONE', '', 'x', '{}', '2026-05-11T12:00Z');
insert into network_device (dev_eui, tenant_id, application_id, application, name, description, profile_id, tags, synced_at)
values ('02c17a0000000101', 't1', 'ap1', 'homes', 'Bedroom', '', 'dp1', '{}', '2026-05-11T12:00Z');
