"""Erasing what of homes may be kept no longer, on a real server."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from alerts import rules
from alerts.case_clocks import EventKind
from alerts.hazards import Category
from ingest.evaluator import Evaluator
from storage import audit, cases, retention, rollups, tenancies
from storage.cases import Awareness
from storage.connection import Connection
from storage.errors import DatabaseRefused
from storage.places import Installation, Place, install
from storage.retention import Erasure
from storage.retention_plan import Policy, midnight
from storage.tenancies import Recorded, Tenancy
from tests.fixtures.readings import DAMP, HOUR, ROOM, SITE, hourly, reading, store
from tests.timescale.compression import compress

UPRN = "100020000001"
HOME = Place("dwelling", "1 Surrey Street", patch="north", uprn=UPRN)
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
DAYS = timedelta(days=1)
TABLES = ("observation", "uplink", "rollup_1h", "rollup_1d", "latest")
OUT, IN = date(2026, 9, 13), date(2026, 9, 14)
"""The last day of one tenant and the first of the next"""
SURFACE = next(rule for rule in rules.load() if rule.id == "H6")
"""A rule on what is worked out of a room's air"""


def counts(connection: Connection, *tables: str) -> list[int]:
    """Count the rows of tables."""
    return [
        int(connection.execute(f"select count(*) from {table}".encode()).fetchall()[0][0])  # noqa: S608
        for table in tables or TABLES
    ]


def compute(connection: Connection, steps: int = 1) -> None:
    """Let all that is marked be computed and judged; rooms by 60 days a step."""
    evaluator = Evaluator(connection, [DAMP, SURFACE], wall=lambda: NOW)
    for _ in range(steps):
        while evaluator.step():
            pass


def lived_in(connection: Connection) -> str:
    """Store 40 hours before and after a change of tenants, in a room and outdoors."""
    bedroom = Installation(ROOM, Place("room", "Bedroom"), HOME, NOW - 900 * DAYS)
    install(connection, bedroom, secret=b"secret")
    for tenancy in (Tenancy(UPRN, date(2020, 1, 1), OUT), Tenancy(UPRN, IN)):
        tenancies.record(connection, tenancy)
    start = midnight(IN) - 40 * HOUR
    damp = [89.0, 91.0] * 40
    store(connection, hourly(damp, name="relative_humidity", dev_eui=ROOM, start=start))
    store(connection, hourly([19.0, 21.0] * 40, start=start))
    compute(connection)
    [(home,)] = connection.execute("select public_id from place where kind = 'dwelling'").fetchall()
    return str(home)


def told(erasures: list[Erasure]) -> list[tuple[str, str, int, int, int]]:
    """Give what matters of erasures."""
    return [(e.dev_eui, e.what, e.readings, e.uplinks, e.hours) for e in erasures]


def rows(connection: Connection, table: str) -> list[tuple[Any, ...]]:
    """Give all rows of a table of history."""
    return connection.execute(f"select * from {table} order by 1".encode()).fetchall()  # noqa: S608


def test_end_of_a_tenancy(database: Connection) -> None:
    """All readings, payloads and means of that tenancy go; the next one's and outdoors' stay."""
    home = lived_in(database)
    assert counts(database) == [160, 160, 160, 8, 2]
    history = [rows(database, table) for table in ("alert", "alert_transition")]
    assert history[0]
    planned = retention.planned(database, NOW, Policy())
    assert told(planned) == [(ROOM, "readings", 40, 40, 0), (ROOM, "means", 0, 0, 40)]
    assert counts(database) == [160, 160, 160, 8, 2]
    assert retention.erase(database, NOW, Policy(), actor="timer") == planned
    assert counts(database) == [120, 120, 120, 6, 2]
    [(first,)] = database.execute(
        "select min(phenomenon_time) from observation join series on series.id = series_id"
        " join device on device.id = device_id where dev_eui = %s",
        [ROOM],
    ).fetchall()
    assert first == midnight(IN) + timedelta(minutes=5)
    assert [rows(database, table) for table in ("alert", "alert_transition")] == history
    written = audit.read(database, home)
    assert [(entry.actor, entry.action) for entry in written] == [
        ("timer", "means erased"),
        ("timer", "readings erased"),
    ]
    assert written[1].detail["readings"] == 40
    assert retention.erase(database, NOW, Policy(), actor="timer") == []


