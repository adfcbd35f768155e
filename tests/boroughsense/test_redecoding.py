"""Payloads that were read by the wrong codec are read again, and all that follows is put right."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from alerts import rules
from boroughsense.redecoding import Report, redecode
from decoders import registry
from decoders.errors import UnknownDevice
from decoders.model import Observation, TimeSource, Uplink
from ingest.evaluator import Evaluator
from ingest.pipeline import Policy, check
from storage.connection import Connection, connect
from storage.instance import Mode
from storage.model import Arrival, Batch, UplinkRecord
from storage.redecoding import Selection
from storage.uplinks import Writer
from tests.fixtures.postgres import Server

BEGIN = datetime(2026, 11, 20, tzinfo=UTC)
HOUR = timedelta(hours=1)
NOW = BEGIN + 60 * HOUR
POLICY = Policy(Mode.LIVE)
RIGHT, WRONG, NEAR = "milesight-em300-th/em300-th", "elsys-ers", "milesight-em300-th/em320-th"
ALL = Selection(BEGIN - HOUR, NOW)
Row = tuple[Any, ...]


def _payload(hour: int) -> bytes:
    """Give a damp room's frame; each sixth holds two records of a day before the first."""
    seen = [
        Observation("battery_level", 90),
        Observation("temperature", 18 + hour % 5),
        Observation("relative_humidity", 88 + hour % 4),
    ]
    if hour % 6 == 0:
        for back in (1, 2):
            at = BEGIN + hour * HOUR - (24 + back) * HOUR + timedelta(minutes=30)
            seen += [
                Observation("temperature", 17.5, at),
                Observation("relative_humidity", 60.0, at),
            ]
    return registry.codec(RIGHT).encode(seen)[1]


def _uplink(hour: int, tag: str) -> Uplink:
    return Uplink(
        source="chirpstack-v4",
        deduplication_id=f"00000000-0000-4000-8000-{hour:012d}",
        dev_eui="02c17a0000000501",
        device_name="bedroom",
        device_profile="Room sensor",
        application="homes",
        tags={"decoder": tag, "uplink_interval": "3600"},
        dev_addr="01020304",
        f_port=85,
        f_cnt=hour,
        confirmed=False,
        payload=_payload(hour),
        result_time=BEGIN + hour * HOUR + timedelta(minutes=5),
        time_source=TimeSource.SERVER,
    )


def _fill(connection: Connection, tag: str, model: str = "") -> None:
    """Store two and a half days of uplinks of a device whose profile has a tag."""
    for hour in range(60):
        uplink = _uplink(hour, model or tag)
        record = check(POLICY.codecs.decode(uplink), Arrival("", b"", NOW), POLICY)
        assert isinstance(record, UplinkRecord)
        told = replace(uplink, tags={**uplink.tags, "decoder": tag})
        arrival = replace(record.arrival, received_at=uplink.result_time or NOW)
        record = replace(record, uplink=told, arrival=arrival)
        Writer(connection).store(Batch((record,)))
    _judge(connection)


def _judge(connection: Connection) -> None:
    evaluator = Evaluator(connection, rules.load(), channels=("log", "webhook"), wall=lambda: NOW)
    while evaluator.step():
        pass


def _all_of(connection: Connection) -> dict[str, list[Row]]:
    """Give all that follows from the payloads."""
    queries = {
        "observations": "select channel, name, phenomenon_time, result, quality from observation"
        " join series on series.id = series_id join observed_property as p on p.id = property_id"
        " order by 2, 1, 3",
        "hours": "select channel, name, interval_start, count, expected, mean, valid from rollup_1h"
        " join series on series.id = series_id join observed_property as p on p.id = property_id"
        " where count > 0 order by 2, 1, 3",
        "latest": "select channel, name, phenomenon_time, result from latest"
        " join series on series.id = series_id join observed_property as p on p.id = property_id"
        " order by 2, 1",
        "episodes": "select rule_id, fired_at, resolved_at, status, severity, peak from alert"
        " where status <> 'withdrawn' order by 1, 2",
        "uplinks": "select deduplication_id, codec, codec_version from uplink order by 1",
        "device": "select codec, environment, reporting_interval from device",
    }
    return {name: connection.execute(text).fetchall() for name, text in queries.items()}


@pytest.fixture
def clean(postgres_server: Server) -> Iterator[dict[str, list[Row]]]:
    """Give what a run with the right profile ends in."""
    with postgres_server.database(Mode.LIVE) as dsn, connect(dsn) as connection:
        _fill(connection, RIGHT)
        yield _all_of(connection)


