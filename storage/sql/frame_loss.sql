-- frame_loss --
-- Count the frames of each device session that came between two times, and those its counter skips.
select device.dev_eui, device.name, dev_addr, min(received_at), max(received_at),
       count(distinct f_cnt), max(f_cnt) - min(f_cnt) + 1 - count(distinct f_cnt)
from uplink
join device on device.id = device_id
where received_at >= %(since)s::timestamptz and received_at < %(until)s::timestamptz
group by device.dev_eui, device.name, dev_addr
order by 7 desc, device.dev_eui, dev_addr
limit %(most)s::int;