def test_erased_readings_leave_their_means(database: Connection) -> None:
    """Readings older than 24 months go; neither marks nor late readings change a mean of theirs."""
    lived_in(database)
    database.execute("delete from housing.tenancy")
    old = midnight(date(2024, 11, 20))
    store(database, hourly([70.0] * 30, name="relative_humidity", dev_eui=ROOM, start=old))
    compute(database)
    before = rows(database, "rollup_1h"), rows(database, "rollup_1d")
    assert told(retention.erase(database, NOW, Policy(), actor="timer")) == [
        (ROOM, "readings", 30, 30, 0)
    ]
    late = reading(old + HOUR, {"relative_humidity": 99.0}, dev_eui=ROOM)
    store(database, [late])
    database.execute(
        "insert into dirty_interval (series_id, interval_start)"
        " select series_id, interval_start from rollup_1h"
    )
    compute(database)
    rollups.recompute_days(database, 1000, NOW)
    assert (rows(database, "rollup_1h"), rows(database, "rollup_1d")) == before
    assert told(retention.erase(database, NOW, Policy(), actor="timer")) == [
        (ROOM, "readings", 1, 1, 0)
    ]


def test_late_readings_bring_no_erased_mean_back(database: Connection) -> None:
    """A late reading of an erased tenancy makes no hour, has nothing judged again, and goes too."""
    lived_in(database)
    retention.erase(database, NOW, Policy(), actor="timer")
    before = rows(database, "rollup_1h"), rows(database, "alert_transition")
    late = midnight(IN) - 3 * HOUR
    store(database, [reading(late, {"relative_humidity": 10.0}, dev_eui=ROOM)])
    compute(database)
    assert (rows(database, "rollup_1h"), rows(database, "alert_transition")) == before
    assert told(retention.erase(database, NOW, Policy(), actor="timer")) == [
        (ROOM, "readings", 1, 1, 0)
    ]


def test_history_is_not_judged_again_over_erased_hours(database: Connection) -> None:
    """A correction soon after an erased tenancy withdraws nothing that was concluded in it."""
    lived_in(database)
    retention.erase(database, NOW, Policy(), actor="timer")
    before = rows(database, "alert_transition"), rows(database, "alert")
    after = midnight(IN) + timedelta(minutes=30)
    store(database, [reading(after, {"relative_humidity": 10.0}, dev_eui=ROOM)])
    compute(database)
    assert (rows(database, "alert_transition"), rows(database, "alert")) == before


def test_what_waits_for_its_means_is_not_erased(database: Connection) -> None:
    """Readings whose hour is still to be computed stay until it is."""
    lived_in(database)
    late = midnight(IN) - 3 * HOUR
    store(database, [reading(late, {"relative_humidity": 10.0}, dev_eui=ROOM)])
    found = retention.erase(database, NOW, Policy(), actor="timer")
    assert {each.waits for each in found} == {True}
    assert counts(database, "observation", "erased_stretch") == [161, 0]
    compute(database)
    found = retention.erase(database, NOW, Policy(), actor="timer")
    assert told(found) == [(ROOM, "readings", 41, 41, 0), (ROOM, "means", 0, 0, 40)]


