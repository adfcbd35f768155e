"""The upkeep does by hand what policies do, once at a time, again and beside writers."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies

from alerts.case_clocks import EventKind
from alerts.hazards import Category
from storage import cases, upkeep
from storage.connection import Connection, connect
from storage.errors import DatabaseUnavailable, WrongSchema
from storage.health import examine
from storage.migrate import TIMESCALE, status
from storage.model import Tally
from storage.partitions import week
from storage.queries import SQL
from storage.upkeep import last_done, maintain, months_before
from storage.uplinks import Writer
from tests.storage.samples import NOON, count, observation, record, rows, store, uplink

DAY = timedelta(days=1)
NOW = NOON + 40 * DAY
LONG_AGO = NOON - timedelta(days=1100)


def write(writer: Writer, *times: datetime) -> None:
    """Store a frame of each time."""
    for number, time in enumerate(times):
        sent = uplink(number, result_time=time, f_cnt=number)
        assert store(writer, record(sent, [observation(time=time)])) == Tally(stored=1)


@given(now=strategies.datetimes(datetime(2020, 1, 1), datetime(2100, 12, 31)))  # noqa: DTZ001
def test_months_are_the_calendars(now: datetime) -> None:
    """Twelve months ago is the same day a year ago, but for the 29th of February."""
    moment = now.replace(tzinfo=UTC)
    before = months_before(moment, 12)
    assert (before.year, before.month) == (now.year - 1, now.month)
    assert before.day == now.day or (now.month, now.day, before.day) == (2, 29, 28)
    assert months_before(moment, 1) < months_before(moment, 0) <= moment


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (datetime(2026, 3, 31, tzinfo=UTC), 1, datetime(2026, 2, 28, tzinfo=UTC)),
        (datetime(2024, 3, 31, 23, 59, tzinfo=UTC), 1, datetime(2024, 2, 29, tzinfo=UTC)),
        (datetime(2026, 1, 15, tzinfo=UTC), 1, datetime(2025, 12, 15, tzinfo=UTC)),
        (datetime(2026, 12, 31, tzinfo=UTC), 24, datetime(2024, 12, 31, tzinfo=UTC)),
    ],
)
def test_month_that_is_shorter(day: datetime, months: int, expected: datetime) -> None:
    """A month without such a day has its last one."""
    assert months_before(day, months) == expected


def test_upkeep_is_remembered(database: Connection, writer: Writer) -> None:
    """Old keys go, sizes are noted, and when it was done is known; again there is less to do."""
    write(writer, NOON)
    assert last_done(database) is None
    done = maintain(database, NOW)
    assert done is not None
    assert done.forgotten == 1
    assert last_done(database) == NOW
    assert rows(database, "select distinct day from table_size") == [(NOW.date(),)]
    again = maintain(database, NOW + timedelta(minutes=1))
    assert again == upkeep.Done()
    assert last_done(database) == NOW + timedelta(minutes=1)
    assert count(database, "observation") == 1


@pytest.mark.plain_tier
def test_weeks_ahead_are_made(database: Connection) -> None:
    """This week and the four next are there for both tables; made once."""
    done = maintain(database, NOW)
    assert done is not None
    assert len(done.made) == 2 * 5
    assert max(done.made) == f"uplink_{week(NOW + 4 * 7 * DAY):%Y%m%d}"


def test_one_does_it_at_a_time(database: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who finds another at it does nothing; afterwards it is free again."""
    with monkeypatch.context() as taken:
        taken.setitem(SQL, "upkeep_lock", "select false")
        assert maintain(database, NOW) is None
    assert last_done(database) is None
    assert maintain(database, NOW) is not None


@pytest.mark.whole_server
def test_lock_is_one_of_the_server(dsn: str, database: Connection) -> None:
    """Another session that does the upkeep is seen, and one that ends lets go."""
    with connect(dsn) as other:
        other.execute(SQL["upkeep_lock"])
        assert maintain(database, NOW) is None
    assert maintain(database, NOW) is not None


def test_database_that_lacks_a_migration(database: Connection) -> None:
    """Nothing is done to a database of another layout, and it is said what to do."""
    database.execute("delete from migration where number = 91")
    with pytest.raises(WrongSchema, match="lacks 0091_upkeep: run boroughsense db migrate"):
        maintain(database, NOW)


def test_nothing_is_dropped_unless_told(database: Connection, writer: Writer) -> None:
    """Without a limit the oldest reading stays."""
    write(writer, LONG_AGO, NOON)
    done = maintain(database, NOW)
    assert done is not None
    assert (done.dropped, count(database, "observation")) == ([], 2)


