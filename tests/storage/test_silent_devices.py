"""The facts about silent devices, read from what is stored, and the commands that list them."""

import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from typer.testing import CliRunner

from alerts.silence_cause import Cause
from boroughsense.cli import app
from decoders.model import NetworkEvent, Reception
from storage.connection import Connection
from storage.model import EventRecord
from storage.queries import SQL
from storage.silent_devices import Silent, found, logged
from storage.uplinks import Writer
from tests.fixtures.service_process import database_url
from tests.storage.samples import NOON, arrival, record, store, uplink

MINUTE = timedelta(minutes=1)
LATER = NOON + 300 * MINUTE
ROOM, OTHER = "02c17a0000000103", "02c17a0000000104"
HERE, THERE = "02c17afffe00a101", "02c17afffe00a102"


def heard(writer: Writer, dev_eui: str, minutes: int, gateway: str = HERE) -> None:
    """Let a device be heard so many minutes after noon."""
    time = NOON + minutes * MINUTE
    sent = uplink(
        minutes,
        deduplication_id=f"{dev_eui}-{minutes}",
        dev_eui=dev_eui,
        result_time=time,
        receptions=(Reception(gateway, -90, 5.0, time, time),),
    )
    store(writer, record(sent, came=arrival(at=time)))


def told(writer: Writer, subject: str, kind: str, minutes: int, **detail: str) -> None:
    """Let a network server or a gateway tell something so many minutes after noon."""
    time = NOON + minutes * MINUTE
    key = "" if kind == "conn" else f"{subject}:{kind}:{minutes}"
    given: datetime | None = None if kind == "conn" else time
    event = NetworkEvent("chirpstack-v4", kind, key, subject, "", given, detail)
    store(writer, EventRecord(arrival(at=time), event))


def only(database: Connection) -> Silent:
    """Give the one device that is silent now."""
    (silent,) = found(database, LATER)
    return silent


def test_nobody_is_silent(database: Connection, writer: Writer) -> None:
    """A device that was heard a moment ago is not listed."""
    heard(writer, ROOM, 299)
    assert found(database, LATER) == []


WORDS = {"conn": ("state",), "log": ("code",)}
STATS = (HERE, "stats", -20), (HERE, "stats", -10)
OFFLINE = (HERE, "stats", 290), (HERE, "conn", 291, "OFFLINE")
Told = tuple[str, str, int] | tuple[str, str, int, str]
CASES: dict[str, tuple[Cause, tuple[tuple[int, str], ...], tuple[Told, ...]]] = {
    "others are heard where it was": (Cause.DEVICE, ((298, HERE),), STATS),
    "its gateway is offline": (Cause.GATEWAY, ((298, THERE),), (*STATS, *OFFLINE)),
    "offline, but it receives": (Cause.DEVICE, ((299, HERE),), (*STATS, *OFFLINE)),
    "offline, but it tells": (Cause.DEVICE, ((298, THERE),), (*OFFLINE, (HERE, "stats", 299))),
    "back online": (Cause.DEVICE, ((298, THERE),), (*OFFLINE, (HERE, "conn", 292, "ONLINE"))),
    "its gateway tells nothing": (Cause.GATEWAY, ((298, THERE),), STATS),
    "gateways alone tell": (Cause.NETWORK_SERVER, (), (*STATS, (HERE, "stats", 299))),
    "nothing comes": (Cause.US, (), STATS),
    "its counter began anew": (
        Cause.DEVICE,
        ((298, THERE),),
        (*STATS, (ROOM, "log", 5, "UPLINK_F_CNT_RESET")),
    ),
}
"""The cause, when another device is heard by whom, and what is told"""


@pytest.mark.parametrize("case", CASES)
def test_cause_of_a_silence(database: Connection, writer: Writer, case: str) -> None:
    """What is stored of others, of gateways and of logs decides."""
    expected, others, events = CASES[case]
    heard(writer, ROOM, 0)
    heard(writer, OTHER, 1, THERE)
    for minutes, gateway in others:
        heard(writer, OTHER, minutes, gateway)
    for subject, kind, minutes, *word in events:
        told(writer, subject, kind, minutes, **dict(zip(WORDS.get(kind, ()), word, strict=False)))
    silent = next(each for each in found(database, LATER) if each.dev_eui == ROOM)
    assert silent.finding.cause is expected, silent.finding.why
    assert silent.device.gateways == {HERE}
    assert ("UPLINK_F_CNT_RESET at 2026-05-12 12:05" in silent.finding.why) is ("counter" in case)


def test_a_gap_of_ours_and_a_device_alone(database: Connection, writer: Writer) -> None:
    """A gap over all of the silence explains it; without another source nothing is known."""
    heard(writer, ROOM, 0)
    assert only(database).finding.cause is Cause.UNKNOWN
    span = {"start": NOON, "end": LATER, "why": "the session was lost"}
    database.execute(SQL["gap_add"], span)
    assert only(database).finding.cause is Cause.US


def test_logs_are_added_up(database: Connection, writer: Writer) -> None:
    """By device and code, the newest first; a device that was never heard has no name."""
    told(writer, OTHER, "log", 2, code="OTAA", description="nonce", level="ERROR")
    for minutes in (7, 3, 5):
        told(writer, ROOM, "log", minutes, code="UPLINK_CODEC", description=f"at {minutes}")
    heard(writer, ROOM, 10)
    first, second = logged(database, NOON)
    assert (first.dev_eui, first.name, first.code, first.number) == (
        ROOM,
        "aq-quayside-03",
        "UPLINK_CODEC",
        3,
    )
    assert (first.first, first.last) == (NOON + 3 * MINUTE, NOON + 7 * MINUTE)
    assert first.heard_at == NOON + 10 * MINUTE
    assert (second.dev_eui, second.name, second.heard_at) == (OTHER, None, None)
    assert second.description == "nonce"
    assert replace(second, name=None).is_open(LATER)
    assert logged(database, NOON + 8 * MINUTE) == []
    assert len(logged(database, NOON, most=1)) == 1


def test_commands(dsn: str, database: Connection, writer: Writer) -> None:
    """`devices silent` and `devices logs` say it to a person and as JSON."""
    heard(writer, ROOM, 0)
    told(writer, ROOM, "log", 1, code="OTAA", description="DevNonce has already been used")
    assert only(database).finding.cause is Cause.DEVICE
    url = ["--database-url", database_url(dsn)]
    silent = CliRunner().invoke(app, ["devices", "silent", *url, "--json"])
    assert silent.exit_code == 0, silent.output
    (row,) = json.loads(silent.stdout)["devices"]
    assert (row["dev_eui"], row["cause"], row["gateways"]) == (ROOM, "device", [HERE])
    assert row["last_heard"] == NOON.isoformat()
    since = ["--since", NOON.isoformat()]
    logs = CliRunner().invoke(app, ["devices", "logs", *since, *url, "--json"])
    assert logs.exit_code == 0, logs.output
    (row,) = json.loads(logs.stdout)["logs"]
    assert (row["code"], row["number"], row["open"]) == ("OTAA", 1, True)
    assert "keys" in row["advice"]
    assert "OTAA" in CliRunner().invoke(app, ["devices", "logs", *since, *url]).stdout
    assert "device" in CliRunner().invoke(app, ["devices", "silent", *url]).stdout
