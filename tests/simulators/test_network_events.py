"""What the network server tells besides uplinks: downlinks, positions, logs, and what they mean."""

from collections import Counter
from typing import Any

import pytest

from decoders import events
from decoders.model import NetworkEvent
from simulators.fleet import dev_eui
from simulators.message import Message
from simulators.play import Wanted
from simulators.scenario import FaultRates, Scenario, ScenarioWrong, Story, load
from simulators.scenario_events import Event
from tests.simulators.plays import PLACE, play, refusal, scenario

ROOM = "{name: elm, model: elsys-ers, count: 2, interval: 10m, home: typical, " + PLACE + "}"
STREET = (
    "{name: kerb, model: decentlab-dl-pm, count: 2, interval: 10m, street: road, " + PLACE + "}"
)


def played(rest: str, fleet: str = ROOM) -> tuple[list[Message], Any]:
    """Play a day."""
    return play(Story("small", scenario(fleet, rest)), Wanted())


def of_type(messages: list[Message], kind: str) -> list[NetworkEvent]:
    """Give the events of a type as the product's parser reads them, each as its sender meant it."""
    found = []
    for message in messages:
        assert refusal(message) == message.meaning.refused
        if message.meaning.key[0] != kind:
            continue
        event = events.parse(message.topic, message.payload)
        assert isinstance(event, NetworkEvent)
        assert event.deduplication_key == message.meaning.key[1]
        found.append(event)
    return found


def test_a_downlink_goes_out_and_is_answered() -> None:
    """Each txack has one ack of the same item, after it; some downlinks are not heard."""
    messages, truth = played("downlink_interval: 1h")
    sent, answered = of_type(messages, "txack"), of_type(messages, "ack")
    items = [event.detail["queue_item_id"] for event in answered]
    assert 40 <= len(sent) <= 48
    assert len(set(items)) == len(items)
    assert set(items) <= {event.detail["queue_item_id"] for event in sent}
    assert len(sent) - len(items) <= 2
    heard = Counter(event.detail["acknowledged"] for event in answered)
    assert 0 < heard[False] < heard[True]
    went = {event.detail["queue_item_id"]: event.time for event in sent}
    for event in answered:
        before = went[event.detail["queue_item_id"]]
        assert before is not None
        assert event.time is not None
        assert before < event.time
    assert truth["stored"] == len(messages)


def test_a_position_is_told_of_the_street_and_of_no_dwelling() -> None:
    """A device in a home is nowhere, also by the network server's own guess."""
    messages, _ = played("location_interval: 3h", f"{ROOM}, {STREET}")
    told = of_type(messages, "location")
    assert {event.subject for event in told} == {dev_eui("kerb-01"), dev_eui("kerb-02")}
    assert all(abs(float(event.detail["latitude"] or 0) - 51.401) < 0.01 for event in told)


def test_a_counter_that_is_checked_mutes_a_device() -> None:
    """After its restart nothing but logs comes: the device is alive, and silent for D1."""
    messages, truth = played(
        "events: [{what: restarts, device: elm-01, at: 12h, checked: true},"
        " {what: restarts, device: elm-02, at: 12h}]"
    )
    logs = of_type(messages, "log")
    assert {(event.subject, event.detail["code"]) for event in logs} == {
        (dev_eui("elm-01"), "UPLINK_F_CNT_RESET")
    }
    assert len(logs) == pytest.approx(72, abs=2)
    heard = Counter(m.meaning.dev_eui for m in messages if m.meaning.time)
    assert heard[dev_eui("elm-01")] + len(logs) == heard[dev_eui("elm-02")]
    assert [(a["rule"], a["dev_eui"]) for a in truth["alerts"]] == [("D1", dev_eui("elm-01"))]


def test_a_used_nonce_is_refused_before_a_join() -> None:
    """A device that lost its power is let in at its fourth request."""
    messages, _ = played(
        "events: [{what: silent, device: elm-01, from: 2h, for: 3h, rejoin: true,"
        " refused_joins: 3}]"
    )
    logs, joins = of_type(messages, "log"), of_type(messages, "join")
    assert [event.detail["code"] for event in logs] == ["OTAA"] * 3
    assert len({event.detail["context.dev_nonce"] for event in logs}) == 3
    times = [event.time for event in [*logs, *joins] if event.time]
    assert times == sorted(times)
    assert len(joins) == 1


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("codec_failed", "UPLINK_CODEC"),
        ("retransmitted", "UPLINK_F_CNT_RETRANSMISSION"),
        ("wrong_mic", "UPLINK_MIC"),
    ],
)
def test_a_log_beside_an_uplink(fault: str, code: str) -> None:
    """The uplink is there, and a log of the same frame beside it."""
    messages, truth = played(f"faults: {{{fault}: 0.1}}")
    logs = of_type(messages, "log")
    assert {event.detail["code"] for event in logs} == {code}
    assert 10 < len(logs) < 50
    ups = {m.meaning.key[1] for m in messages if m.meaning.key[0] == "up"}
    assert {event.detail["context.deduplication_id"] for event in logs} < ups
    assert len(ups) == truth["uplinks"] == 2 * 144


def test_hostile_leaves_nothing_out() -> None:
    """Every fault that there is strikes in it, every kind of event happens, every type is sent."""
    hostile: Scenario = load("hostile").scenario
    rates = hostile.faults.model_dump()
    assert set(rates) == set(FaultRates.model_fields)
    assert all(rate > 0 for rate in rates.values())
    kinds = {type(event) for event in hostile.events}
    assert kinds == set(Event.__origin__.__args__)  # type: ignore[attr-defined]
    messages, _ = play(load("hostile"), Wanted())
    sent = {message.meaning.key[0] for message in messages}
    assert sent == {"up", "join", "status", "ack", "txack", "log", "location", "stats", "conn"}
    codes = {event.detail["code"] for event in of_type(messages, "log")}
    assert codes == {
        "OTAA",
        "UPLINK_CODEC",
        "UPLINK_F_CNT_RESET",
        "UPLINK_F_CNT_RETRANSMISSION",
        "UPLINK_MIC",
    }


@pytest.mark.parametrize(
    ("event", "said"),
    [
        ("from: 2h, refused_joins: 2", "rejoin: true"),
        ("from: 2h, for: 4m, rejoin: true, refused_joins: 2", "take more than 0:04:00"),
    ],
)
def test_refused_joins_need_a_join_and_time(event: str, said: str) -> None:
    """Both mistakes are told."""
    with pytest.raises(ScenarioWrong, match=said):
        scenario(ROOM, f"events: [{{what: silent, device: elm-01, {event}}}]")
