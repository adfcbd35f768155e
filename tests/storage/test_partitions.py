"""A week's partition is made once, by whoever needs it first, for any week we can store."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from threading import Barrier

import pytest
from hypothesis import given, strategies

from storage.connection import Connection, connect
from storage.errors import DatabaseRefused, DatabaseUnavailable
from storage.messages import weeks
from storage.packing import microseconds
from storage.partitions import EARLIEST, LATEST, Partitions, week
from tests.storage.samples import count, rows

MONDAY = date(2026, 5, 11)
PARTITIONS = (
    "select inhparent::regclass::text, inhrelid::regclass::text from pg_inherits"
    " join pg_class on pg_class.oid = inhrelid where relkind = 'r'"
)


@given(time=strategies.datetimes(datetime(2000, 1, 1), datetime(2100, 12, 31)))  # noqa: DTZ001
def test_week_begins_on_monday(time: datetime) -> None:
    """A time falls in the week of the Monday at or before it, whichever way it is counted."""
    moment = time.replace(tzinfo=UTC)
    monday = week(moment)
    assert monday.weekday() == 0
    assert timedelta(0) <= moment.date() - monday < timedelta(weeks=1)
    assert weeks([microseconds(moment)]) == {monday}


def test_week_is_utcs() -> None:
    """An hour after midnight in Berlin it is still Sunday."""
    assert week(datetime.fromisoformat("2026-05-11T01:00:00+02:00")) == MONDAY - timedelta(weeks=1)


@pytest.mark.plain_tier
def test_partition_is_made_once(database: Connection) -> None:
    """Weeks that are asked for again, or by somebody else, are there already."""
    partitions = Partitions(database)
    for _ in range(2):
        partitions.ensure("observation", [MONDAY, MONDAY])
        Partitions(database).ensure("observation", [MONDAY])
        partitions.forget()
    assert rows(database, PARTITIONS) == [("observation", "observation_20260511")]


@pytest.mark.plain_tier
def test_weeks_ahead_are_made(database: Connection) -> None:
    """This week and the four next are ready before traffic needs them."""
    Partitions(database).ahead(datetime(2026, 5, 12, tzinfo=UTC))
    assert len(rows(database, PARTITIONS)) == 2 * 5


@pytest.mark.parametrize("time", [EARLIEST, LATEST - timedelta(microseconds=1)])
def test_first_and_last_week_can_be_made(database: Connection, time: datetime) -> None:
    """A row of the first and of the last moment finds its partition."""
    Partitions(database).ensure("observation", [week(time)])
    insert = "insert into observation values (1, %s, 1.0, 1)"
    database.execute(insert, [time])
    assert count(database, "observation") == 1


@pytest.mark.plain_tier
@pytest.mark.parametrize("day", [date(1999, 12, 20), date(2101, 1, 3), date(2026, 5, 12)])
def test_no_other_week_is_made(database: Connection, day: date) -> None:
    """Weeks out of range, and days that are no Monday, are refused."""
    with pytest.raises(DatabaseRefused, match="is not a Monday"):
        Partitions(database).ensure("uplink", [day])
    assert rows(database, PARTITIONS) == []


@pytest.mark.plain_tier
def test_failure_is_not_remembered(dsn: str, database: Connection) -> None:
    """A week that could not be made is made by the next who asks."""
    with connect(dsn) as broken:
        partitions = Partitions(broken)
        broken.close()
        with pytest.raises(DatabaseUnavailable):
            partitions.ensure("uplink", [MONDAY])
    Partitions(database).ensure("uplink", [MONDAY])
    assert rows(database, PARTITIONS) == [("uplink", "uplink_20260511")]


@pytest.mark.plain_tier
def test_two_who_need_the_same_week(dsn: str, database: Connection) -> None:
    """Writers that come to a new week together both find it made."""
    ready = Barrier(3).wait
    mondays = [MONDAY + timedelta(weeks=number) for number in range(4)]

    def ensure(_: int) -> None:
        with connect(dsn) as connection:
            partitions = Partitions(connection)
            ready()
            partitions.ensure("observation", mondays)
            partitions.ensure("uplink", mondays)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(ensure, range(3), timeout=60))
    assert len(rows(database, PARTITIONS)) == 2 * len(mondays)
