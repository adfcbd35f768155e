"""What is worked out of stored hours: rooms on a real database, in whatever order they come."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from alerts import figures, rules
from alerts.derived import room
from alerts.derived.room import Air, Room, State
from alerts.model import AlertRule, Level, Severity
from decoders.model import Environment
from ingest import deriving
from ingest.evaluator import Evaluator
from storage.connection import Connection
from storage.export import Interval, Selection, rows
from storage.model import UplinkRecord
from storage.places import Installation, Place, install
from tests.fixtures.readings import HOUR, ROOM, SITE, reading, store

MONDAY = datetime.fromisoformat("2026-01-12T00:00:00+00:00")
MINUTE = timedelta(minutes=1)
SECRET = b"a secret for the tests"
FIGURES = figures.load()
RULES = {rule.id: rule for rule in rules.load()}
SECOND = "02c17a0000000003"
HOME = Place("dwelling", "1 Quay Street", area="Quay", uprn="100")
BEDROOM = Place("room", "Bedroom", detail={"frsi": 0.6, "material": "very sensitive"})
STATION = Place("station", "Roof", area="Quay")


def put(
    connection: Connection,
    dev_eui: str,
    place: Place,
    within: Place | None = None,
    since: datetime = MONDAY,
) -> None:
    """Install a device."""
    with connection.transaction():
        install(connection, Installation(dev_eui, place, within, since), secret=SECRET)


def air(hours: int, *, dev_eui: str = ROOM, first: int = 0) -> list[UplinkRecord]:
    """Give hours of a damp room; each hour is a little different."""
    return [
        reading(
            MONDAY + number * HOUR + 5 * MINUTE,
            {"temperature": 17 + number % 5 / 10, "relative_humidity": 86 + number % 7},
            dev_eui=dev_eui,
        )
        for number in range(first, first + hours)
    ]


def outdoors(hours: int) -> list[UplinkRecord]:
    """Give hours of a cold week outdoors."""
    return [
        reading(MONDAY + number * HOUR + 5 * MINUTE, {"temperature": number % 9 / 2})
        for number in range(hours)
    ]


@pytest.fixture
def town(database: Connection) -> Connection:
    """Give a town with a room and a station."""
    put(database, ROOM, BEDROOM, HOME)
    put(database, SITE, STATION)
    return database


def evaluate(
    connection: Connection, at: datetime, watched: Iterable[AlertRule] = (RULES["H6"],)
) -> None:
    """Evaluate until nothing is left to do."""
    evaluator = Evaluator(connection, [*watched], wall=lambda: at)
    while evaluator.step():
        pass


def worked_out(connection: Connection, name: str) -> dict[datetime, float]:
    """Read what was worked out for the room."""
    rows = connection.execute(
        "select interval_start, mean from rollup_1h join series on series.id = series_id"
        " join observed_property on observed_property.id = property_id"
        " where valid and owner_place_id is not null and name = %s order by 1",
        [name],
    )
    return dict(rows.fetchall())


def everything(connection: Connection) -> list[tuple[object, ...]]:
    """Read all that was worked out for places."""
    return connection.execute(
        "select owner_place_id, name, interval_start, mean"
        " from rollup_1h join series on series.id = series_id"
        " join observed_property on observed_property.id = property_id"
        " where valid and owner_place_id is not null order by 1, 2, 3"
    ).fetchall()


def expected(hours: int, outside: Mapping[datetime, float]) -> dict[datetime, float]:
    """Give the mould index of the room by the pure fold alone."""
    measured = [(MONDAY + n * HOUR, 17 + n % 5 / 10, 86.0 + n % 7) for n in range(hours)]
    told = Air(
        {start: t for start, t, _ in measured},
        {start: h for start, _, h in measured},
        {},
        outside,
    )
    fold = room.run(
        Room.of(dict(BEDROOM.detail), FIGURES),
        told,
        State(),
        MONDAY,
        MONDAY + hours * HOUR,
        FIGURES,
    )
    return dict(fold.values.of("mould_index"))


def slow(hours: int) -> dict[datetime, float]:
    """Give the outdoor means of 24 hours, of at least 18."""
    means = {}
    for number in range(hours):
        last = [n % 9 / 2 for n in range(max(0, number - 23), number + 1)]
        if len(last) >= 18:
            means[MONDAY + number * HOUR] = sum(last) / len(last)
    return means


def test_room_is_worked_out_by_the_hour(town: Connection) -> None:
    """The stored surface and mould index are those of the pure fold, hour by hour."""
    store(town, [*air(60), *outdoors(60)])
    for hour in range(1, 61):
        evaluate(town, MONDAY + (hour + 0.6) * HOUR)
    found = worked_out(town, "mould_index")
    wanted = expected(60, slow(60))
    assert found.keys() == wanted.keys()
    assert found == pytest.approx(wanted)
    assert max(found.values()) > 0.1
    assert min(worked_out(town, "surface_relative_humidity")) == MONDAY + 17 * HOUR
    assert len(worked_out(town, "dew_point")) == 60


def test_late_hours_end_in_the_same(town: Connection, database: Connection) -> None:
    """Hours that come late, indoors or outdoors, leave what would have been without delay."""
    late = {3, 20, 30, 31}
    inside, outside = air(80), outdoors(80)
    store(town, [record for number, record in enumerate(inside) if number not in late])
    store(town, [record for number, record in enumerate(outside) if number % 11])
    evaluate(town, MONDAY + 81 * HOUR)
    before = everything(town)
    store(town, [inside[number] for number in late])
    evaluate(town, MONDAY + 81 * HOUR)
    store(town, [record for number, record in enumerate(outside) if not number % 11])
    evaluate(town, MONDAY + 81 * HOUR)
    found = worked_out(database, "mould_index")
    assert everything(town) != before
    assert found == pytest.approx({s: m for s, m in expected(80, slow(80)).items() if s in found})
    assert found.keys() == expected(80, slow(80)).keys()


def test_index_goes_on_when_a_device_is_replaced(town: Connection) -> None:
    """The index belongs to the room: another device takes it up where the first one left it."""
    store(town, [*air(50), *outdoors(100)])
    put(town, SECOND, BEDROOM, HOME, MONDAY + 50 * HOUR)
    second = air(50, dev_eui=SECOND, first=50)
    store(town, [replace(record, environment=Environment.INDOOR) for record in second])
    evaluate(town, MONDAY + 101 * HOUR)
    assert worked_out(town, "mould_index") == pytest.approx(expected(100, slow(100)))


def test_another_factor_works_the_room_out_again(town: Connection) -> None:
    """A room's new fRsi holds from its beginning: its surface is another in every hour."""
    store(town, [*air(40), *outdoors(40)])
    evaluate(town, MONDAY + 41 * HOUR)
    before = worked_out(town, "surface_temperature")
    put(town, ROOM, Place("room", "Bedroom", detail={"frsi": 0.9}), HOME)
    evaluate(town, MONDAY + 41 * HOUR)
    after = worked_out(town, "surface_temperature")
    assert after.keys() == before.keys()
    assert all(after[start] > before[start] for start in before)


