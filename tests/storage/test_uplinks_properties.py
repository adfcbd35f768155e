"""However messages are batched, repeated and ordered, the same is stored."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, Phase, given, settings, strategies

from storage import ledger, uplinks
from storage.connection import connect
from storage.instance import Mode
from storage.messages import Message, prepare
from storage.model import Record
from storage.queries import SQL
from tests.fixtures.effort import cases
from tests.fixtures.postgres import AnyServer
from tests.storage.worlds import (
    Delivery,
    Feed,
    Ground,
    Outcome,
    World,
    distinct,
    feeds,
    tell,
    worlds,
)

Case = tuple[World, Feed]


@pytest.fixture(scope="module")
def ground(postgres_server: AnyServer) -> Iterator[Ground]:
    """Give a database for many feeds."""
    with postgres_server.database(Mode.LIVE) as dsn, connect(dsn) as connection:
        yield Ground(connection)


def batched() -> strategies.SearchStrategy[Case]:
    """Give worlds in which the order matters, with feeds that keep it."""
    return _cases(consistent=False)


def shuffled() -> strategies.SearchStrategy[Case]:
    """Give worlds in which no order is the right one, with feeds in any order."""
    return _cases(consistent=True)


@strategies.composite
def _cases(draw: strategies.DrawFn, *, consistent: bool) -> Case:
    world = draw(worlds(consistent=consistent))
    return world, draw(feeds(world, shuffled=consistent))


def check(ground: Ground, case: Case) -> None:
    """Compare what a feed leaves with what the world's messages leave, each in its own batch."""
    world, feed = case
    tell(world, feed)
    plain = ground.play([[Delivery(thing)] for thing in world])
    other = ground.play(feed)
    assert _nameless(other) == _nameless(plain)
    again = [delivery for batch in feed for delivery in batch if delivery.again]
    assert other.repeated == plain.repeated + len(again)
    assert other.redelivered == sum(delivery.dup for delivery in again)


def check_whole(ground: Ground, case: Case) -> None:
    """Compare down to the ids under which frames are stored."""
    world, feed = case
    assert ground.play(feed).tables == ground.play([[Delivery(thing)] for thing in world]).tables
    check(ground, case)


def _nameless(outcome: Outcome) -> Outcome:
    """Leave out under which of its ids a frame is stored: the first that came."""
    tables = {**outcome.tables, "uplink": [row[:-1] for row in outcome.tables["uplink"]]}
    return replace(outcome, tables=tables, repeated=0, redelivered=0)


@settings(max_examples=cases(150, here=40))
@given(case=batched())
def test_batches_do_not_matter(ground: Ground, case: Case) -> None:
    """Messages in the same order leave the same rows in any batches, and repetitions none."""
    check_whole(ground, case)


@settings(max_examples=cases(150, here=40))
@given(case=shuffled())
def test_order_does_not_matter(ground: Ground, case: Case) -> None:
    """Messages leave the same rows in any order, in any batches, and repetitions none."""
    check(ground, case)
    tables = ground.play(case[1]).tables
    assert (len(tables["uplink"]), len(tables["observation"])) == distinct(case[0])


def _without_event_type(record: Record, properties: dict[str, int]) -> Message:
    message = prepare(record, properties)
    if message.key:
        message.key = (message.key[0], "up", message.key[2])
    return message


def _spoilt(name: str, old: str, new: str) -> Callable[[pytest.MonkeyPatch], None]:
    assert old in SQL[name]
    return lambda monkeypatch: monkeypatch.setitem(SQL, name, SQL[name].replace(old, new))


MUTANTS: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "frames are known within a batch": lambda monkeypatch: monkeypatch.setattr(
        ledger, "_frames_seen", lambda _connection, _frames: {}
    ),
    "ids are the same in all event types": lambda monkeypatch: monkeypatch.setattr(
        uplinks, "prepare", _without_event_type
    ),
    "the last value is kept": _spoilt(
        "observations_enter",
        "on conflict do nothing",
        "on conflict (series_id, phenomenon_time) do update set result = excluded.result",
    ),
    "latest is what came last": _spoilt(
        "latest_enter", "latest.phenomenon_time < excluded.phenomenon_time", "true"
    ),
    "activity is the last batch's": _spoilt("activity_enter", "activity_1h.uplinks + ", ""),
    "hours begin where they like": _spoilt(
        "activity_enter", "least(activity_1h.first_at, excluded.first_at)", "excluded.first_at"
    ),
    "devices are described by what came last": _spoilt(
        "devices_describe", "and given.time >= device.last_seen_at", ""
    ),
}


@pytest.mark.plain_tier
@pytest.mark.parametrize("mutant", MUTANTS)
def test_search_finds_planted_faults(
    ground: Ground, monkeypatch: pytest.MonkeyPatch, mutant: str
) -> None:
    """The searches above generate the hard cases: they find a fault in each of them."""

    @settings(
        max_examples=300,
        phases=[Phase.generate],
        database=None,
        derandomize=True,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=batched() | shuffled())
    def search(case: Case) -> None:
        check(ground, case)

    MUTANTS[mutant](monkeypatch)
    with pytest.raises(AssertionError):
        search()
