"""The service warns once of a device that needs somebody, and again after it was well."""

from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from decoders.model import NetworkEvent
from ingest import device_watch
from ingest.device_watch import DeviceWatch
from ingest.status import Status
from storage.model import EventRecord, Record
from tests.storage.samples import NOON, arrival, record, uplink

ROOM = "02c17a0000000103"


def told(code: str, minutes: int, dev_eui: str = ROOM, kind: str = "log") -> EventRecord:
    """Give a log so many minutes after noon."""
    time = NOON + timedelta(minutes=minutes)
    detail = {"code": code, "description": "it says"}
    return EventRecord(arrival(at=time), NetworkEvent("s", kind, "k", dev_eui, "", time, detail))


@pytest.fixture
def watch() -> DeviceWatch:
    """Give a watch that has seen nothing."""
    return DeviceWatch()


def warned(watch: DeviceWatch, *records: Record) -> list[tuple[str, str]]:
    """Give the devices and codes that are warned of."""
    with capture_logs() as entries:
        watch.look(records)
    return [(entry["dev_eui"], entry["code"]) for entry in entries]


def test_once_until_it_is_heard(watch: DeviceWatch) -> None:
    """A log each ten minutes is one warning; after an uplink the next log is another."""
    logs = [told("UPLINK_F_CNT_RESET", minutes) for minutes in (0, 10, 20)]
    assert warned(watch, *logs) == [(ROOM, "UPLINK_F_CNT_RESET")]
    assert warned(watch, record(uplink(3))) == []
    assert warned(watch, record(uplink(5)), told("UPLINK_F_CNT_RESET", 40)) == [
        (ROOM, "UPLINK_F_CNT_RESET")
    ]


def test_an_uplink_of_before_ends_nothing(watch: DeviceWatch) -> None:
    """One that comes late, and one of another device, leave it standing."""
    late, foreign = record(uplink(1)), record(uplink(20, dev_eui="02c17a0000000104"))
    assert len(warned(watch, told("OTAA", 10), late, foreign, told("OTAA", 30))) == 1


def test_a_codec_that_fails_is_told_daily(watch: DeviceWatch) -> None:
    """Uplinks come beside it, so a day without it ends it."""
    first = warned(watch, told("UPLINK_CODEC", 0), record(uplink(1)), told("UPLINK_CODEC", 60))
    assert first == [(ROOM, "UPLINK_CODEC")]
    assert len(warned(watch, told("UPLINK_CODEC", 60 + 24 * 60))) == 1


def test_memory_is_bounded(watch: DeviceWatch, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest are forgotten, and warned of again."""
    monkeypatch.setattr(device_watch, "_REMEMBERED", 2)
    for dev_eui in ("a", "b", "c"):
        assert len(warned(watch, told("OTAA", 0, dev_eui))) == 1
    assert warned(watch, told("OTAA", 1, "c"), told("OTAA", 1, "a")) == [("a", "OTAA")]


def test_logs_are_counted_by_code() -> None:
    """What needs nobody is counted together; other events are not logs."""
    status = Status()
    with capture_logs() as entries:
        status.seen(
            [
                told("OTAA", 0),
                told("UPLINK_MIC", 0),
                told("UPLINK_F_CNT_RETRANSMISSION", 0),
                told("OTAA", 0, kind="status"),
                record(uplink(0)),
            ]
        )
    assert len(entries) == 1
    page = status.page()
    assert 'boroughsense_device_logs_total{code="OTAA"} 1' in page
    assert 'boroughsense_device_logs_total{code="other"} 2' in page
