"""Frames that never came are counted by session, in whatever order the others came."""

import json
from datetime import timedelta

from typer.testing import CliRunner

from boroughsense.cli import app
from storage.connection import Connection
from storage.frame_loss import sessions
from storage.uplinks import Writer
from tests.fixtures.service_process import database_url
from tests.storage.samples import NOON, record, store, uplink

DAY = timedelta(days=1)


def test_skipped_counts_are_lost_frames(database: Connection, writer: Writer) -> None:
    """Order and repetitions do not matter; a join begins to count anew."""
    counts = [7, 3, 4, 9]
    for number, f_cnt in enumerate([*counts, 4]):
        store(writer, record(uplink(number, f_cnt=f_cnt)))
    store(writer, record(uplink(20, f_cnt=0, dev_addr="00d3a1ff")))
    store(writer, record(uplink(21, f_cnt=5, dev_eui="02c17a0000000104")))
    found = sessions(database, NOON - DAY, NOON + DAY)
    told = [(loss.dev_eui[-4:], loss.dev_addr, loss.received, loss.lost) for loss in found]
    assert told == [
        ("0103", "00d3a1f2", 4, 3),
        ("0103", "00d3a1ff", 1, 0),
        ("0104", "00d3a1f2", 1, 0),
    ]
    assert found[0].share == 3 / 7
    assert found[0].first < found[0].last
    assert sessions(database, NOON + DAY, NOON + 2 * DAY) == []
    assert len(sessions(database, NOON - DAY, NOON + DAY, most=1)) == 1


def test_loss_is_listed_by_the_command(dsn: str, database: Connection, writer: Writer) -> None:
    """`devices loss` lists the sessions, for a person and as JSON."""
    for f_cnt in (1, 4):
        store(writer, record(uplink(f_cnt)))
    assert database.execute("select count(*) from uplink").fetchone() == (2,)
    arguments = ["devices", "loss", "--since", NOON.isoformat(), "--database-url"]
    arguments.append(database_url(dsn))
    outcome = CliRunner().invoke(app, [*arguments, "--json"])
    assert outcome.exit_code == 0, outcome.output
    (session,) = json.loads(outcome.stdout)["sessions"]
    assert (session["received"], session["lost"], session["share"]) == (2, 2, 0.5)
    assert "aq-quayside-03" in CliRunner().invoke(app, arguments).stdout