@pytest.mark.parametrize("closed", [False, True])
def test_cases_hold(database: Connection, closed: bool) -> None:  # noqa: FBT001 - a parameter
    """An open case of the tenancy holds all of it; a closed one its means."""
    home = lived_in(database)
    begin = Awareness(home, midnight(IN) - HOUR, "sensor alert")
    opened = NOW - 60 * DAYS
    case = cases.open_case(
        database,
        begin,
        hazard="damp_mould",
        category=Category.SIGNIFICANT,
        actor="Ada",
        at=opened,
    )
    if closed:
        cases.add_event(
            database, case, EventKind.CLOSED, actor="Ada", at=NOW - 50 * DAYS, note="done"
        )
    found = told(retention.erase(database, NOW, Policy(), actor="timer"))
    assert found == ([(ROOM, "readings", 40, 40, 0)] if closed else [])
    retracted = NOW - 40 * DAYS
    if closed:
        [closing] = cases.cases(database, case_id=case, closed=True)[0].events
        cases.add_event(
            database,
            case,
            EventKind.RETRACTED,
            actor="Ada",
            at=retracted,
            note="not done",
            retracts=closing.id,
        )
    assert retention.planned(database, NOW, Policy()) == []


def test_device_that_moved(database: Connection) -> None:
    """What a device measured elsewhere stays, though it was in a home before and after."""
    lived_in(database)
    away = midnight(IN) - 20 * HOUR
    gate = Installation(ROOM, Place("position", "Gate"), Place("site", "Quay"), away)
    install(database, gate, secret=b"")
    compute(database)
    found = told(retention.erase(database, NOW, Policy(), actor="timer"))
    assert found == [(ROOM, "readings", 20, 20, 0), (ROOM, "means", 0, 0, 20)]
    assert counts(database, "observation", "rollup_1h") == [140, 140]


def worked_out(connection: Connection) -> list[tuple[Any, ...]]:
    """Give the hours that were worked out for rooms."""
    return connection.execute(
        "select series_id, interval_start, mean, valid from rollup_1h"
        " join series on series.id = series_id where owner_place_id is not null order by 1, 2"
    ).fetchall()


def test_what_is_worked_out_for_a_room_goes_with_its_means(database: Connection) -> None:
    """Dew point and mould index of the tenancy go, too; those after it are not made anew."""
    lived_in(database)
    start = midnight(IN) - 40 * HOUR
    air = [
        reading(start + n * HOUR, {"temperature": 15.0 + n % 2}, dev_eui=ROOM) for n in range(80)
    ]
    store(database, air)
    compute(database, 20)
    before = worked_out(database)
    assert {start < midnight(IN) for _, start, _, _ in before} == {True, False}
    found = retention.erase(database, NOW, Policy(), actor="timer")
    assert ("", "means") in [(each.dev_eui, each.what) for each in found]
    kept = [row for row in before if row[1] >= midnight(IN)]
    assert worked_out(database) == kept
    late = midnight(IN) + timedelta(minutes=40)
    store(database, [reading(late, {"temperature": 5.0}, dev_eui=ROOM)])
    compute(database, 20)
    assert worked_out(database) == kept
    [(points,)] = database.execute(
        "select count(*) from derivation_checkpoint where theme = 'room' and until > %s"
        " and until < %s",
        [start - 20 * DAYS, midnight(IN)],
    ).fetchall()
    assert points == 0


def test_indoor_device_that_is_nowhere(database: Connection) -> None:
    """What an indoor device measured before anybody said where it was does not stay for ever."""
    old = midnight(date(2024, 11, 20))
    store(database, hourly([70.0] * 5, name="relative_humidity", dev_eui=ROOM, start=old))
    store(database, hourly([70.0] * 5, start=old, dev_eui=SITE))
    compute(database)
    found = told(retention.erase(database, NOW, Policy(), actor="timer"))
    assert found == [(ROOM, "readings", 5, 5, 0)]


def test_long_times_are_erased_in_portions(database: Connection) -> None:
    """However long it is, all of it goes."""
    lived_in(database)
    spread = [
        reading(NOW - 890 * DAYS + number * 40 * DAYS, {"co2": 500.0}, dev_eui=ROOM)
        for number in range(20)
    ]
    store(database, spread)
    compute(database)
    retention.erase(database, NOW, Policy(), actor="timer")
    [(left,)] = database.execute(
        "select count(*) from observation where phenomenon_time < %s", [midnight(OUT) - 5 * DAYS]
    ).fetchall()
    assert left == 0


