-- Readings and frames of two weeks, one of them long ago.
select ensure_weeks('observation', array['2026-05-11', '2024-02-26']::date[]);
select ensure_weeks('uplink', array['2026-05-11', '2024-02-26']::date[]);
insert into observation (series_id, phenomenon_time, result, quality)
select id, time, 20.25, 1 from series, (values ('2026-05-11T11:00Z'::timestamptz), ('2026-05-11T11:15Z'), ('2024-02-29T23:45Z')) as at (time);
insert into uplink (received_at, deduplication_id, device_id, dev_addr, f_port, f_cnt, confirmed, payload, result_time, time_source, codec,
                    codec_version, warnings, receptions, source, origin)
select time, 'd' || id, id, '00d3a1f2', 85, 7, false, '\x0367e200'::bytea, time, 'gateway', 'milesight-em300-th', '1', array['odd'],
       '[{"gateway_id": "02c17afffe00a101", "rssi": -97}]'::jsonb, 's', 'live'
from device, (values ('2026-05-11T11:00Z'::timestamptz), ('2024-02-29T23:45Z')) as at (time);