def test_long_backlog_is_worked_out_without_a_pause(
    town: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As long as a room is behind the clock, a step says that there is more to do at once."""
    monkeypatch.setattr(deriving, "MOST_AT_ONCE", timedelta(hours=24))
    store(town, [*air(72), *outdoors(72)])
    evaluator = Evaluator(town, [RULES["H6"]], wall=lambda: MONDAY + 72.6 * HOUR)
    said = [evaluator.step() for _ in range(3)]
    assert said == [True, True, False]
    assert len(worked_out(town, "dew_point")) == 72


def test_hours_that_lose_their_outdoors_are_taken_back(town: Connection) -> None:
    """What cannot be worked out any more is not left standing."""
    store(town, [*air(40), *outdoors(40)])
    evaluate(town, MONDAY + 41 * HOUR)
    assert worked_out(town, "surface_relative_humidity")
    town.execute(
        "update installation set to_at = from_at + interval '1 hour' where dev_eui = %s", [SITE]
    )
    town.execute("insert into derivation_mark (place_id, since) select id, %s from place", [MONDAY])
    evaluate(town, MONDAY + 41 * HOUR)
    assert worked_out(town, "surface_relative_humidity") == {}
    assert worked_out(town, "mould_index") == {}
    assert len(worked_out(town, "dew_point")) == 40


def test_rule_on_the_surface_fires_for_the_room(town: Connection) -> None:
    """Water on the surface for six hours is an alert of the room, with its home and its device."""
    store(town, [*air(40), *outdoors(40)])
    evaluate(town, MONDAY + 41 * HOUR, [RULES["H6"], RULES["H5"]])
    [(rule, at, kind, device, labels)] = town.execute(
        "select rule_id, fired_at, kind, dev_eui, labels from alert"
        " join place on place.id = place_id join device on device.id = device_id"
    ).fetchall()
    assert (rule, at, kind, device) == ("H6", MONDAY + 22 * HOUR, "room", ROOM)
    assert labels["place_name"] == "Bedroom"
    assert labels["group"] == labels["dwelling"]
    assert "dev_eui" not in labels


def test_quarters_fire_before_their_hour_is_over(town: Connection) -> None:
    """A rule by the quarter fires when its quarter closed; the hourly rule waits for its hour."""
    dust = [
        reading(
            MONDAY + minute * MINUTE,
            {"pm10": 300 if 15 <= minute < 30 else 40},
            every=5 * MINUTE,
        )
        for minute in range(0, 120, 5)
    ]
    watched = [RULES["E2"], RULES["E3"]]
    store(town, [record for record in dust if record.uplink.result_time < MONDAY + HOUR / 2])  # type: ignore[operator]
    evaluate(town, MONDAY + 39 * MINUTE, watched)
    assert fired(town) == []
    evaluate(town, MONDAY + 40 * MINUTE, watched)
    assert fired(town) == [("E2", MONDAY + 15 * MINUTE, None)]
    store(town, dust)
    evaluate(town, MONDAY + 75 * MINUTE, watched)
    assert fired(town) == [("E2", MONDAY + HOUR / 4, MONDAY + HOUR)]


def test_hours_and_quarters_in_any_steps(town: Connection, database: Connection) -> None:
    """Rules by the hour and by the quarter on one series conclude what they would in one step."""
    dust = [
        reading(
            MONDAY + 5 * n * MINUTE,
            {"pm10": 400 * (n % 40 < 17)},
            every=5 * MINUTE,
        )
        for n in range(240)
    ]
    watched = [RULES["E1"], RULES["E2"], RULES["E3"], RULES["E4"]]
    store(town, dust)
    for minute in range(7, 21 * 60, 37):
        evaluate(town, MONDAY + minute * MINUTE, watched)
    by_steps = fired(town)
    town.execute("update series_schedule set again = until - interval '20 hours', due_at = until")
    evaluate(town, MONDAY + 21 * HOUR, watched)
    assert fired(town) == by_steps
    assert {rule for rule, _, _ in by_steps} == {"E1", "E2", "E3", "E4"}
    assert database.execute(
        "select count(*) from alert_transition where withdrawn_at is not null"
    ).fetchone() == (0,)


def fired(connection: Connection) -> list[tuple[str, datetime, datetime | None]]:
    """Read the episodes that stand."""
    return connection.execute(
        "select rule_id, fired_at, resolved_at from alert where status <> 'withdrawn' order by 1, 2"
    ).fetchall()


def test_moisture_load_against_the_air_outdoors(town: Connection) -> None:
    """20 degC and 60 % within, 5 degC and 90 % outdoors: 615.7 Pa over, at 0 degC three quarters.

    By hand: 1400.1 - 784.4 Pa (0.9 of 871.6); the classes' bounds have fallen to 15/20 at 5 degC,
    so the load is 615.7 / 0.75 = 820.9 Pa. Without the humidity outdoors there is none. A day of
    the same humidity would be a sensor that stands still.
    """
    hours = [MONDAY + n * HOUR + 5 * MINUTE for n in range(23)]
    within = {"temperature": 20.0, "relative_humidity": 60.0}
    store(town, [reading(at, within, dev_eui=ROOM) for at in hours])
    outside = {"temperature": 5.0, "relative_humidity": 90.0}
    store(town, [reading(at, outside if n else {"temperature": 5.0}) for n, at in enumerate(hours)])
    evaluate(town, MONDAY + 24 * HOUR)
    excess = worked_out(town, "vapour_pressure_excess")
    assert list(excess) == [MONDAY + n * HOUR for n in range(1, 23)]
    assert list(excess.values()) == pytest.approx([615.7] * 22, abs=0.05)
    load = worked_out(town, "moisture_load")
    assert list(load) == [MONDAY + n * HOUR for n in range(17, 23)]
    assert list(load.values()) == pytest.approx([820.9] * 6, abs=0.1)
    store(town, [reading(hours[0] + 10 * MINUTE, outside)])
    evaluate(town, MONDAY + 24 * HOUR)
    assert min(worked_out(town, "vapour_pressure_excess")) == MONDAY


def test_site_that_adds_dust(town: Connection) -> None:
    """With wind from the south the north gate's 300 less the south gate's 40 is the site's 260.

    A rule can go by it, it is in an export, late wind adds an hour, and another bearing takes all.
    """
    site = Place("site", "Surrey Street")
    gates = {"02c17a0000000021": ("North", 0, 300.0), "02c17a0000000022": ("South", 180, 40.0)}
    for dev_eui, (name, bearing, dust) in gates.items():
        put(town, dev_eui, Place("position", name, detail={"bearing": bearing}), site)
        told = {"pm10": dust, "pm2_5": 0.25 * dust}
        times = [MONDAY + n * HOUR + 5 * MINUTE for n in (8, 9)]
        store(town, [reading(at, told, dev_eui=dev_eui) for at in times])
    store(town, [reading(MONDAY + 8.5 * HOUR, {"wind_speed": 2.0, "wind_direction": 180.0})])
    level = Level(Severity.AMBER, 250, 200)
    added = replace(RULES["E3"], id="X1", observed_property="site_contribution_pm10")
    watched = [replace(added, levels=(level,)), RULES["E6"]]
    evaluate(town, MONDAY + 11 * HOUR, watched)
    first = {MONDAY + 8 * HOUR: 260.0}
    assert worked_out(town, "site_contribution_pm10") == first
    assert worked_out(town, "fine_particle_ratio") == {
        MONDAY + n * HOUR: pytest.approx(0.25) for n in (8, 9)
    }
    [(number,)] = town.execute("select public_id from place where kind = 'site'").fetchall()
    assert town.execute(
        "select fired_at, labels->>'place_name', labels->>'group' from alert where rule_id = 'X1'"
    ).fetchall() == [(MONDAY + 8 * HOUR, "Surrey Street", number)]
    asked = Selection(
        (number,), ("site_contribution_pm10",), MONDAY, MONDAY + 24 * HOUR, Interval.HOUR
    )
    assert [(row.place, row.start, row.value) for row in rows(town, asked)] == [
        ("Surrey Street", MONDAY + 8 * HOUR, 260.0)
    ]
    store(town, [reading(MONDAY + 9.5 * HOUR, {"wind_speed": 2.0, "wind_direction": 0.0})])
    evaluate(town, MONDAY + 11.1 * HOUR, watched)
    assert worked_out(town, "site_contribution_pm10") == {**first, MONDAY + 9 * HOUR: -260.0}
    town.execute("update place set detail = '{\"bearing\": 90}' where name = 'South'")
    evaluate(town, MONDAY + 11.2 * HOUR, watched)
    assert worked_out(town, "site_contribution_pm10") == {}


def test_band_of_an_outdoor_place(town: Connection) -> None:
    """The band of each pollutant at a station is an alert of its own, of the place."""
    gases = [
        reading(
            MONDAY + n * HOUR + 5 * MINUTE,
            {"no2": 110 + 30 * (n > 3), "pm10": 20, "so2": 110},
        )
        for n in range(24)
    ]
    store(town, gases)
    evaluate(town, MONDAY + 25 * HOUR, [RULES["E5"], RULES["E6"]])
    rows = town.execute(
        "select rule_id, coalesce(labels->>'channel', ''), fired_at, severity, place_id is not null"
        " from alert order by 1, 2"
    ).fetchall()
    assert rows == [
        ("E5", "", MONDAY, "amber", False),
        ("E6", "no2", MONDAY, "info", True),
        ("E6", "so2", MONDAY, "info", True),
    ]
