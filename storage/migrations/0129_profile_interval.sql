-- How often a device reports: its own tag says so, else its device profile at the network server, else its codec.
create function reporting_interval_of(eui text, tags jsonb, told interval) returns interval language sql stable
return case when tags ? 'uplink_interval' then told
            else coalesce((select uplink_interval from network_device
                           join device_profile on device_profile.id = profile_id
                           where network_device.dev_eui = eui and network_device.gone_at is null
                             and uplink_interval <= interval '7 days'), told) end;
