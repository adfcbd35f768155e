-- Who stands for which readings is history: another ratification is added, and a wrong one is withdrawn. A mean that changed
-- after it was ratified is provisional again, until somebody stands for what it is now.

alter table ratification
    add column note text not null default '',
    add column withdrawn_at timestamptz,
    add column withdrawn_by text check (withdrawn_by <> ''),
    add check ((withdrawn_at is null) = (withdrawn_by is null));

create function ratification_stays() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and old.withdrawn_at is null
       and to_jsonb(old) - 'withdrawn_at' - 'withdrawn_by' = to_jsonb(new) - 'withdrawn_at' - 'withdrawn_by' then
        return new;
    end if;
    raise exception 'a ratification is history: add another one, or withdraw it';
end
$$;

create trigger ratification_stays before update or delete on ratification
    for each row execute function ratification_stays();

create or replace function status_of(place integer, property smallint, starts timestamptz, ends timestamptz)
returns text language sql stable parallel safe
return case when exists (select from ratification
                         where place_id = place and property_id = property and from_at <= starts and to_at >= ends
                           and withdrawn_at is null)
            then 'ratified' else 'provisional' end;

create function status_of_mean(place integer, property smallint, starts timestamptz, ends timestamptz, computed timestamptz)
returns text language sql stable parallel safe
return case when exists (select from ratification
                         where place_id = place and property_id = property and from_at <= starts and to_at >= ends
                           and withdrawn_at is null and recorded_at >= computed)
            then 'ratified' else 'provisional' end;

create or replace view open_hour as
select open.*, hour.interval_start, hour.count, hour.expected, hour.mean, hour.minimum, hour.maximum, hour.valid, hour.computed_at
from open_series as open
join rollup_1h as hour on hour.series_id = open.series_id
                      and hour.interval_start >= open.from_at and hour.interval_start + interval '1 hour' <= open.to_at
where open.property not in ('parking_occupied', 'wind_direction', 'sound_level', 'sound_level_average', 'sound_level_maximum',
                            'sound_level_peak');
