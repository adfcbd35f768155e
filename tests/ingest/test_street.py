"""Rules on bays, zones and car parks, on a real database."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from alerts import rules, telling_policy
from decoders.model import Environment
from ingest.evaluator import Evaluator
from storage import conclusions, overview
from storage.alarm_report import alarm_report
from storage.connection import Connection
from storage.model import UplinkRecord
from storage.places import Installation, Place, install
from tests.fixtures.readings import HOUR, reading, store

MONDAY = datetime.fromisoformat("2026-03-02T00:00:00+00:00")
MINUTE = timedelta(minutes=1)
ZONE = Place("zone", "High Street")
RULES = {rule.id: rule for rule in rules.load()}
BAYS = [f"02c17a00000001{number:02x}" for number in range(4)]


@pytest.fixture
def street(database: Connection) -> Connection:
    """Give a street of four bays, the first with a limit of an hour."""
    for number, dev_eui in enumerate(BAYS):
        detail = {"limit_minutes": 60} if number == 0 else {}
        bay = Place("bay", f"bay {number}", detail=detail)
        put(database, dev_eui, bay, ZONE)
    return database


def put(connection: Connection, dev_eui: str, place: Place, within: Place | None = None) -> None:
    """Install a device."""
    with connection.transaction():
        told = Installation(dev_eui, place, within, MONDAY)
        install(connection, told, secret=b"a secret")


def said(number: int, *events: tuple[float, bool]) -> list[UplinkRecord]:
    """Give what a bay's sensor said, at minutes of the day."""
    return [
        replace(
            reading(
                MONDAY + minute * MINUTE,
                {"parking_occupied": float(taken)},
                dev_eui=BAYS[number],
                every=HOUR,
            ),
            environment=Environment.OUTDOOR,
        )
        for minute, taken in events
    ]


def evaluate(connection: Connection, at: datetime, *ids: str) -> None:
    """Evaluate some shipped rules until nothing is left to do."""
    evaluator = Evaluator(connection, [RULES[name] for name in ids], wall=lambda: at)
    while evaluator.step():
        pass


def fired(connection: Connection) -> list[tuple[str, str, datetime, datetime | None]]:
    """Read the episodes that stand: the rule, the place, from when to when."""
    return connection.execute(
        "select rule_id, labels->>'place_name', fired_at, resolved_at from alert"
        " where status <> 'withdrawn' order by 1, 2, 3"
    ).fetchall()


def hourly(taken: bool, hours: Iterable[int]) -> list[tuple[float, bool]]:  # noqa: FBT001 - a state
    """Give heartbeats."""
    return [(60.0 * hour, taken) for hour in hours]


def test_overstay_is_told_minutes_after_it(street: Connection) -> None:
    """A stay of over 70 minutes in a bay for 60 is an alert until the car has left."""
    store(street, said(0, (0, False), (47, True), (107, True)))
    evaluate(street, MONDAY + 121 * MINUTE, "P1")
    assert fired(street) == []
    evaluate(street, MONDAY + 122 * MINUTE, "P1")
    assert fired(street) == [("P1", "bay 0", MONDAY + 115 * MINUTE, None)]
    store(street, said(0, (124, False)))
    evaluate(street, MONDAY + 133 * MINUTE, "P1")
    assert fired(street) == [("P1", "bay 0", MONDAY + 115 * MINUTE, MONDAY + 125 * MINUTE)]


def test_overstay_begins_with_the_hours_of_the_limit(street: Connection) -> None:
    """Parked at 00:47, with a limit of an hour from 03:00 on: over it after 04:10."""
    street.execute(
        'update place set detail = detail || \'{"limit_hours": "Mon-Sat 03:00-05:30"}\''
        " where name = 'bay 0'"
    )
    store(street, said(0, (0, False), *((47.0 + 60 * hour, True) for hour in range(6))))
    evaluate(street, MONDAY + 4.2 * HOUR, "P1")
    assert fired(street) == []
    evaluate(street, MONDAY + 6 * HOUR, "P1")
    began, over_at = MONDAY + 4 * HOUR + 10 * MINUTE, MONDAY + 5.5 * HOUR
    assert fired(street) == [("P1", "bay 0", began, over_at)]


def test_late_event_takes_an_overstay_back(street: Connection) -> None:
    """When it comes out that the car had left in between, there was none."""
    store(street, said(0, (0, False), (47, True), (107, True)))
    evaluate(street, MONDAY + 122 * MINUTE, "P1")
    store(street, said(0, (80, False), (90, True)))
    evaluate(street, MONDAY + 124 * MINUTE, "P1")
    assert fired(street) == []


