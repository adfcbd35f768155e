-- What the network server knows of device profiles and devices, as it was read last. What is not there any more is
-- marked, never deleted. Where a device is installed is told by `installation`, and nothing here touches that.

create table device_profile (
    id              text collate "C" primary key,
    tenant_id       text        not null,
    name            text        not null,
    uplink_interval interval check (uplink_interval > interval '0'),
    codec_runtime   text        not null,
    codec_script    text        not null,
    codec_digest    text        not null,
    tags            jsonb       not null,
    synced_at       timestamptz not null,
    gone_at         timestamptz
);

create table network_device (
    dev_eui        text collate "C" primary key check (dev_eui ~ '^[0-9a-f]{16}$'),
    tenant_id      text        not null,
    application_id text        not null,
    application    text        not null,
    name           text        not null,
    description    text        not null,
    profile_id     text collate "C" not null references device_profile,
    tags           jsonb       not null,
    last_seen_at   timestamptz,
    synced_at      timestamptz not null,
    gone_at        timestamptz
);
