"""Other network servers' messages say what ChirpStack v4's would have said."""

import json
from typing import Any, get_args

import pytest

from decoders import events
from decoders.model import Uplink
from simulators.dialects import Server
from simulators.message import Message
from simulators.play import Wanted
from simulators.scenario import Story
from tests.simulators.plays import PLACE, play, refusal, scenario

OTHERS = [server for server in get_args(Server) if server != "chirpstack-v4"]
SOURCES = {
    "chirpstack-v3": "chirpstack-v3",
    "chirpstack-v3-json": "chirpstack-v3",
    "things-stack-v3": "things-stack-v3",
}


def group(server: str) -> str:
    """Give rooms and bays behind a network server."""
    rooms = f"name: elm, model: elsys-ers, count: 2, interval: 20m, home: typical, {PLACE}"
    bays = f"name: bay, model: bosch-tps110, count: 2, interval: 1h, bays: shopping, {PLACE}"
    return f"{{{rooms}, server: {server}}}, {{{bays}, server: {server}}}"


def published(server: str, rest: str = "") -> tuple[list[Message], Any]:
    """Play a day."""
    return play(Story("small", scenario(group(server), rest)), Wanted())


@pytest.mark.parametrize("server", OTHERS)
def test_the_uplink_is_the_same(server: str) -> None:
    """Device, counter, port, payload, tags, radio and time are those of the v4 message."""
    ours, theirs = published("chirpstack-v4")[0], published(server)[0]
    for one, other in zip(ours, theirs, strict=True):
        assert refusal(other) == ""
        v4, told = (events.parse(m.topic, m.payload) for m in (one, other))
        assert isinstance(v4, Uplink)
        assert isinstance(told, Uplink)
        assert told.source == SOURCES[server]
        for field in ("dev_eui", "device_name", "tags", "f_port", "f_cnt", "payload"):
            assert getattr(told, field) == getattr(v4, field)
        assert (told.result_time, told.time_source) == (v4.result_time, v4.time_source)
        radio = [(c.gateway_id, c.rssi, c.snr, c.latitude) for c in told.receptions]
        assert radio == [(c.gateway_id, c.rssi, c.snr, c.latitude) for c in v4.receptions]
        if server != "chirpstack-v3":
            assert (told.dev_addr, told.confirmed) == (v4.dev_addr, v4.confirmed)


def test_a_gateway_without_a_clock_leaves_the_servers() -> None:
    """Where the dialect has a server's clock, it dates the uplink, as with v4."""
    gateways = "gateways: [{name: roof, latitude: 51.4, longitude: -0.1, gnss: false}]"
    for server in ("chirpstack-v3-json", "things-stack-v3"):
        for message in published(server, gateways)[0]:
            assert refusal(message) == ""
            event = events.parse(message.topic, message.payload)
            assert isinstance(event, Uplink)
            assert str(event.time_source) == "server"


@pytest.mark.parametrize("server", OTHERS)
def test_faults_are_refused_for_the_same_reasons(server: str) -> None:
    """Whatever strikes, the product's decoders name the reason of the oracle."""
    rates = ("cut", "garbled", "unknown_profile", "wrong_port", "encrypted", "wrong_clock")
    faults = ", ".join(f"{fault}: 0.1" for fault in (*rates, "malformed", "misplaced"))
    sent, truth = published(server, f"faults: {{{faults}}}")
    assert len(truth["by_reason"]) >= 4
    for message in sent:
        assert refusal(message) == message.meaning.refused


@pytest.mark.parametrize("server", OTHERS)
def test_the_same_frame_again_is_told_by_its_counter(server: str) -> None:
    """A second copy has other bytes and another id, and the same device, session and counter."""
    sent, truth = published(server, "faults: {again: 1.0}")
    assert truth["duplicates"] == truth["stored"] == len(sent) / 2
    frames: dict[object, set[str]] = {}
    for message in sent:
        event = events.parse(message.topic, message.payload)
        assert isinstance(event, Uplink)
        frame = (event.dev_eui, event.dev_addr, event.f_cnt, event.f_port, event.payload)
        frames.setdefault(frame, set()).add(event.deduplication_id)
    if server == "things-stack-v3":
        assert {len(ids) for ids in frames.values()} == {1}
    else:
        assert {len(ids) for ids in frames.values()} == {2}


def test_defaults_are_there_or_not_as_the_server_has_it() -> None:
    """v3's protobuf JSON writes what is 0 and null; The Things Stack leaves it out."""
    restart = "events: [{what: restarts, device: elm-01, at: 1h}]"
    for message in published("things-stack-v3", restart)[0]:
        up = json.loads(message.payload)["uplink_message"]
        assert up.get("f_cnt") != 0
        assert up.get("confirmed", True) is True
    copy = json.loads(published("chirpstack-v3-json")[0][0].payload)
    assert copy["confirmedUplink"] is False
    assert copy["rxInfo"][0]["antenna"] == 0
    assert copy["rxInfo"][0]["timeSinceGPSEpoch"] is None
    assert "devAddr" not in json.loads(published("chirpstack-v3")[0][0].payload)
