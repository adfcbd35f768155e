"""Scenarios through broker, service and rules, held against their truth: no difference."""

import gzip
import json
import signal
import subprocess
import sys
import threading
from time import sleep

import pytest

from boroughsense.verify import differences
from storage import account
from storage.connection import connect
from storage.instance import Mode
from tests.fixtures.broker import Mosquitto
from tests.fixtures.postgres import Server
from tests.fixtures.rows import everything
from tests.fixtures.service_process import environment
from tests.fixtures.stage import SECONDS, Stage

SMALL = ["parking_saturday", "gateway_outage"]
"""`dst_weekend` and `hostile` are played further down"""


@pytest.mark.parametrize("scenario", SMALL)
def test_scenario_ends_as_its_truth_says(stage: Stage, scenario: str) -> None:
    """Stored, refused, duplicates, readings, means and episodes: `verify` finds no difference."""
    truth = stage.folder / "truth.json"
    sent = stage.command("simulate", scenario, "--speed", "max", "--truth", str(truth))
    assert sent["published"] == sent["stored"] + sent["refused"] + sent["duplicates"] > 1000
    stage.settle(sent["published"])
    assert stage.verified(truth) == []
    books = stage.command("account")
    assert books["by_reason"] == sent["by_reason"]


def test_a_broker_that_restarts_in_the_middle_loses_nothing(stage: Stage) -> None:
    """What was in flight may arrive twice, and is then a duplicate; nothing is missing."""
    truth = stage.folder / "truth.json"
    publishing = threading.Thread(
        target=stage.command,
        args=("simulate", "broker_outage", "--speed", "max", "--truth", str(truth)),
    )
    publishing.start()
    with connect(stage.dsn) as connection:
        while account.account(connection).received < 500 and publishing.is_alive():
            sleep(0.05)
    stage.broker.settle()
    stage.broker.restart()
    publishing.join(SECONDS)
    sent = json.loads(truth.read_text())
    stage.settle(sent["published"])
    assert stage.verified(truth) == []


def test_a_wrong_database_is_told_by_every_difference(stage: Stage) -> None:
    """Against the truth of another seed `verify` says what differs, and ends with 1."""
    truth = stage.folder / "truth.json"
    short = ("simulate", "dst_weekend", "--speed", "max", "--for", "20h")
    sent = stage.command(*short, "--truth", str(truth))
    stage.settle(sent["published"])
    assert stage.verified(truth) == []
    document = json.loads(truth.read_text())
    document["stored"] += 1
    document["by_reason"]["truncated"] = 3
    document["duplicates"] += 1
    document["series"][0]["readings"] += 1
    document["series"][1]["hours"][0][2] += 0.5
    del document["series"][1]["hours"][1]
    del document["series"][2]["hours"]
    document["series"][2]["valid_hours"] += 1
    document["series"][2]["sum_of_means"] += 1.0
    document["alerts"].append({**document["alerts"][0], "rule": "H3"})
    document["alerts"][0] |= {"peak": 1.0, "reopened": 2, "resolved_at": None}
    truth.write_text(json.dumps(document))
    found = stage.command("verify", str(truth), expect=1)["differences"]
    with connect(stage.dsn) as connection:
        assert found == list(differences(connection, document))
    assert len(found) == 12
    assert all(": " in sentence and sentence.endswith("expected") for sentence in found)


def test_a_recording_replayed_gives_the_same_rows(
    stage: Stage, broker: Mosquitto, postgres_server: Server
) -> None:
    """A recorded run replayed into an empty database gives the same rows, and tells nobody."""
    truth, tape = stage.folder / "truth.json", stage.folder / "feed.jsonl.gz"
    recording = subprocess.Popen(
        [sys.executable, "-m", "boroughsense", "record", str(tape), "--json"],
        stdout=subprocess.PIPE,
        env=environment(broker.url, {}),
    )
    sleep(2.0)
    sent = stage.command("simulate", "dst_weekend", "--speed", "max", "--truth", str(truth))
    stage.settle(sent["published"])
    recording.send_signal(signal.SIGINT)
    out, _ = recording.communicate(timeout=30)
    assert json.loads(out)["recorded"] == sent["published"]
    with gzip.open(tape, "rt") as lines:
        assert sum(1 for _ in lines) == sent["published"]
    stage.service.stop()
    with connect(stage.dsn) as connection:
        live = everything(connection)
    assert all(live[table] for table in ("uplink", "observation", "rollup_1h", "alert"))
    with postgres_server.database(Mode.SIMULATION) as dsn:
        second = Stage(stage.folder, broker, dsn)
        with second.service:
            told = second.command("replay", str(tape), "--speed", "max")
            assert told["published"] == sent["published"]
            second.settle(sent["published"])
            assert second.verified(truth) == []
        with connect(dsn) as connection:
            assert everything(connection) == live
            channels = connection.execute("select distinct channel from notification").fetchall()
            assert set(channels) <= {("log",)}
            origins = connection.execute("select distinct origin from uplink").fetchall()
            assert origins == [("replay",)]


EVENTS = {"join", "status", "ack", "txack", "log", "location", "stats", "conn"}


def _device_findings(stage: Stage) -> None:
    """Compare what is said of two devices that went silent, and of their logs, with the plan."""
    silent = {row["name"]: row for row in stage.command("devices", "silent")["devices"]}
    assert silent["elsys-02"]["cause"] == silent["iam-01"]["cause"] == "device"
    assert "UPLINK_F_CNT_RESET" in silent["elsys-02"]["why"]
    assert "is there: look at the device" in silent["iam-01"]["why"]
    logs = stage.command("devices", "logs", "--since", "2026-02-01")["logs"]
    stood = {(row["name"], row["code"]): row["open"] for row in logs}
    assert stood["elsys-02", "UPLINK_F_CNT_RESET"]
    assert not stood["nexelec-01", "OTAA"]


def test_hostile_traffic_and_the_stored_part_of_it_replayed(
    stage: Stage, broker: Mosquitto, postgres_server: Server
) -> None:
    """Every fault at once ends as predicted; what is stored, played again, concludes the same."""
    truth = stage.folder / "truth.json"
    sent = stage.command("simulate", "hostile", "--speed", "max", "--truth", str(truth))
    stage.settle(sent["published"])
    assert stage.verified(truth) == []
    assert stage.command("account")["by_reason"] == sent["by_reason"]
    assert len(sent["by_reason"]) == 10
    assert set(sent["events"]) == EVENTS
    _device_findings(stage)
    assert stage.service.stop() == 0
    document = json.loads(truth.read_text())
    with postgres_server.database(Mode.SIMULATION) as dsn:
        second = Stage(stage.folder, broker, dsn)
        with second.service:
            told = stage.command("replay", "--from-database", "--speed", "max")
            assert told["published"] == sent["uplinks"]
            second.settle(sent["uplinks"])
            document |= {"stored": sent["uplinks"], "by_reason": {}, "duplicates": 0, "events": {}}
            truth.write_text(json.dumps(document))
            assert second.verified(truth) == []
