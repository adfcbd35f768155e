"""Whatever is erased when: what may be kept stays as it was, what may not goes, and stays away."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st

from storage import retention, rollups, tenancies
from storage.connection import Connection, connect
from storage.instance import Mode
from storage.places import Installation, Place, install
from storage.retention_plan import END, HeldCase, Policy, Span, due, midnight
from storage.tenancies import Tenancy
from tests.fixtures.effort import cases
from tests.fixtures.postgres import Server
from tests.fixtures.readings import HOUR, ROOM, SITE, reading, store

UPRN = "100020000001"
HOME = Place("dwelling", "1 Surrey Street", patch="north", uprn=UPRN)
FIRST = date(2018, 1, 1)
LAST = date(2026, 6, 30)
DAYS = (LAST - FIRST).days


@dataclass(frozen=True, slots=True)
class World:
    """A home over years, and when it is looked at."""

    seed: int
    tenancies: tuple[tuple[int, int], ...]
    """First and last day, counted from `FIRST`"""
    cases: tuple[tuple[int, int | None], ...]
    """When the landlord became aware, and after how many days it was closed"""
    now: tuple[int, ...]
    """Days on which it is erased, in order"""

    def spans(self) -> list[Tenancy]:
        """Give the tenancies."""
        day = timedelta(days=1)
        return [Tenancy(UPRN, FIRST + a * day, FIRST + b * day) for a, b in self.tenancies]

    def held(self, now: datetime) -> list[HeldCase]:
        """Give the cases as they are known by then."""
        found = []
        for aware, lasted in self.cases:
            at = midnight(FIRST) + timedelta(days=aware, hours=9)
            closed = None if lasted is None else at + timedelta(days=lasted)
            if at <= now:
                found.append(HeldCase(at, closed if closed and closed <= now else None))
        return found


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Draw tenancies that follow each other, a few cases, and some nights."""
    edges = sorted(draw(st.sets(st.integers(0, DAYS), min_size=2, max_size=6)))
    pairs = tuple((a, b - 1) for a, b in zip(edges[::2], edges[1::2], strict=False))
    some = st.tuples(st.integers(0, DAYS), st.none() | st.integers(1, 900))
    nights = draw(st.lists(st.integers(DAYS - 900, DAYS + 1500), min_size=1, max_size=3))
    return World(
        draw(st.integers(0, 2**32)),
        pairs,
        tuple(draw(st.lists(some, max_size=2))),
        tuple(sorted(nights)),
    )


def fill(connection: Connection, world: World) -> None:
    """Store a reading of the room and one outdoors on each of many days; compute their hours."""
    bedroom = Installation(ROOM, Place("room", "Bedroom"), HOME, midnight(FIRST))
    install(connection, bedroom, secret=b"secret")
    for tenancy in world.spans():
        tenancies.record(connection, tenancy)
    dice = Random(world.seed)  # noqa: S311 - nothing secret
    days = sorted(dice.sample(range(DAYS), 120))
    store(
        connection,
        [
            reading(
                midnight(FIRST) + timedelta(days=day, hours=dice.randrange(24), minutes=7),
                {"relative_humidity": float(day % 90)},
                dev_eui=dev_eui,
            )
            for day in days
            for dev_eui in (ROOM, SITE)
        ],
    )
    compute(connection)


def compute(connection: Connection) -> None:
    """Compute all that is marked."""
    while rollups.recompute(connection, 10_000, END - timedelta(days=400)).marks:
        pass


def rows(connection: Connection, table: str, dev_eui: str) -> list[tuple[Any, ...]]:
    """Give time and value of a device's readings or hours."""
    names = {"observation": "phenomenon_time, result", "rollup_1h": "interval_start, mean, count"}
    return connection.execute(
        f"select {names[table]} from {table} join series on series.id = series_id"  # noqa: S608
        " join device on device.id = device_id where dev_eui = %s order by 1".encode(),
        [dev_eui],
    ).fetchall()


def record_cases(connection: Connection, held: list[HeldCase]) -> None:
    """Have the cases in the database as they are known now."""
    connection.execute("alter table housing.hazard_case disable trigger all")
    connection.execute("alter table housing.case_event disable trigger all")
    connection.execute("delete from housing.case_event")
    connection.execute("delete from housing.hazard_case")
    for number, case in enumerate(held):
        connection.execute(
            "insert into housing.hazard_case (id, place_id, hazard, category, aware_at, reported,"
            " opened_by, opened_at) select %s, id, 'damp_mould', 'significant', %s, 'x', 'x', %s"
            " from place where kind = 'dwelling'",
            [str(number), case.aware_at, case.aware_at],
        )
        if case.closed_at:
            connection.execute(
                "insert into housing.case_event (case_id, kind, at, note, actor, recorded_at)"
                " values (%s, 'closed', %s, 'x', 'x', %s)",
                [str(number), case.closed_at, case.closed_at],
            )


def outside(found: list[tuple[Any, ...]], spans: tuple[Span, ...]) -> list[tuple[Any, ...]]:
    """Leave out what lies in spans."""
    return [row for row in found if not any(s.start <= row[0] < s.end for s in spans)]


def night(connection: Connection, world: World, now: datetime) -> None:
    """Erase, and look at what is left; then let late readings and marks try to bring it back."""
    held = world.held(now)
    record_cases(connection, held)
    lived = [
        Span(midnight(t.starts), midnight(t.ends + timedelta(days=1)))
        for t in world.spans()
        if t.ends
    ]
    plan = due(lived, held, now, Policy())
    readings, hours = (rows(connection, table, ROOM) for table in ("observation", "rollup_1h"))
    retention.erase(connection, now, Policy(), actor="timer")
    left = outside(readings, plan.readings), outside(hours, plan.means)
    event(f"readings went: {left[0] != readings}, means went: {left[1] != hours}")
    assert rows(connection, "observation", ROOM) == left[0]
    assert rows(connection, "rollup_1h", ROOM) == left[1]
    gone = [row for row in readings if row not in left[0]]
    late = [
        reading(time + HOUR / 4, {"relative_humidity": 99.0}, dev_eui=ROOM) for time, _ in gone[:5]
    ]
    store(connection, late)
    connection.execute(
        "insert into dirty_interval (series_id, interval_start)"
        " select series_id, interval_start from rollup_1h"
    )
    compute(connection)
    assert rows(connection, "rollup_1h", ROOM) == left[1]
    retention.erase(connection, now, Policy(), actor="timer")
    assert rows(connection, "observation", ROOM) == left[0]


def test_what_is_erased_stays_away_and_the_rest_stays(postgres_server: Server) -> None:
    """Night after night, over tenancies and cases: exactly what is due goes, and for good."""

    @settings(
        max_examples=cases(10, here=4),
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow],
        derandomize=True,
        deadline=None,
    )
    @given(world=worlds())
    def holds(world: World) -> None:
        with postgres_server.database(Mode.LIVE) as dsn, connect(dsn) as connection:
            fill(connection, world)
            outdoors = [rows(connection, table, SITE) for table in ("observation", "rollup_1h")]
            for day in world.now:
                night(connection, world, midnight(FIRST + timedelta(days=day)) + 12 * HOUR)
            assert outdoors == [
                rows(connection, table, SITE) for table in ("observation", "rollup_1h")
            ]

    holds()
