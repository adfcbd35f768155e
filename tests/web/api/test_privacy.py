"""Attacks on the promise of the open API: a dwelling never appears, nor can it be worked out."""

import itertools
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import psycopg
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from psycopg import sql
from starlette.testclient import TestClient

from storage.connection import Connection, connect
from storage.open_catalogue import OPEN_PROPERTIES
from storage.places import Installation, Place, install
from storage.rollups import recompute
from tests.fixtures.open_data import (
    ACACIA_12,
    ACACIA_14,
    DAY,
    EAST,
    EUI,
    EVERY,
    KEY,
    KITCHEN,
    MARKET,
    MILL,
    MOVED,
    READINGS,
    SECRET,
    Borough,
    place_id,
    uplink,
)
from tests.fixtures.readings import reading, store
from tests.web.api.asking import ask, refusal, values
from tests.web.api.everything import PERIOD, everything

HOUR = timedelta(hours=1)
CLOSED = ("Bedroom", "Kitchen", "12 Acacia Road", "14 Acacia Road", "Bay 5")


def test_nothing_of_a_home_is_in_any_answer(
    public: TestClient, open_dsn: str, open_ids: Mapping[str, str]
) -> None:
    """No answer holds a home's name, number, pseudonym, device or reading, in any format."""
    with connect(open_dsn) as database:
        told = database.execute("select uprn, pseudonym from housing.dwelling").fetchall()
    words = [*CLOSED, *(open_ids[name] for name in CLOSED), *(w for row in told for w in row)]
    words += [
        str(SECRET),
        "02c17a",
        "co2",
        "patch of Hanna",
        "private",
        "permit",
        "Quay works contact",
    ]
    for address, text in everything(public).items():
        for word in words:
            assert word not in text, (address, word)


def test_what_happens_in_homes_changes_no_answer(open_borough: Borough) -> None:
    """Whatever is read in homes, in a resident's bay and nowhere, every answer stays the same."""
    before = everything(open_borough.public)
    database = open_borough.database
    moved_in = Installation(EUI(88), Place("room", "Attic"), ACACIA_14, DAY)
    with database.transaction():
        install(database, moved_in, secret=KEY)
        install(database, replace(moved_in, dev_eui=EUI(87), place=KITCHEN), secret=KEY)
    values_of = dict.fromkeys(OPEN_PROPERTIES, 3.5)
    times = [DAY + timedelta(hours=7, minutes=minute) for minute in (1, 17, 44)]
    inside = [
        reading(at, values_of, dev_eui=EUI(number), every=EVERY)
        for number in (3, 15, 21, 87, 88, 99)
        for at in times
    ]
    earlier = [DAY + timedelta(hours=6, minutes=minute) for minute in (1, 17, 29)]
    inside += [reading(at, values_of, dev_eui=EUI(2), every=EVERY) for at in earlier]
    store(database, inside)
    while recompute(database, 1000).marks:
        pass
    after = everything(open_borough.public)
    assert after.keys() == before.keys()
    for address, text in after.items():
        assert text == before[address], address


def test_device_that_moves_leaves_its_street_behind(public: TestClient) -> None:
    """A device that goes into a home is open up to then, one that comes out from then on."""
    for place, times in (
        ("West fence", [DAY + number * EVERY for number in range(13)]),
        ("South gate", [MOVED + number * EVERY for number in range(READINGS - 13)]),
    ):
        condition = (
            f"Datastream/Thing/name eq '{place}' and Datastream/ObservedProperty/id eq 'pm10'"
        )
        found = values(public, "/Observations", filter=condition, select="phenomenonTime")
        told = [datetime.fromisoformat(entity["phenomenonTime"]) for entity in found]
        assert told == times


