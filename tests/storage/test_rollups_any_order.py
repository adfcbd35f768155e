"""A week of readings in any order, batches and lateness, some twice: the same means, all five."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st

from ingest.evaluator import Evaluator, Portions
from storage import intervals
from storage.connection import Connection, connect
from storage.instance import Mode
from storage.intervals import Length
from storage.model import UplinkRecord
from storage.queries import SQL
from tests.fixtures.effort import cases
from tests.fixtures.postgres import AnyServer
from tests.fixtures.readings import reading, store

START = datetime(2026, 10, 21, tzinfo=UTC)
"""A Wednesday: the clocks go back within the week"""
WEEK = timedelta(days=7)
LATEST = timedelta(days=30)
CADENCES = {"02c17a0000000001": 10, "02c17a0000000002": 15, "02c17a0000000003": 60}
"""Minutes between the readings of a device"""
LATE, REPEATED = 0.1, 0.05
NOT = timedelta(0)


def week() -> list[UplinkRecord]:
    """Give a week of three devices, two values in each uplink, a few readings missing."""
    dice = Random(4)  # noqa: S311 - nothing secret
    records = []
    for dev_eui, minutes in CADENCES.items():
        every = timedelta(minutes=minutes)
        for number in range(WEEK // every):
            values = {
                "pm10": round(dice.gauss(30, 20), 1),
                "temperature": dice.randint(-50, 250) / 10,
            }
            if dice.random() > 0.08:
                at = START + number * every + timedelta(seconds=dice.randrange(0, 60 * minutes))
                records.append(reading(at, values, dev_eui=dev_eui, every=every))
    return records


RECORDS = week()


@dataclass(frozen=True, slots=True)
class Coming:
    """How the week comes; the seed decides what is late and what comes twice."""

    seed: int
    shuffled: bool
    """In any order at all, not only late"""
    cuts: frozenset[int]
    """Where a batch ends, in thousandths of all"""
    judged: frozenset[int]
    """After which batches the evaluator works"""
    marks: int
    """How many marks it takes at once"""

    def order(self) -> list[UplinkRecord]:
        """Give what comes, in the order in which it does."""
        dice = Random(self.seed)  # noqa: S311 - nothing secret
        arrivals = [
            (record.time + (dice.random() * LATEST if dice.random() < LATE else NOT), record)
            for record in RECORDS
        ]
        again = [arrival for arrival in arrivals if dice.random() < REPEATED]
        arrivals += [(at + dice.random() * LATEST, record) for at, record in again]
        arrivals.sort(key=lambda arrival: arrival[0])
        if self.shuffled:
            dice.shuffle(arrivals)
        return [record for _, record in arrivals]

    def batches(self) -> Iterator[tuple[Sequence[UplinkRecord], bool]]:
        """Give the batches, each with whether it is evaluated then."""
        order = self.order()
        edges = [0, *sorted(cut * len(order) // 1000 for cut in self.cuts), len(order)]
        for number, (start, end) in enumerate(pairwise(edges)):
            yield order[start:end], number in self.judged


COMINGS = st.builds(
    Coming,
    st.integers(0, 2**32),
    shuffled=st.booleans(),
    cuts=st.frozensets(st.integers(1, 999), min_size=2, max_size=12),
    judged=st.frozensets(st.integers(0, 12)),
    marks=st.sampled_from([97, 1000, 20_000]),
)


Batches = Iterable[tuple[Sequence[UplinkRecord], bool]]
Means = tuple[list[tuple[Any, ...]], ...]


def means(server: AnyServer, batches: Batches, marks: int = 20_000) -> Means:
    """Give the hours and days that come of it, the newest values, and means of other lengths."""
    with server.database(Mode.SIMULATION) as dsn, connect(dsn) as connection:
        evaluator = Evaluator(connection, (), portions=Portions(marks=marks))
        for batch, judge in batches:
            store(connection, batch)
            if judge:
                evaluator.step()
        while evaluator.step():
            pass
        stored = tuple(_rows(connection, table) for table in ("rollup_1h", "rollup_1d", "latest"))
        return (*stored, *(_worked_out(connection, length) for length in WORKED_OUT))


COLUMNS = {
    "rollup_1h": "interval_start, count, expected, mean, minimum, maximum, valid",
    "rollup_1d": "day, count, expected, mean, minimum, maximum, valid",
    "latest": "phenomenon_time, result, quality",
}


def _rows(connection: Connection, table: str) -> list[tuple[Any, ...]]:
    statement = (
        f"select dev_eui, property_id, {COLUMNS[table]} from {table}"  # noqa: S608 - ours
        " join series on series.id = series_id join device on device.id = device_id"
        " order by 1, 2, 3"
    )
    return connection.execute(statement.encode()).fetchall()


WORKED_OUT = (Length.QUARTER, Length.EIGHT_HOURS, Length.RUNNING_DAY)
"""What is not stored, and worked out when it is asked for"""


def _worked_out(connection: Connection, length: Length) -> list[tuple[Any, ...]]:
    """Give the means of a length of all series, by device and property."""
    named = {
        number: name
        for number, *name in connection.execute(
            "select series.id, dev_eui, property_id from series"
            " join device on device.id = device_id"
        )
    }
    found = intervals.read(connection, length, list(named), START, START + WEEK)
    return sorted(
        (*named[number], mean.start, mean.end, mean.count, mean.mean, mean.minimum, mean.valid)
        for number, means_ in found.items()
        for mean in means_
    )


@pytest.fixture(scope="module")
def expected(postgres_server: AnyServer) -> Means:
    """Give the means of the week as it was sent, in one batch."""
    found = means(postgres_server, [(sorted(RECORDS, key=lambda record: record.time), False)])
    hours, days, _, quarters, *running = found
    assert len(hours) > 900
    assert len(quarters) > 2 * len(hours)
    assert {len(each) for each in running} == {6 * 168}
    assert {row[4] for row in days} == {24, 25}
    assert {row[-1] for row in hours} == {True, False}
    return found


def _holds(server: AnyServer, expected: Means, most: int) -> None:
    @settings(
        max_examples=most,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow],
        derandomize=True,
    )
    @given(coming=COMINGS)
    def same(coming: Coming) -> None:
        event(f"in any order at all: {coming.shuffled}")
        event(f"evaluated in between: {bool(coming.judged)}")
        assert means(server, coming.batches(), coming.marks) == expected

    same()


def test_any_order_gives_the_same_means(postgres_server: AnyServer, expected: Means) -> None:
    """Whatever the order, the batches and the moments of evaluation: the same hours and days."""
    _holds(postgres_server, expected, cases(60, here=12))


@dataclass(frozen=True, slots=True)
class Fault:
    """A word of a statement, changed."""

    query: str
    old: str
    new: str


FAULTS = {
    "late marks are lost": Fault(
        "observations_enter",
        "from entered",
        "from entered where phenomenon_time >"
        " (select max(phenomenon_time) from latest) - interval '2 days'",
    ),
    "days are not done again": Fault(
        "hours_recompute",
        "series_id from changed\n",
        "series_id from changed where count_before is null\n",
    ),
    "an hour is computed once": Fault(
        "hours_recompute", "or (before.count, before.exp", "and (before.count, before.exp"
    ),
}


@pytest.mark.plain_tier
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_faults_would_be_found(
    postgres_server: AnyServer, expected: Means, monkeypatch: pytest.MonkeyPatch, fault: Fault
) -> None:
    """Each of three faults, planted, is found by the search."""
    assert fault.old in SQL[fault.query]
    monkeypatch.setitem(SQL, fault.query, SQL[fault.query].replace(fault.old, fault.new))
    with pytest.raises(AssertionError):
        _holds(postgres_server, expected, 8)