def test_full_zone_is_an_alert_without_a_device(street: Connection) -> None:
    """A zone is full after ten minutes, whatever bay filled last; it has a place and no device."""
    for number in range(4):
        store(street, said(number, (0, False), (20 + number, True), (60, True)))
    evaluate(street, MONDAY + 37 * MINUTE, "P2")
    assert fired(street) == [("P2", "High Street", MONDAY + 30 * MINUTE, None)]
    assert street.execute("select device_id from alert").fetchall() == [(None,)]
    store(street, said(2, (41, False)))
    evaluate(street, MONDAY + 70 * MINUTE, "P2")
    assert fired(street) == [("P2", "High Street", MONDAY + 30 * MINUTE, MONDAY + 50 * MINUTE)]


def test_alert_without_a_device_is_in_every_list(street: Connection) -> None:
    """A zone that is full from 00:30 on stands in what was concluded, and in the alarm report."""
    for number in range(4):
        beats = [(60.0 * hour, True) for hour in range(1, 30)]
        store(street, said(number, (0, False), (20 + number, True), *beats))
    evaluate(street, MONDAY + 29 * HOUR, "P2")
    began = MONDAY + 30 * MINUTE
    [(zone, alert)] = street.execute(
        "select public_id, alert.id from alert join place on place.id = place_id"
    ).fetchall()
    found = conclusions.episodes(street, ["P2"])
    assert [(e.rule_id, e.dev_eui, e.name, e.fired_at) for e in found] == [
        ("P2", "", "zone_occupancy", began)
    ]
    assert overview.episodes(street) == {("P2", zone, "2026-03-02T00:30:00+00:00")}
    report = alarm_report(street, MONDAY, MONDAY + 29 * HOUR, telling_policy.load())
    assert [(each.alert, each.fired_at) for each in report.standing] == [(alert, began)]


def test_zone_that_comes_and_goes_is_in_the_report(street: Connection) -> None:
    """Six times full and six times not is more than five pairs; the seventh is held."""
    full = [(60.0 * hour, True) for hour in range(0, 14, 2)]
    empty = [(60.0 * hour, False) for hour in range(1, 15, 2)]
    for number in range(4):
        store(street, said(number, *sorted(full + empty)))
    evaluate(street, MONDAY + 15 * HOUR, "P2")
    assert [over is None for *_, over in fired(street)] == [False] * 6 + [True]
    report = alarm_report(street, MONDAY, MONDAY + 24 * HOUR, telling_policy.load())
    assert [(c.rule, c.dev_eui, c.place_name, c.most, c.ends) for c in report.chatter] == [
        ("P2", "", "High Street", 6, 6)
    ]


def test_stuck_bay_beside_ones_in_use(street: Connection) -> None:
    """A bay with a limit that is taken for over a day is in doubt at the day's end."""
    hours = range(48)
    store(street, said(0, *hourly(taken=True, hours=hours)))
    for number in (1, 2, 3):
        store(street, said(number, *[(60 * hour, hour % 4 < 2) for hour in hours]))
    evaluate(street, MONDAY + 49 * HOUR, "P3")
    assert fired(street) == [("P3", "bay 0", MONDAY + 24 * HOUR, None)]


def counted(dev_eui: str, free: Iterable[float]) -> list[UplinkRecord]:
    """Give free spaces each half hour."""
    return [
        reading(
            MONDAY + number * HOUR / 2, {"free_spaces": spaces}, dev_eui=dev_eui, every=HOUR / 2
        )
        for number, spaces in enumerate(free)
    ]


def test_car_park_that_counts(database: Connection) -> None:
    """A counted car park is full by its counts, and its counter in doubt when they stand still."""
    put(database, BAYS[0], Place("zone", "Multi-storey", detail={"capacity": 200}))
    put(database, BAYS[1], Place("zone", "Yard", detail={"capacity": 20}))
    store(database, counted(BAYS[0], [100, 4, 4, *[50] * 93]))
    store(database, counted(BAYS[1], [5] * 96))
    evaluate(database, MONDAY + 49 * HOUR, "P2", "P3")
    assert fired(database) == [
        ("P2", "Multi-storey", MONDAY + 35 * MINUTE, MONDAY + 100 * MINUTE),
        ("P3", "Multi-storey", MONDAY + 24 * HOUR, None),
    ]
