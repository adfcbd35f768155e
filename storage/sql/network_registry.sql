-- network_codecs_changed --
-- Give the names of the profiles whose codec is another one than the one that is known.
select name
from unnest(%(ids)b::text[], %(digests)b::text[]) as given (id, digest)
join device_profile using (id)
where codec_digest <> digest
order by name;

-- network_profiles_put --
-- Take over what the network server knows of device profiles.
insert into device_profile (id, tenant_id, name, uplink_interval, codec_runtime, codec_script, codec_digest, tags, synced_at)
select given.*, %(at)b::timestamptz
from unnest(%(ids)b::text[], %(tenants)b::text[], %(names)b::text[], %(intervals)b::interval[], %(runtimes)b::text[],
            %(scripts)b::text[], %(digests)b::text[], %(tags)b::jsonb[]) as given
on conflict (id) do update
set tenant_id = excluded.tenant_id, name = excluded.name, uplink_interval = excluded.uplink_interval,
    codec_runtime = excluded.codec_runtime, codec_script = excluded.codec_script, codec_digest = excluded.codec_digest,
    tags = excluded.tags, synced_at = excluded.synced_at, gone_at = null;

-- network_devices_known --
-- Count the devices that are known already.
select count(*) from network_device where dev_eui = any (%(dev_euis)b::text[]) and gone_at is null;

-- network_devices_put --
-- Take over what the network server knows of devices.
insert into network_device (dev_eui, tenant_id, application_id, application, name, description, profile_id, tags, last_seen_at, synced_at)
select given.*, %(at)b::timestamptz
from unnest(%(dev_euis)b::text[], %(tenants)b::text[], %(application_ids)b::text[], %(applications)b::text[], %(names)b::text[],
            %(descriptions)b::text[], %(profiles)b::text[], %(tags)b::jsonb[], %(seen)b::timestamptz[]) as given
on conflict (dev_eui) do update
set tenant_id = excluded.tenant_id, application_id = excluded.application_id, application = excluded.application,
    name = excluded.name, description = excluded.description, profile_id = excluded.profile_id, tags = excluded.tags,
    last_seen_at = excluded.last_seen_at, synced_at = excluded.synced_at, gone_at = null;

-- network_devices_gone --
-- Mark devices that are not at the network server any more, of some tenants or of all.
update network_device set gone_at = %(at)s::timestamptz
where gone_at is null and synced_at < %(at)s::timestamptz
  and (%(tenants)s::text[] is null or tenant_id = any (%(tenants)s::text[]));

-- network_profiles_gone --
-- Mark device profiles that are not at the network server any more, of some tenants or of all.
update device_profile set gone_at = %(at)s::timestamptz
where gone_at is null and synced_at < %(at)s::timestamptz
  and (%(tenants)s::text[] is null or tenant_id = any (%(tenants)s::text[]));

-- network_devices_lock --
-- Lock the devices that are called otherwise, or expected at another pace, than at the network server, in the order in which all writers do.
select device.id
from device
join network_device using (dev_eui)
join device_profile on device_profile.id = profile_id
where network_device.gone_at is null
  and (device.name, device.profile, device.application, device.tags, device.reporting_interval)
      is distinct from (network_device.name, device_profile.name, application_id, network_device.tags,
                        reporting_interval_of(device.dev_eui, network_device.tags, device.reporting_interval))
order by device.id
for update of device;

-- network_devices_describe --
-- Call devices as the network server does, and expect them as often.
update device
set name = network_device.name, profile = device_profile.name, application = application_id, tags = network_device.tags,
    reporting_interval = reporting_interval_of(device.dev_eui, network_device.tags, device.reporting_interval)
from network_device
join device_profile on device_profile.id = profile_id
where network_device.dev_eui = device.dev_eui and network_device.gone_at is null
  and (device.name, device.profile, device.application, device.tags, device.reporting_interval)
      is distinct from (network_device.name, device_profile.name, application_id, network_device.tags,
                        reporting_interval_of(device.dev_eui, network_device.tags, device.reporting_interval));

-- network_scripts --
-- Give the JavaScript codecs of the device profiles with a name or an id, the same text once.
select distinct on (codec_digest) id, name, codec_script
from device_profile
where (name = %(name)s::text or id = %(name)s::text) and codec_script <> '' and gone_at is null
order by codec_digest, id;