@pytest.mark.parametrize("wrong", [WRONG, NEAR])
def test_all_is_as_in_a_clean_run_and_nobody_is_told(
    database: Connection, clean: dict[str, list[Row]], wrong: str
) -> None:
    """Observations, means, newest values and episodes equal a run with the right profile."""
    _fill(database, RIGHT, wrong)
    told = database.execute("select count(*) from notification").fetchone()
    assert _all_of(database) != clean
    (report,) = redecode(database, ALL, POLICY)
    assert report.uplinks == 60
    assert report.refused == 0
    _judge(database)
    assert _all_of(database) == clean
    fired = database.execute(
        "select count(*) from alert where rule_id = 'H3' and status <> 'withdrawn'"
    ).fetchone()
    assert fired == (1,)
    assert database.execute("select count(*) from notification").fetchone() == told


def test_again_changes_nothing(database: Connection, clean: dict[str, list[Row]]) -> None:
    """Reading again what is right already, or twice, changes nothing."""
    _fill(database, RIGHT)
    (report,) = redecode(database, ALL, POLICY)
    assert (report.added, report.removed, report.changed) == (0, 0, 0)
    _judge(database)
    assert _all_of(database) == clean


def test_dry_run_changes_nothing(database: Connection) -> None:
    """The difference is shown with examples, and nothing is touched."""
    _fill(database, RIGHT, WRONG)
    before = _all_of(database)
    (report,) = redecode(database, ALL, POLICY, dry_run=True)
    assert report.added > 0
    assert report.removed > 0
    assert "relative_humidity" in report.properties
    assert len(report.examples) == 5
    assert _all_of(database) == before
    assert report.document()["dev_eui"] == "02c17a0000000501"


def test_part_of_the_time_and_of_the_codecs(database: Connection) -> None:
    """Only what is selected is read again; what other uplinks gave stays."""
    _fill(database, RIGHT, NEAR)
    half = Selection(BEGIN, BEGIN + 30 * HOUR)
    (report,) = redecode(database, half, POLICY)
    assert report.uplinks == 30
    assert list(redecode(database, replace(ALL, codec="bosch-tps110"), POLICY)) == []
    assert list(redecode(database, replace(ALL, dev_eui="02c17a00000005ff"), POLICY)) == []
    (rest,) = redecode(database, replace(ALL, codec=NEAR), POLICY)
    assert rest.uplinks == 30
    assert rest.removed == 0


def test_what_another_uplink_gave_stays(database: Connection) -> None:
    """Two uplinks that gave the same record: one read otherwise does not take it away."""
    first = _uplink(0, RIGHT)
    again = replace(
        first,
        deduplication_id="00000000-0000-4000-8000-00000000ffff",
        f_cnt=99,
        result_time=BEGIN + 3 * HOUR,
    )
    for uplink in (first, again):
        record = check(
            POLICY.codecs.decode(uplink), Arrival("", b"", uplink.result_time or NOW), POLICY
        )
        Writer(database).store(Batch((record,)))
    only = Selection(BEGIN, BEGIN + HOUR)
    before = _all_of(database)["observations"]
    (report,) = redecode(database, only, POLICY, model="bosch-tps110")
    assert report.refused == 1
    (report,) = redecode(database, only, POLICY, model=WRONG)
    assert report.removed > 0
    kept = [row for row in before if row[2] < BEGIN]
    after = _all_of(database)["observations"]
    assert len(kept) == 4
    assert all(row in after for row in kept)


def test_codec_that_is_no_more(database: Connection, clean: dict[str, list[Row]]) -> None:
    """Where the codec of then is gone, what stands at the uplink's own time goes with it."""
    _fill(database, RIGHT, NEAR)
    database.execute("update uplink set codec = 'gone', codec_version = '7'")
    (report,) = redecode(database, ALL, POLICY)
    assert report.uplinks == 60
    _judge(database)
    assert _all_of(database) == clean


def test_unknown_model_is_told(database: Connection) -> None:
    """A model that is none is refused before anything is read."""
    with pytest.raises(UnknownDevice):
        list(redecode(database, ALL, POLICY, model="em300"))


def test_report_is_empty_at_first() -> None:
    """A report of nothing says so."""
    assert Report("x").document()["examples"] == []


def test_command(dsn: str, database: Connection) -> None:
    """The command shows the difference, makes it, and writes down who asked."""
    _fill(database, RIGHT, WRONG)
    info = database.info
    url = f"postgresql://{info.user}@/{info.dbname}?host={info.host.replace('/', '%2F')}"
    assert info.dbname in dsn

    def run(*words: str) -> str:
        command = [sys.executable, "-m", "boroughsense", "redecode", "--database-url", url, *words]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    since = ("--since", BEGIN.isoformat(), "--until", NOW.isoformat())
    dry = json.loads(run(*since, "--dry-run", "--json"))
    assert dry["dry_run"]
    assert dry["uplinks"] == 60
    assert "a dry run: nothing is changed" in run(*since, "--dry-run", "--model", WRONG)
    assert "60 uplinks read again" in run(*since, "--model", WRONG)
    assert json.loads(run(*since, "--as", "elsys-ers", "--dry-run", "--json"))["removed"] > 0
    runs = database.execute("select uplinks, wanted ->> 'model' from redecode_run").fetchall()
    assert runs == [(60, WRONG)]
