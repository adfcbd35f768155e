"""The doctor names what needs a person, with what to do, and only that."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from storage import health, migrate
from storage.connection import Connection, connect
from storage.health import Health, Job, Server, examine
from storage.instance import Mode
from storage.migrate import PLAIN as PLAIN_TIER
from storage.migrate import Status
from storage.pages_health import MOST_MARKS, Evaluation
from storage.queries import SQL
from storage.upkeep import maintain
from storage.uplinks import Writer
from tests.fixtures.timescale import is_one_session
from tests.storage.samples import NOON, record, store, uplink

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
SERVER = Server(
    *(180006, "18.6", None, None, None, NOW, False, "on", "on", "UTC", "UTF8"),
    "read committed",
    10**6,
)
PLAIN = Health(
    NOW,
    SERVER,
    Status("plain", Mode.LIVE, ("0001_core",), (), timescale_is_available=False),
    weeks_until=date(2026, 12, 28),
    evaluation=Evaluation(0, NOW),
    upkeep_at=NOW - HOUR,
)
OF_THE_TESTS = ("fsync is off", "job ")
"""What is wrong with servers of tests: they forget at a crash, and in WebAssembly run no jobs"""
JOB = Job(1000, "Columnstore Policy", DAY, 9, 0, "Success", NOW - HOUR, NOW - HOUR, NOW, "")
TIMESCALE = replace(
    PLAIN,
    server=replace(SERVER, timescale="2.23.0-dev", licence="timescale"),
    schema=replace(PLAIN.schema, tier="timescale", timescale_is_available=True),
    jobs=(JOB,),
    weeks_until=None,
)


def problems(given: Health) -> Sequence[str]:
    """Give what is wrong."""
    return [*given.problems()]


@pytest.mark.parametrize("given", [PLAIN, TIMESCALE], ids=["plain", "timescale"])
def test_well_is_well(given: Health) -> None:
    """A database that is as it should be needs nobody, on either tier."""
    assert problems(given) == []
    assert [*given.remarks()] == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"schema": replace(PLAIN.schema, pending=("0099_next",))}, "the schema lacks 0099_next"),
        ({"upkeep_at": None}, "nobody has done the upkeep ever: leave it to boroughsense run"),
        ({"upkeep_at": NOW - 9 * DAY}, "nobody has done the upkeep since 2026-11-15"),
        ({"weeks_until": date(2026, 11, 30)}, "room for readings up to 2026-11-30 only"),
        ({"uncompressed": 3}, "3 old weeks are not compressed"),
        ({"evaluation": Evaluation(MOST_MARKS, None)}, f"{MOST_MARKS} hours wait"),
        ({"evaluation": Evaluation(0, NOW - 2 * HOUR)}, "evaluation is behind"),
    ],
)
def test_what_needs_a_person(changes: dict[str, Any], said: str) -> None:
    """Each thing that is wrong is one sentence that says what to do."""
    [problem] = problems(replace(PLAIN, **changes))
    assert said in problem
    assert "run" in problem


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"version_number": 140012, "version": "14.12"}, "PostgreSQL 14.12 is too old: 15 to 18"),
        ({"in_recovery": True}, "name the primary in database_url"),
        ({"fsync": "off"}, "set fsync = on"),
        ({"synchronous_commit": "off"}, "synchronous_commit is off"),
        ({"timezone": "Asia/Tokyo"}, "TimeZone is Asia/Tokyo"),
        ({"encoding": "SQL_ASCII"}, "make it anew with UTF8"),
        ({"isolation": "serializable"}, "set it to read committed"),
        ({"clock": NOW + timedelta(seconds=90)}, "clock is +90 s from this machine's"),
        ({"clock": NOW - timedelta(seconds=6)}, "clock is -6 s from this machine's"),
    ],
)
def test_server_that_is_not_fit(changes: dict[str, Any], said: str) -> None:
    """A version or a setting that costs data is told, with what to set."""
    [problem] = problems(replace(PLAIN, server=replace(SERVER, **changes)))
    assert said in problem


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"runs": 0, "next_start": NOW - 2 * DAY, "last_success": None}, "has never run"),
        ({"runs": 0, "next_start": None, "last_success": None}, "has never run"),
        ({"last_success": None, "error": "drop portal"}, "has not succeeded (drop portal)"),
        ({"last_success": NOW - 4 * DAY}, "has not succeeded since 2026-11-20T09:00:00+00:00"),
    ],
)
def test_job_that_does_not_do_its_work(changes: dict[str, Any], said: str) -> None:
    """A policy that is registered and never runs, or never succeeds, is a problem."""
    [problem] = problems(replace(TIMESCALE, jobs=(JOB, replace(JOB, **changes))))
    assert said in problem
    assert "run boroughsense maintain" in problem


@pytest.mark.parametrize(
    "changes",
    [
        {"runs": 0, "next_start": NOW + HOUR, "last_success": None},
        {"failures": 2, "status": "Failed", "last_success": NOW - 2 * DAY},
        {"schedule": None},
    ],
)
def test_job_that_may_yet_do_its_work(changes: dict[str, Any]) -> None:
    """A job before its first run, or after one failure, is left to the server."""
    assert problems(replace(TIMESCALE, jobs=(replace(JOB, **changes),))) == []


@pytest.mark.parametrize(
    ("timescale", "said"),
    [("2.19.3", "TimescaleDB 2.19.3 is too old, 2.20"), (None, "the extension is gone")],
)
def test_wrong_timescale(timescale: str | None, said: str) -> None:
    """An extension that is too old, or gone, is a problem."""
    server = replace(TIMESCALE.server, timescale=timescale)
    [problem] = problems(replace(TIMESCALE, server=server))
    assert said in problem


def test_remarks() -> None:
    """What works and could be better is worth a word, and needs nobody."""
    apache = replace(TIMESCALE, server=replace(TIMESCALE.server, licence="apache"))
    unused = replace(PLAIN, schema=replace(PLAIN.schema, timescale_is_available=True))
    newer = replace(PLAIN, server=replace(SERVER, version_number=190001, version="19.1"))
    for given, said in ((apache, "cannot compress"), (unused, "does not use"), (newer, "19.1")):
        [remark] = given.remarks()
        assert said in remark
        assert problems(given) == []


def test_simulation_has_a_clock_of_its_own() -> None:
    """What was due by the clock of a simulation's readings is not late by the wall's."""
    simulated = replace(PLAIN.schema, mode=Mode.SIMULATION)
    behind = replace(PLAIN, schema=simulated, evaluation=Evaluation(5, NOW - 99 * DAY))
    assert problems(behind) == []


def test_database_before_and_after_its_upkeep(database: Connection) -> None:
    """A new database wants its first upkeep; after it nothing is amiss but what its server is."""
    now = datetime.now(UTC)
    before = examine(database, now)
    assert [problem for problem in problems(before) if "upkeep ever" in problem]
    maintain(database, now)
    after = examine(database, now)
    assert [problem for problem in problems(after) if not problem.startswith(OF_THE_TESTS)] == []
    assert after.server.version_number >= 150_000
    assert after.upkeep_at == now
    assert "rollup_1h" in {table.name for table in after.tables}
    if after.schema.tier == PLAIN_TIER:
        assert after.weeks_until is not None
        assert after.weeks_until > (now + 4 * 7 * DAY).date()
        assert after.jobs == ()


@pytest.mark.timescale_tier
def test_policies_that_never_run_are_seen(database: Connection) -> None:
    """Where the server has no background workers the policies are listed, and told as problems."""
    found = examine(database, datetime.now(UTC) + 2 * DAY)
    assert [job.name.split(" of ")[1] for job in found.jobs] == ["uplink", "observation"]
    if is_one_session():
        never = [problem for problem in problems(found) if "has never run" in problem]
        assert len(never) == 2


def test_growth_is_known_after_a_day(database: Connection, writer: Writer) -> None:
    """Growth is what a table gained since the oldest note of a month, by the day."""
    maintain(database, NOON)
    later = NOON + 10 * DAY
    for number in range(0, 300, 100):
        store(writer, *(record(uplink(each)) for each in range(number, number + 100)))
    grown = {table.name: table.bytes_a_day for table in examine(database, later).tables}
    sizes = {table.name: table.bytes for table in examine(database, later).tables}
    assert grown["observation"] is not None
    assert 0 < grown["observation"] <= sizes["observation"] / 10
    assert grown["installation"] == 0
    first = {table.name: table.bytes_a_day for table in examine(database, NOON).tables}
    assert set(first.values()) == {None}


def test_database_that_lacks_a_migration(
    database: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the present schema has is not looked for in an older one."""
    older = replace(PLAIN.schema, pending=("0099_next",))
    monkeypatch.setattr(migrate, "status", lambda _connection: older)
    monkeypatch.setitem(SQL, "jobs_read", "select nothing")
    found = examine(database, datetime.now(UTC))
    assert any("run boroughsense db migrate" in problem for problem in problems(found))


def test_database_that_was_never_migrated(empty_dsn: str) -> None:
    """All migrations are missing: one sentence, no error."""
    with connect(empty_dsn) as connection:
        found = examine(connection, datetime.now(UTC))
    assert any("lacks 0001_core" in problem for problem in problems(found))
    assert found.schema.tier == ""
    assert health.OLDEST_POSTGRES == 15
