"""The network servers' events of the shared data: each is read as its index says, or refused."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from chirpstack_api import integration
from google.protobuf import json_format

from decoders import chirpstack, events, pbjson
from decoders.chirpstack import Envelope
from decoders.errors import EventError
from decoders.model import NetworkEvent, TimeSource, Uplink
from tests.fixtures.shared import locate

BAD = {
    "bad-no-device-info.json": ("missing_field", "deviceInfo"),
    "bad-data-not-base64.json": ("bad_field", "data is not base64"),
    "bad-deduplication-id.json": ("bad_field", "deduplicationId"),
    "bad-object-types.json": ("bad_field", "object.temperature"),
}
REFUSED = {**BAD, "command-down.json": ("unknown_event", "command/down")}
SOURCES = {"v3": "chirpstack-v3", "tts": "things-stack-v3"}


def _index() -> list[dict[str, str]]:
    """Read the index; empty without the shared data, where the fixture says so."""
    folder = locate()
    if folder is None:
        return []
    with (folder / "events" / "index.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


INDEX = _index()
TOPICS = {row["file"]: row["topic"] for row in INDEX}
READ = [name for name in TOPICS if name not in REFUSED]
WRITTEN = [
    row["file"]
    for row in INDEX
    if row["message"].startswith("integration.") and row["check"] == "strict"
]
BINARY = [name for name in WRITTEN if name.startswith("up-")]


def _load(shared: Path, name: str) -> Any:  # noqa: ANN401 - JSON
    return json.loads((shared / "events" / name).read_bytes())


def _parse(shared: Path, name: str, topic: str = "") -> Uplink | NetworkEvent:
    message = (shared / "events" / name).read_bytes()
    return events.parse(topic or TOPICS[name], message)


def _uplink(shared: Path, name: str) -> Uplink:
    parsed = _parse(shared, name)
    assert isinstance(parsed, Uplink)
    return parsed


def test_the_index_is_whole(shared: Path) -> None:
    """Every JSON file is in the index, and fourteen have a protobuf copy."""
    assert set(TOPICS) == {path.name for path in (shared / "events").glob("*.json")}
    assert len(TOPICS) == 46
    assert len(BINARY) == len(list((shared / "events").glob("*.bin"))) == 14


@pytest.mark.parametrize("name", READ)
def test_event_is_read(shared: Path, name: str) -> None:
    """The event is of its topic's type, device and application."""
    parsed = _parse(shared, name)
    *_, kind = levels = TOPICS[name].split("/")
    assert parsed.source == next(
        (source for mark, source in SOURCES.items() if mark in name.split("-")[:2]),
        "chirpstack-v4",
    )
    if isinstance(parsed, Uplink):
        assert kind == "up"
        assert parsed.dev_eui in TOPICS[name] or parsed.device_name in TOPICS[name]
        return
    assert parsed.event_type == kind
    assert parsed.subject in levels or parsed.source == "things-stack-v3"
    assert parsed.application in TOPICS[name]


@pytest.mark.parametrize("name", REFUSED)
def test_event_is_refused(shared: Path, name: str) -> None:
    """What is wrong, or no event at all, is refused with a reason that names the field."""
    reason, words = REFUSED[name]
    with pytest.raises(EventError) as caught:
        _parse(shared, name)
    assert caught.value.reason == reason
    assert words in caught.value.detail


@pytest.mark.parametrize("name", BINARY)
def test_protobuf_gives_the_same(shared: Path, name: str) -> None:
    """The protobuf copy gives the same uplink as the JSON."""
    binary = (shared / "events" / name).with_suffix(".bin").read_bytes()
    assert events.parse(TOPICS[name], binary) == _parse(shared, name)


@pytest.mark.parametrize("name", READ)
def test_file_without_its_topic(shared: Path, name: str) -> None:
    """A file that comes without its topic is read the same."""
    guessed = events.topic_of((shared / "events" / name).read_bytes())
    assert guessed is not None
    assert _parse(shared, name, guessed) == _parse(shared, name)


