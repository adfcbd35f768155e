-- past_uplinks_read --
-- Read uplinks with their devices, in the order of their own times, of a stretch of these times.
select deduplication_id, device.dev_eui, device.name as device_name, device.profile as device_profile,
       device.application, device.tags::text as tags, dev_addr, f_port, f_cnt, confirmed, payload,
       coalesce(result_time, uplink.received_at) as time, time_source, warnings, receptions::text as receptions,
       decoded::text as decoded
from uplink
join device on device.id = device_id
where (%(since)s::timestamptz is null or coalesce(result_time, uplink.received_at) >= %(since)s::timestamptz)
  and (%(until)s::timestamptz is null or coalesce(result_time, uplink.received_at) < %(until)s::timestamptz)
order by time, f_cnt, deduplication_id;