def test_hour_of_the_move_is_nobodys(public: TestClient) -> None:
    """The mean of an hour that a device spent partly in a home is not given away."""
    rows = public.get(f"/api/v1/hourly?{PERIOD}&property=pm10").json()["hourly"]
    starts: dict[str, list[datetime]] = {}
    for row in rows:
        starts.setdefault(row["place"], []).append(datetime.fromisoformat(row["start"]))
    assert starts["West fence"] == [DAY + number * HOUR for number in range(6)]
    assert starts["South gate"] == [DAY + number * HOUR for number in range(7, 12)]


@pytest.mark.parametrize("name", CLOSED)
def test_identifier_of_a_closed_place_opens_nothing(
    public: TestClient, open_ids: Mapping[str, str], name: str
) -> None:
    """Who knows the identifier of a home is answered as if there were none."""
    key = open_ids[name]
    for address in (
        *(f"/{entity}('{key}')" for entity in ("Things", "Locations", "FeaturesOfInterest")),
        *(f"/Things('{key}')/Datastreams", f"/FeaturesOfInterest('{key}')/Observations"),
        *(f"/Datastreams('{key}-{name}')/Observations" for name in ("pm10", "parking_occupied")),
    ):
        assert refusal(public, address)[0] == 404
    assert public.get(f"/api/v1/places/{key}").status_code == 404
    for table in ("latest", "readings", "hourly"):
        period = f"&{PERIOD}" if table != "latest" else ""
        assert public.get(f"/api/v1/{table}?place={key}{period}").json()[table] == []