@pytest.mark.parametrize("name", WRITTEN)
def test_json_is_written_as_the_server_writes_it(shared: Path, name: str) -> None:
    """A message of the integration, read as protobuf and written by us, is the same JSON."""
    row = next(row for row in INDEX if row["file"] == name)
    message = getattr(integration, row["message"].removeprefix("integration."))()
    json_format.ParseDict(_load(shared, name), message)
    assert json.loads(pbjson.dump(message)) == _load(shared, name)


@pytest.mark.parametrize("name", [name for name in BINARY if "relay" not in name])
def test_rendered_uplink_has_the_same_keys(shared: Path, name: str) -> None:
    """An uplink that we render has the keys of the server's own, and is read to the same."""
    document, uplink = _load(shared, name), _uplink(shared, name)
    moment = events.parse(TOPICS[name], json.dumps({**document, "rxInfo": []}).encode())
    assert isinstance(moment, Uplink)
    wrong_clock = moment.result_time if moment.result_time != uplink.result_time else None
    envelope = Envelope(object=document.get("object"), event_time=wrong_clock)
    topic, message = chirpstack.render(uplink, envelope, marshaler="json")
    assert topic == TOPICS[name]
    assert events.parse(topic, message) == uplink
    assert set(json.loads(message)) == set(document) | {"regionConfigId"}
    assert json.loads(message)["deviceInfo"].keys() == document["deviceInfo"].keys()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("up-air-quality.json", {"f_port": 85, "f_cnt": 18_231, "time_source": "gateway"}),
        ("up-parking-confirmed.json", {"confirmed": True, "time_source": "server"}),
        ("up-mac-only.json", {"f_port": 0, "payload": b""}),
        ("up-empty-payload-with-port.json", {"payload": b""}),
        ("up-first-after-join.json", {"f_cnt": 0, "confirmed": False}),
        ("up-no-time.json", {"result_time": None, "time_source": None}),
        ("up-end-to-end-encrypted.json", {"encrypted": True}),
        ("up-v4-0-defaults-omitted.json", {"f_cnt": 0}),
        ("tts-up-first-after-join.json", {"f_cnt": 0, "time_source": "server"}),
    ],
)
def test_awkward_uplinks(shared: Path, name: str, expected: dict[str, object]) -> None:
    """What is odd about an uplink is read as the index tells it."""
    uplink = _uplink(shared, name)
    assert {field: getattr(uplink, field) for field in expected} == expected


def test_counter_beyond_16_bits(shared: Path) -> None:
    """The frame counter is the full one; a gateway without a position has none."""
    uplink = _uplink(shared, "up-waste-bin.json")
    assert uplink.f_cnt > 0xFFFF
    assert any(copy.latitude is None for copy in uplink.receptions)


def test_gps_of_1980(shared: Path) -> None:
    """A gateway whose GPS says 1980 does not date the uplink: the server's clock does."""
    uplink = _uplink(shared, "up-gateway-clock-1980.json")
    assert uplink.result_time is not None
    assert uplink.result_time.year == 2026
    assert uplink.time_source is TimeSource.SERVER


def test_the_same_frame_under_another_id(shared: Path) -> None:
    """A frame seen again has another id, and the same session, counter and payload."""
    first = _uplink(shared, "up-parking-confirmed.json")
    again = _uplink(shared, "up-duplicate-fcnt.json")
    assert first.deduplication_id != again.deduplication_id
    assert (first.dev_eui, first.dev_addr, first.f_cnt, first.payload) == (
        again.dev_eui,
        again.dev_addr,
        again.f_cnt,
        again.payload,
    )


def test_an_id_is_not_unique_across_event_types(shared: Path) -> None:
    """The status that came in a frame shares the frame's id."""
    status = _parse(shared, "status-battery.json")
    assert isinstance(status, NetworkEvent)
    assert status.deduplication_key == _uplink(shared, "up-mac-only.json").deduplication_id


def test_no_two_events_share_a_key(shared: Path) -> None:
    """Within a type every event with a key has its own."""
    parsed = [_parse(shared, name) for name in READ]
    others = [event for event in parsed if isinstance(event, NetworkEvent)]
    keys = [(e.source, e.event_type, e.deduplication_key) for e in others if e.deduplication_key]
    assert len(keys) == len(set(keys)) > 15
