"""Whatever uplinks gave and give, and wherever it is stopped: what is stored is what they give."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from decoders.model import Observation
from ingest import redecoding
from ingest.pipeline import Policy
from ingest.redecoding import Wanted, redecode
from storage import redecoding_changes
from storage.connection import Connection
from tests.ingest.redecoding_world import BEGIN, HOUR, Table, bound_to, frame, store, uplink

THEN, NOW = Table("v1", model="acme-then"), Table("v2", model="acme-now")
BEFORE = bound_to("acme-then", THEN, NOW)
AFTER = bound_to("acme-now", THEN, NOW)
NAMES = ("temperature", "co2")
_devices = count(1)
Seen = tuple[str, int, int | None]
"""A property, a value, and how many hours ago; None: a reading of now."""
Stored = dict[tuple[str, datetime], float]


@dataclass(frozen=True, slots=True)
class Frame:
    """An uplink: its hour, how much later it was received, and what is read in it."""

    hour: int
    held: int
    gave: tuple[Seen, ...]
    gives: tuple[Seen, ...] | None
    """None: it cannot be read"""

    @property
    def time(self) -> datetime:
        """When it was sent."""
        return BEGIN + self.hour * HOUR

    def said(self, seen: Sequence[Seen]) -> list[Observation]:
        """Give observations with their times."""
        return [
            Observation(name, float(value), None if back is None else self.time - back * HOUR)
            for name, value, back in seen
        ]


readings = st.lists(
    st.tuples(st.sampled_from(NAMES), st.integers(1, 3), st.none() | st.integers(0, 4)),
    max_size=3,
).map(tuple)
frames = st.lists(
    st.builds(Frame, st.integers(0, 5), st.integers(0, 3), readings, st.none() | readings),
    min_size=1,
    max_size=8,
)


class Stopped(Exception):
    """Somebody pressed Ctrl-C."""


def stopping(after: int) -> Iterator[datetime]:
    """Tell the time some times, and then stop the run."""
    for _ in range(after):
        yield BEGIN
    raise Stopped


def put(connection: Connection, sent: Sequence[Frame], dev_eui: str) -> list[Frame]:
    """Store frames as they were read then; gives them in the order of storing."""
    order = sorted(sent, key=lambda each: each.hour + each.held)
    for number, each in enumerate(order):
        versions = {"v1": each.said(each.gave)}
        if each.gives is not None:
            versions["v2"] = each.said(each.gives)
        told = uplink(
            each.hour,
            frame(**versions),
            dev_eui=dev_eui,
            f_cnt=number,
            f_port=1,
            deduplication_id=f"{dev_eui}-{number:02}",
            result_time=each.time,
        )
        store(connection, [told], BEFORE, held=each.held * HOUR + number * timedelta(seconds=1))
    return order


def expected(order: Sequence[Frame], since: int, until: int) -> Stored:
    """Give what is to be stored in the end: of two of the same the first that was stored."""
    found: Stored = {}
    for each in order:
        seen = (each.gives or ()) if since <= each.hour < until else each.gave
        for one in each.said(seen):
            key = (one.observed_property, one.phenomenon_time or each.time)
            found.setdefault(key, one.result)
    return found


def there(connection: Connection, dev_eui: str) -> Stored:
    """Give what is stored of a device."""
    rows = connection.execute(
        "select p.name, phenomenon_time, result from observation"
        " join series on series.id = series_id join device on device.id = device_id"
        " join observed_property as p on p.id = property_id where dev_eui = %s",
        [dev_eui],
    )
    return {(name, time): result for name, time, result in rows}


def run(connection: Connection, wanted: Wanted, policy: Policy, stop_after: int | None) -> None:
    """Decode again; when it is stopped on the way, once more."""
    if stop_after is not None:
        clock = stopping(stop_after)
        try:
            list(redecode(connection, wanted, policy, wall=lambda: next(clock)))
        except Stopped:
            event("stopped on the way")
    list(redecode(connection, wanted, policy, wall=lambda: BEGIN))


@settings(
    max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(frames, st.integers(0, 3), st.integers(1, 6), st.none() | st.integers(0, 5))
def test_what_is_stored_is_what_uplinks_give(
    database: Connection, sent: list[Frame], since: int, length: int, stop_after: int | None
) -> None:
    """Any frames, any stretch, stopped anywhere: the same as if they had been read so at once."""
    dev_eui = f"02c17a00{next(_devices):08x}"
    order = put(database, sent, dev_eui)
    wanted = Wanted(BEGIN + since * HOUR, BEGIN + (since + length) * HOUR, dev_eui=dev_eui)
    before = there(database, dev_eui)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(redecoding, "STAGE", 2)
        patched.setattr(redecoding_changes, "PORTION", 1)
        run(database, wanted, AFTER, stop_after)
        after = there(database, dev_eui)
        event(f"{'something' if before != after else 'nothing'} changes")
        assert after == expected(order, since, since + length)
        assert _latest(database, dev_eui) == _newest(after)
        for report in redecode(database, wanted, AFTER, wall=lambda: BEGIN):
            assert not report.changes


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(frames, st.integers(0, 3), st.integers(1, 6))
def test_dry_run_shows_what_is_done(
    database: Connection, sent: list[Frame], since: int, length: int
) -> None:
    """The difference that is shown is the one that is made, observation by observation."""
    dev_eui = f"02c17a01{next(_devices):08x}"
    put(database, sent, dev_eui)
    wanted = Wanted(BEGIN + since * HOUR, BEGIN + (since + length) * HOUR, dev_eui=dev_eui)
    before = there(database, dev_eui)
    shown = list(redecode(database, wanted, AFTER, dry_run=True))
    assert there(database, dev_eui) == before
    done = list(redecode(database, wanted, AFTER, wall=lambda: BEGIN))
    assert [each.document() for each in shown] == [each.document() for each in done]
    after = there(database, dev_eui)
    assert sum(each.total("added") for each in done) == len(after.keys() - before.keys())
    assert sum(each.total("removed") for each in done) == len(before.keys() - after.keys())
    others = [key for key in after.keys() & before.keys() if after[key] != before[key]]
    assert sum(each.total("changed") for each in done) == len(others)


def _latest(connection: Connection, dev_eui: str) -> Stored:
    rows = connection.execute(
        "select p.name, phenomenon_time, result from latest join series on series.id = series_id"
        " join device on device.id = device_id join observed_property as p on p.id = property_id"
        " where dev_eui = %s",
        [dev_eui],
    )
    return {(name, time): result for name, time, result in rows}


def _newest(stored: Stored) -> Stored:
    newest = {name: max(time for other, time in stored if other == name) for name, _ in stored}
    return {(name, time): stored[name, time] for name, time in newest.items()}