def test_identifiers_of_readings_cannot_be_guessed(public: TestClient, open_dsn: str) -> None:
    """Each reading that is not open is a 404 by its identifier, though its series may be open."""
    query = (
        "select series_id || '-' || (extract(epoch from phenomenon_time) * 1000000)::bigint"
        " from observation except "
        "select series_id || '-' || (extract(epoch from phenomenon_time) * 1000000)::bigint"
        " from open_observation"
    )
    with connect(open_dsn) as database:
        closed = [key for (key,) in database.execute(query).fetchall()]
    assert len(closed) > 300
    for key in closed[:: len(closed) // 40]:
        assert refusal(public, f"/Observations('{key}')")[0] == 404


@pytest.mark.parametrize(
    ("address", "condition"),
    [
        ("/Things", "substringof('Acacia', name) or properties/kind eq 'room'"),
        ("/Things", "substringof('Acacia', properties/within/name)"),
        ("/Datastreams", "Thing/name eq 'Bedroom' or ObservedProperty/id eq 'co2'"),
        ("/Observations", f"result eq {SECRET}"),
        ("/Observations", "Datastream/Thing/name eq 'Kitchen'"),
        ("/Observations", f"FeatureOfInterest/Observations/result eq {SECRET}"),
        ("/Sensors", f"Datastreams/Observations/result eq {SECRET}"),
        ("/ObservedProperties", "id eq 'co2' or id eq 'battery_voltage'"),
        ("/Locations", "geo.distance(location, geography'POINT(0 0)') lt 0"),
    ],
)
def test_filters_reach_no_home(public: TestClient, address: str, condition: str) -> None:
    """No filter, over however many relations, finds or counts what is not open."""
    assert ask(public, address, filter=condition, count="true") == {"@iot.count": 0, "value": []}


def _bay_of(database: Connection, name: str, kind: str) -> None:
    query = "update place set detail = jsonb_set(detail, '{bay_type}', to_jsonb(%s::text))"
    database.execute(query + " where name = %s", [kind, name])


@pytest.mark.parametrize(
    "kind",
    ["Permit", "disabled-personal", "disabled", "something new"],
)
def test_bay_that_becomes_a_residents_is_closed_whole(open_borough: Borough, kind: str) -> None:
    """A bay tied to somebody, or of a type that nobody knows, is not open, for no time."""
    known = place_id(open_borough.database, "Bay 1")
    assert values(open_borough.public, "/Things", filter="name eq 'Bay 1'")
    _bay_of(open_borough.database, "Bay 1", kind)
    for text in everything(open_borough.public).values():
        assert known not in text
        assert "Bay 1" not in text


def test_bay_that_is_given_up_stays_closed_for_its_past(open_borough: Borough) -> None:
    """When a resident's bay becomes everybody's, what was read before is still not open."""
    _bay_of(open_borough.database, "Bay 5", "standard")
    assert values(open_borough.public, "/Things", filter="name eq 'Bay 5'")
    condition = "Datastream/Thing/name eq 'Bay 5'"
    assert values(open_borough.public, "/Observations", filter=condition) == []
    [(opened,)] = open_borough.database.execute(
        "select open_from from place where name = 'Bay 5'"
    ).fetchall()
    later = reading(opened + HOUR, {"parking_occupied": 1.0}, dev_eui=EUI(15), every=EVERY)
    store(open_borough.database, [later])
    assert len(values(open_borough.public, "/Observations", filter=condition)) == 1
    _bay_of(open_borough.database, "Bay 5", "permit")
    assert values(open_borough.public, "/Observations", filter=condition) == []


def test_home_cannot_be_made_a_street(open_borough: Borough) -> None:
    """The kind of a place stays, and a position in a home's garden is no position at a site."""
    database = open_borough.database
    with pytest.raises(psycopg.Error, match="the kind of a place stays"):
        database.execute("update place set kind = 'position' where kind = 'room'")
    database.execute(
        "insert into place (public_id, kind, parent_id, name)"
        " select 'garden', 'position', id, 'Garden' from place where name = '12 Acacia Road'"
    )
    for kind in ("bay", "position", "room"):
        database.execute(
            "insert into place (public_id, kind, parent_id, name) select 'x' || %s, %s, id, 'Nook'"
            " from place where name = 'Bedroom' limit 1",
            [kind, kind],
        )
    database.execute(
        "update installation set place_id = (select id from place where public_id = 'garden')"
        " where dev_eui = %s",
        [EUI(21)],
    )
    for text in everything(open_borough.public).values():
        assert "Garden" not in text
        assert "Nook" not in text


def test_figures_of_a_zone_are_its_open_bays(public: TestClient) -> None:
    """A zone's figures count open bays alone, and are not given for fewer than three."""
    zones = {zone["name"]: zone for zone in public.get("/api/v1/parking").json()["zones"]}
    market = zones["Market"]
    assert [bay["name"] for bay in market["bays"]] == ["Bay 1", "Bay 2", "Bay 3", "Bay 4"]
    assert (market["bays_in_service"], market["free"], market["occupied"]) == (4, 2, 2)
    figures = ("bays_in_service", "free", "occupied", "unknown", "occupancy_percent")
    assert {zones["Yard"][name] for name in figures} == {None}
    spots = public.get("/api/v1/smart-data-models/OnStreetParking").json()["@graph"]
    assert {s["name"]: s.get("totalSpotNumber") for s in spots} == {"Market": 4, "Yard": None}


@pytest.mark.parametrize(
    ("zone", "detail", "is_open"),
    [
        ("Market", "{}", False),
        ("Yard", "{}", False),
        ("Lot", '{"capacity": 300}', True),
        ("Lot", '{"capacity": 2}', False),
        ("Lot", '{"capacity": "many"}', False),
    ],
)
def test_counter_of_a_zone(open_borough: Borough, zone: str, detail: str, is_open: bool) -> None:  # noqa: FBT001
    """A counter is open when its zone has no closed bay, and is large enough."""
    database = open_borough.database
    counter = Installation(EUI(77), Place("zone", zone, area="Town"), None, DAY)
    with database.transaction():
        install(database, counter, secret=KEY)
    database.execute("update place set detail = %s where name = %s", [detail, zone])
    store(database, [reading(DAY + HOUR, {"occupancy_rate": 55.5}, dev_eui=EUI(77))])
    found = values(open_borough.public, "/Observations", filter="result eq 55.5")
    assert bool(found) is is_open


def test_zone_that_had_a_residents_bay(open_borough: Borough) -> None:
    """A counter stays closed when one of its zone's bays was a resident's."""
    _bay_of(open_borough.database, "Bay 5", "standard")
    test_counter_of_a_zone(open_borough, "Market", "{}", is_open=False)


def test_view_and_dictionary_know_the_same(open_dsn: str) -> None:
    """Every property that the database opens is in the data dictionary, and the other way round."""
    with connect(open_dsn) as database:
        [(view,)] = database.execute("select pg_get_viewdef('open_series')").fetchall()
        known = [name for (name,) in database.execute("select name from observed_property")]
    assert {name for name in known if f"'{name}'" in view} == OPEN_PROPERTIES.keys()
    with connect(open_dsn) as database:
        [(view,)] = database.execute("select pg_get_viewdef('open_hour')").fetchall()
    hourly = {name for name in OPEN_PROPERTIES if f"'{name}'" not in view}
    assert hourly == {name for name, entry in OPEN_PROPERTIES.items() if entry.hourly}


_numbers = itertools.count(40_000)
_PLACES: tuple[tuple[Place, Place | None] | None, ...] = (
    (EAST, MILL),
    (KITCHEN, ACACIA_12),
    (Place("bay", "Bay 1"), MARKET),
    None,
)
_STAYS = st.lists(
    st.tuples(st.sampled_from(range(len(_PLACES))), st.integers(1, 16)), min_size=1, max_size=6
)
"""Where a device is for how many half hours: at a site, in a home, in a bay, nowhere"""


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(_STAYS)
def test_only_what_was_read_in_the_street(
    open_borough: Borough, stays: list[tuple[int, int]]
) -> None:
    """However a device moves, exactly its readings and whole hours at open places are open."""
    database, eui = open_borough.database, EUI(next(_numbers))
    opened: set[datetime] = set()
    at, all_times = DAY, [DAY + number * EVERY for number in range(READINGS * 4)]
    for where, length in stays:
        place, until = _PLACES[where], at + length * EVERY
        if place is not None:
            stay = Installation(eui, *place, at, until)
            install(database, stay, secret=KEY)
        if where == 0:
            opened |= {time for time in all_times if at <= time < until}
        at = until
    store(database, [reading(t, {"pm10": 12.5}, dev_eui=eui, every=EVERY) for t in all_times])
    while recompute(database, 1000).marks:
        pass
    event(f"open for {'nothing' if not opened else 'a part'}, of {len(stays)} stays")
    hours = {t for t in opened if t.minute == 0 and t + EVERY in opened and _whole_stay(stays, t)}
    assert _times(database, "open_observation", "phenomenon_time", eui) == opened
    assert _times(database, "open_hour", "interval_start", eui) == hours


def _times(database: Connection, view: str, column: str, eui: str) -> set[datetime]:
    query = sql.SQL(
        "select {} from {} join series on series.id = series_id"
        " join device on device.id = device_id where dev_eui = %s"
    ).format(sql.Identifier(column), sql.Identifier(view))
    return {time for (time,) in database.execute(query, [eui])}


def _whole_stay(stays: list[tuple[int, int]], hour: datetime) -> bool:
    """Say whether an hour lies in one stay: two at the same place share no hour."""
    at = DAY
    for _, length in stays:
        if at <= hour and hour + HOUR <= at + length * EVERY:
            return True
        at += length * EVERY
    return False


def test_uplinks_of_the_fixture_hold_secrets() -> None:
    """The attacks above have something to find: rooms report, and report the secret."""
    assert {value.result for value in uplink(21, 5).observations} == {SECRET}
    assert {value.result for value in uplink(2, 5).observations} == {SECRET}
    assert {value.result for value in uplink(3, 20).observations} == {SECRET}