def test_old_weeks_are_dropped(database: Connection, writer: Writer) -> None:
    """Whole weeks beyond the limit go, with the frames; a dry run tells the same and does not."""
    write(writer, LONG_AGO, NOON - 365 * DAY, NOON)
    would = maintain(database, NOW, keep_raw_months=24, dry_run=True)
    assert count(database, "observation") == count(database, "uplink") == 3
    done = maintain(database, NOW, keep_raw_months=24)
    assert would is not None
    assert done is not None
    assert done.dropped == would.dropped
    assert len(done.dropped) == 2
    assert count(database, "observation") == count(database, "uplink") == 2
    again = maintain(database, NOW, keep_raw_months=24)
    assert again is not None
    assert again.dropped == []


def test_mean_of_a_dropped_week_is_not_made_again(database: Connection, writer: Writer) -> None:
    """A service that knew the week stores what comes for it later, and its hour's mean stays."""
    write(writer, LONG_AGO)
    maintain(database, NOW, keep_raw_months=24)
    [(since,)] = rows(database, "select raw_since from series")
    assert LONG_AGO < since <= LONG_AGO + timedelta(days=8)
    late = uplink(5, result_time=LONG_AGO + timedelta(minutes=5), f_cnt=5)
    assert store(writer, record(late)) == Tally(stored=1)
    assert count(database, "observation") == 1


@pytest.mark.parametrize("state", ["open", "closed"])
def test_week_of_an_open_case_is_kept(database: Connection, writer: Writer, state: str) -> None:
    """What a home's open case may need stays however old it is, and goes when the case is over."""
    write(writer, LONG_AGO)
    live_in(database, state)
    done = maintain(database, NOW, keep_raw_months=24)
    assert done is not None
    kept, dropped = (2, 0) if state == "open" else (0, 2)
    assert (len(done.kept_for_cases), len(done.dropped)) == (kept, dropped)
    assert count(database, "observation") == kept // 2


def live_in(connection: Connection, state: str) -> None:
    """Let the device stand in a room of a home that has a case."""
    connection.execute(
        """
        with home as (
            insert into place (public_id, kind, name) values ('home', 'dwelling', 'A') returning id
        ), room as (
            insert into place (public_id, kind, parent_id, name)
            select 'room', 'room', id, 'Bedroom' from home returning id
        )
        insert into installation (dev_eui, place_id, from_at)
        select dev_eui, room.id, '2020-01-01Z' from room, device
        """
    )
    number = cases.open_case(
        connection,
        cases.Awareness("home", NOW, "a call"),
        hazard="damp_mould",
        category=Category.SIGNIFICANT,
        actor="ann",
        at=NOW,
    )
    if state == "closed":
        cases.add_event(connection, number, EventKind.CLOSED, at=NOW, note="dry", actor="ann")


@pytest.mark.whole_server
def test_week_that_somebody_holds_is_left(
    dsn: str, database: Connection, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader of an old week is not waited for: the week is told as busy and dropped next time."""
    write(writer, LONG_AGO, NOON)
    monkeypatch.setitem(SQL, "upkeep_patience", "set local lock_timeout = '50ms'")
    with connect(dsn) as reader, reader.transaction():
        reader.execute("select count(*) from observation").fetchone()
        done = maintain(database, NOW, keep_raw_months=24)
    assert done is not None
    assert [name.split("_")[0] for name in done.busy] == ["observation"]
    later = maintain(database, NOW, keep_raw_months=24)
    assert later is not None
    assert (later.dropped, later.busy) == (done.busy, [])


@pytest.mark.whole_server
def test_server_that_goes_away_is_told(
    database: Connection, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that is lost is no busy week."""
    write(writer, LONG_AGO)
    gone = "select pg_terminate_backend(pg_backend_pid())"
    monkeypatch.setitem(SQL, "upkeep_patience", gone)
    with pytest.raises(DatabaseUnavailable):
        maintain(database, NOW, keep_raw_months=24)


def test_old_weeks_are_compressed(database: Connection, writer: Writer) -> None:
    """On TimescaleDB weeks that ended a fortnight ago are compressed, and again after late rows."""
    write(writer, NOON, NOW)
    can = status(database).tier == TIMESCALE
    done = maintain(database, NOW)
    assert done is not None
    assert len(done.compressed) == (2 if can else 0)
    assert examine(database, NOW).uncompressed == 0
    assert store(writer, record(7)) == Tally(stored=1)
    late = examine(database, NOW).uncompressed
    assert late == (2 if can else 0)
    again = maintain(database, NOW)
    assert again is not None
    assert len(again.compressed) == late
    assert count(database, "observation") == 3
