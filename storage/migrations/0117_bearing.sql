-- Another bearing of a position makes another contribution of its site; another temperature factor or material another room.
create or replace function place_marks_itself() returns trigger language plpgsql as $$
begin
    if (new.detail -> 'frsi', new.detail -> 'material', new.detail -> 'room_kind', new.detail -> 'bearing')
       is distinct from (old.detail -> 'frsi', old.detail -> 'material', old.detail -> 'room_kind', old.detail -> 'bearing') then
        insert into derivation_mark (place_id, since)
        select new.id, min(from_at) from installation where place_id = new.id having min(from_at) is not null;
    end if;
    return null;
end
$$;
