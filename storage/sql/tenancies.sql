-- tenancy_find --
-- Find a dwelling by its property number, and its tenancy that begins on a day.
select dwelling.place_id, tenancy.id, tenancy.ends
from housing.dwelling
left join housing.tenancy on tenancy.place_id = dwelling.place_id and tenancy.starts = %(starts)s::date
where uprn = %(uprn)s::text;

-- tenancy_add --
-- Record a tenancy.
insert into housing.tenancy (place_id, starts, ends) values (%(place)s::int, %(starts)s::date, %(ends)s::date);

-- tenancy_change --
-- Record when a tenancy ends.
update housing.tenancy set ends = %(ends)s::date where id = %(id)s::int;

-- tenancies_list --
-- List tenancies by home, the latest first.
select tenancy.id, place.public_id, place.name, place.area, starts, ends
from housing.tenancy
join place on place.id = tenancy.place_id
where %(home)s::text = '' or place.public_id = %(home)s::text
order by place.area, place.name, place.public_id, starts desc;

-- tenancy_read --
-- Read one tenancy with its home, from the first day's beginning to the last day's end.
select place.id, place.public_id, place.name, uprn, starts, ends, london_day_begins(starts),
       coalesce(london_day_begins(ends + 1), '2102-01-01Z')
from housing.tenancy
join place on place.id = tenancy.place_id
join housing.dwelling on dwelling.place_id = place.id
where tenancy.id = %(id)s::int;