def test_refused_messages_of_a_home_go_too(database: Connection) -> None:
    """A payload that nobody could read is a payload from a home."""
    lived_in(database)
    for dev_eui in (ROOM, SITE):
        database.execute(
            "insert into quarantine (received_at, topic, payload, origin, reason, detail, source,"
            " event_type, deduplication_key, dev_eui)"
            " values (%s, '', 'x', 'live', 'truncated', '', '', 'up', '', %s)",
            [midnight(IN) - HOUR, dev_eui],
        )
    found = retention.erase(database, NOW, Policy(), actor="timer")
    assert [each.refused for each in found] == [1, 0]
    assert database.execute("select dev_eui from quarantine").fetchall() == [(SITE,)]


def test_refused_messages_of_nobody_go_by_age(database: Connection) -> None:
    """A payload of a device that nobody placed may be from a home: it does not stay for ever."""
    for days in (740, 10):
        database.execute(
            "insert into quarantine (received_at, topic, payload, origin, reason, detail, source,"
            " event_type, deduplication_key, dev_eui)"
            " values (%s, '', 'x', 'live', 'unknown_device', '', '', 'up', '', '')",
            [NOW - days * DAYS],
        )
    found = retention.erase(database, NOW, Policy(), actor="timer")
    assert [(each.dev_eui, each.refused) for each in found] == [("", 1)]
    assert database.execute("select count(*) from quarantine").fetchone() == (1,)


def test_tenancies(database: Connection) -> None:
    """One that begins on the same day is the same; two of a home never overlap."""
    home = lived_in(database)
    assert tenancies.record(database, Tenancy(UPRN, IN)) is Recorded.KNOWN
    ended = Tenancy(UPRN, IN, date(2026, 10, 1))
    assert tenancies.record(database, ended) is Recorded.CHANGED
    assert tenancies.record(database, Tenancy(UPRN, date(2026, 10, 2))) is Recorded.NEW
    with pytest.raises(DatabaseRefused, match="overlaps"):
        tenancies.record(database, Tenancy(UPRN, date(2026, 11, 1)))
    with pytest.raises(DatabaseRefused, match="no dwelling"):
        tenancies.record(database, Tenancy("77", IN))
    listed = tenancies.listed(database, home=home)
    assert [(each.starts, each.ends) for each in listed] == [
        (date(2026, 10, 2), None),
        (IN, date(2026, 10, 1)),
        (date(2020, 1, 1), OUT),
    ]
    assert tenancies.listed(database, home="nowhere") == []
    found = tenancies.period(database, listed[1].id)
    assert found is not None
    assert (found.home_id, found.uprn) == (home, UPRN)
    assert (found.since, found.until) == (midnight(IN), midnight(date(2026, 10, 2)))
    assert tenancies.period(database, 99) is None


@pytest.mark.timescale_tier
def test_compressed_weeks_are_erased_too(database: Connection) -> None:
    """What lies in a compressed week goes like any other, and its neighbours stay."""
    lived_in(database)
    compress(database)
    before = counts(database)
    found = told(retention.erase(database, NOW, Policy(), actor="timer"))
    assert found == [(ROOM, "readings", 40, 40, 0), (ROOM, "means", 0, 0, 40)]
    assert (before[:2], counts(database)[:2]) == ([160, 160], [120, 120])
    left = database.execute(
        "select min(phenomenon_time) from observation join series on series.id = series_id"
        " join device on device.id = device_id where dev_eui = %s",
        [ROOM],
    )
    assert left.fetchone() == (midnight(IN) + timedelta(minutes=5),)
    assert retention.erase(database, NOW, Policy(), actor="timer") == []
