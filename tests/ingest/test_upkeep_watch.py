"""`run` does the upkeep by itself: at night, once, by one process, sparing what a case needs."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from boroughsense.commands.ingest import make_evaluation
from boroughsense.settings import load
from ingest.service import nothing
from ingest.upkeep_watch import UpkeepPlan, UpkeepWatch
from storage import upkeep
from storage.connection import Connection, connect
from storage.errors import DatabaseUnavailable
from storage.health import examine
from storage.instance import Mode
from storage.queries import SQL
from storage.uplinks import Writer
from tests.storage.samples import count
from tests.storage.test_upkeep import LONG_AGO, live_in, write

NIGHT = datetime(2026, 7, 7, 2, 0, tzinfo=UTC)
"""Three o'clock in London, on a summer's night"""
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
PLAN = UpkeepPlan(hour=3)


@pytest.mark.parametrize(
    ("last", "now", "due"),
    [
        (None, NIGHT + 9 * HOUR, True),
        (NIGHT - DAY, NIGHT - MINUTE, False),
        (NIGHT - DAY, NIGHT, True),
        (NIGHT, NIGHT + MINUTE, False),
        (NIGHT - DAY, NIGHT + 2 * HOUR - MINUTE, True),
        (NIGHT - DAY, NIGHT + 2 * HOUR, False),
        (NIGHT - DAY, NIGHT + DAY, True),
        (NIGHT - DAY, NIGHT + DAY + 2 * HOUR, True),
    ],
)
def test_when_it_is_due(last: datetime | None, now: datetime, *, due: bool) -> None:
    """In the two quiet hours unless done since they began; at any hour after two nights without."""
    assert PLAN.is_due(last, now) is due


@given(
    st.integers(0, 23),
    st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 20)),  # noqa: DTZ001
)
def test_once_a_night_all_the_year(hour: int, start: datetime) -> None:
    """A service that looks every ten minutes does it once in each day, also when clocks change."""
    plan, last, done = UpkeepPlan(hour), None, []
    begin = start.replace(minute=0, second=0, microsecond=0, tzinfo=UTC)
    for number in range(8 * 24 * 6):
        now = begin + number * 10 * MINUTE
        if plan.is_due(last, now):
            last = now
            done.append(now)
    gaps = [after - before for before, after in pairwise(done[1:])]
    assert 8 <= len(done) <= 9
    assert all(23 * HOUR <= gap <= 25 * HOUR for gap in gaps)


def test_done_at_once_where_it_never_was(database: Connection) -> None:
    """The doctor knows who did it and what, and the next looks of the day do nothing."""
    now = NIGHT + 9 * HOUR
    watch = UpkeepWatch(database, PLAN, wall=lambda: now)
    with capture_logs() as entries:
        assert watch.step() is False
    assert [entry["event"] for entry in entries] == ["upkeep done"]
    last = examine(database, now).upkeep
    assert last is not None
    assert (last.at, last.by, last.problem) == (now, "run", "")
    assert {"made", "dropped", "forgotten"} <= last.did.keys()
    now += 5 * MINUTE
    watch.step()
    assert count(database, "upkeep") == 1


@pytest.mark.whole_server
def test_one_of_several_does_it(dsn: str, database: Connection) -> None:
    """Who comes while another is at it, or just after it, does nothing."""
    with connect(dsn) as other:
        other.execute(SQL["upkeep_lock"])
        UpkeepWatch(database, PLAN, wall=lambda: NIGHT).step()
        assert count(database, "upkeep") == 0
        other.execute(SQL["upkeep_unlock"])
        UpkeepWatch(other, PLAN, wall=lambda: NIGHT).step()
    late = upkeep.maintain(database, NIGHT + MINUTE, unless=lambda last: last == NIGHT)
    assert late is None
    assert count(database, "upkeep") == 1


@pytest.mark.parametrize("state", ["open", "closed"])
def test_what_an_open_case_needs_stays(database: Connection, writer: Writer, state: str) -> None:
    """The limit in months holds for the service, too, and so does what it spares."""
    write(writer, LONG_AGO)
    live_in(database, state)
    plan = UpkeepPlan(3, keep_raw_months=24)
    UpkeepWatch(database, plan, wall=lambda: NIGHT).step()
    assert count(database, "observation") == (1 if state == "open" else 0)
    last = upkeep.last_try(database)
    assert last is not None
    assert len(last.did["kept_for_cases" if state == "open" else "dropped"]) == 2


def test_failure_is_told_and_tried_again(
    database: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the database refuses is a problem for the doctor until an hour later it works."""
    now = NIGHT
    watch = UpkeepWatch(database, PLAN, wall=lambda: now)
    with monkeypatch.context() as broken, capture_logs() as entries:
        broken.setitem(SQL, "parents_analyze", "select 1 / 0")
        watch.step()
        now += 59 * MINUTE
        watch.step()
    assert [entry["log_level"] for entry in entries] == ["warning"]
    (problem,) = [each for each in examine(database, now).problems() if "failed" in each]
    assert problem.startswith("the upkeep by run failed at 2026-07-07T02:00:00+00:00: ")
    assert upkeep.last_done(database) is None
    now += MINUTE
    watch.step()
    assert upkeep.last_done(database) == now
    assert not [each for each in examine(database, now).problems() if "upkeep" in each]


@pytest.mark.whole_server
def test_connection_that_is_lost_is_the_loops(
    database: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then nothing is written down: the loop connects again and tries."""
    monkeypatch.setitem(SQL, "parents_analyze", "select pg_terminate_backend(pg_backend_pid())")
    with pytest.raises(DatabaseUnavailable):
        UpkeepWatch(database, PLAN, wall=lambda: NIGHT).step()


@pytest.mark.parametrize("wanted", [True, False])
def test_it_can_be_left_to_a_timer(
    dsn: str, monkeypatch: pytest.MonkeyPatch, *, wanted: bool
) -> None:
    """With `upkeep_by_run = false` the service has no such loop."""
    monkeypatch.setenv("BOROUGHSENSE_UPKEEP_BY_RUN", str(wanted))
    status_of = make_evaluation(load(), dsn, Mode.LIVE, nothing, report=True)
    names = [loop.name for loop in status_of.loops]
    assert ("upkeep" in names) is wanted
