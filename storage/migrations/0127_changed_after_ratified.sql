-- A reading whose hour changed after somebody stood for it is provisional again, as the hour is: one that came late was seen by nobody.

create function status_of_reading(place integer, property smallint, series integer, at timestamptz)
returns text language sql stable parallel safe
return case when exists (
    select from ratification
    where place_id = place and property_id = property and from_at <= at and to_at >= at and withdrawn_at is null
      and not exists (select from rollup_1h
                      where series_id = series and interval_start = date_bin('1 hour', at, '2000-01-01Z')
                        and computed_at > recorded_at))
    then 'ratified' else 'provisional' end;

create function status_document(place integer, property smallint, series integer, at timestamptz)
returns jsonb language plpgsql stable cost 1000 as $$
begin
    return jsonb_build_object('status', status_of_reading(place, property, series, at));
end
$$;

drop function status_document(integer, smallint, timestamptz);
