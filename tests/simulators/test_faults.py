"""Faults strike as often as they are told to, and never each other's frames."""

from collections import Counter
from dataclasses import replace

import pytest

from decoders import events
from decoders.errors import Refused
from decoders.model import NetworkEvent, Uplink
from simulators import catalogue
from simulators.catalogue import BAYS, HARDWARE
from simulators.message import Message
from simulators.play import Play, Wanted
from simulators.scenario import FaultRates, Story
from tests.simulators.plays import PLACE, play, refusal, scenario

ROOMS = "{name: elm, model: elsys-ers, count: 2, interval: 5m, home: typical, " + PLACE + "}"
BAYS_OF_BOSCH = (
    "{name: bay, model: bosch-tps110, count: 2, interval: 5m, bays: shopping, " + PLACE + "}"
)


def messages(faults: str, fleet: str = ROOMS) -> list[Message]:
    """Play a day with these faults."""
    return play(Story("small", scenario(fleet, f"faults: {{{faults}}}")), Wanted())[0]


CLEAN = 2 * 288


def test_without_faults_nothing_goes_wrong() -> None:
    """Every frame is published once, and means to be stored."""
    sent = messages("")
    assert len(sent) == CLEAN
    assert {message.meaning.refused for message in sent} == {""}


SPOILT = {
    "cut": "truncated",
    "garbled": "unknown_channel",
    "unknown_profile": "unknown_device",
    "wrong_profile": "unexpected_port",
    "malformed": "not_an_event",
    "noise": "not_an_event",
    "nameless": "missing_field",
    "misplaced": "bad_field",
    "unknown_event": "unknown_event",
}


@pytest.mark.parametrize(("fault", "reason"), SPOILT.items())
def test_a_fault_strikes_its_share_of_the_frames(fault: str, reason: str) -> None:
    """At a rate of 10 % about a tenth of the messages are refused, for its reason."""
    sent = messages(f"{fault}: 0.1")
    reasons = Counter(message.meaning.refused for message in sent)
    assert set(reasons) == {"", reason}
    assert 0.05 * CLEAN < reasons[reason] < 0.16 * CLEAN
    assert all(not m.meaning.observations for m in sent if m.meaning.refused)


def test_lost_frames_leave_a_gap_in_the_counter() -> None:
    """What is lost is not published, and the others are what they would have been."""
    sent = messages("lost: 0.1")
    everything = {(m.topic, m.payload) for m in messages("")}
    assert 0.05 * CLEAN < CLEAN - len(sent) < 0.16 * CLEAN
    assert {(m.topic, m.payload) for m in sent} < everything


def test_duplicates_are_the_same_message_twice() -> None:
    """The copy has the same bytes and comes within seconds."""
    sent = messages("duplicate: 0.1")
    copies = Counter((m.topic, m.payload) for m in sent)
    twice = {message for message, count in copies.items() if count == 2}
    assert max(copies.values()) == 2
    assert 0.05 * CLEAN < len(twice) < 0.16 * CLEAN
    due = [m.due for m in sent if (m.topic, m.payload) in twice]
    assert len(due) == 2 * len(twice)


def test_late_messages_change_the_order_of_time() -> None:
    """What is late is published after what was sent later, and it says its own time."""
    sent = messages("late: 0.1")
    times = [m.meaning.time for m in sent if m.meaning.time]
    assert len(sent) == CLEAN
    assert times != sorted(times)
    assert [m.due for m in sent] == sorted(m.due for m in sent)


def test_one_fault_more_leaves_the_others_where_they_are() -> None:
    """The frames that are cut are the same with and without duplicates."""
    cut = {m.meaning.key for m in messages("cut: 0.05") if m.meaning.refused}
    both = {
        m.meaning.key for m in messages("cut: 0.05, duplicate: 0.2, late: 0.3") if m.meaning.refused
    }
    assert cut == both


MODELS = [*HARDWARE, *BAYS]
SPOILERS = ["cut", "garbled", "unknown_profile", "wrong_profile", "wrong_port"]


@pytest.mark.parametrize("model", MODELS)
def test_every_family_is_refused_for_the_reason_that_is_told(model: str) -> None:
    """Whatever strikes a family, the product's decoders name the reason of the oracle."""
    kind = next(kind for kind in ("home", "street", "bays") if catalogue.suits(model, kind))
    names = {"home": "typical", "street": "road", "bays": "shopping"}
    fleet = f"{{name: x, model: {model}, interval: 4h, {kind}: {names[kind]}, {PLACE}}}"
    for fault in (*SPOILERS, *SPOILT):
        for message in messages(f"{fault}: 1.0", fleet):
            assert refusal(message) == message.meaning.refused


def test_a_payload_too_short_to_be_cut_is_not() -> None:
    """What is left of a bay's one byte would be an empty frame, which is no error."""
    assert {m.meaning.refused for m in messages("cut: 1.0", BAYS_OF_BOSCH)} == {""}


def test_the_same_frame_under_another_id_is_a_duplicate() -> None:
    """It has another id and the same device, session, counter, port and payload."""
    story = Story("small", scenario(ROOMS, "faults: {again: 0.1}"))
    sent, truth = play(story, Wanted())
    again = [message for message in sent if message.meaning.again]
    assert 0.05 * CLEAN < len(again) < 0.16 * CLEAN
    assert truth["duplicates"] == len(again)
    assert truth["stored"] == CLEAN
    uplinks = {m.meaning.key: events.parse(m.topic, m.payload) for m in sent}
    for message in again:
        first, second = uplinks[message.meaning.again or ("", "")], uplinks[message.meaning.key]
        assert isinstance(second, Uplink)
        assert first == replace(second, deduplication_id=message.meaning.again[1])  # type: ignore[index]


def test_which_of_the_two_comes_first_does_not_matter() -> None:
    """The truth counts one of them, in either order."""
    story = Story("small", scenario(ROOMS, "faults: {again: 0.2, duplicate: 0.2}"))
    play_of_it = Play(story, Wanted())
    sent = list(play_of_it.messages())
    forth, back = play_of_it.truth, Play(story, Wanted()).truth
    for message in sent:
        forth.add(message)
    for message in reversed(sent):
        back.add(message)
    assert forth.document({}) == back.document({})


def test_ciphertext_is_stored_and_says_nothing() -> None:
    """An encrypted uplink is no refusal, and has no readings."""
    for message in messages("encrypted: 1.0"):
        assert refusal(message) == message.meaning.refused == ""
        assert message.meaning.observations == ()


def test_a_gateway_of_1980_does_not_date_the_readings() -> None:
    """The event says 1980; the network server's clock gives the time."""
    sent = messages("wrong_clock: 1.0")
    for message in sent:
        assert refusal(message) == ""
    assert {m.meaning.time.year for m in sent if m.meaning.time} == {2026}
    assert b"1980-01-06" in next(m.payload for m in sent if m.payload.startswith(b"{"))


def test_faults_are_counted_exactly() -> None:
    """With all of them at once the truth is what the product's decoders and keys make of it."""
    every = ", ".join(f"{fault}: 0.05" for fault in FaultRates.model_fields)
    story = Story("small", scenario(f"{ROOMS}, {BAYS_OF_BOSCH}", f"faults: {{{every}}}"))
    sent, truth = play(story, Wanted())
    known: set[object] = set()
    outcomes: Counter[str] = Counter()
    for message in sent:
        reason = refusal(message)
        try:
            event = events.parse(message.topic, message.payload)
        except Refused:
            keys: set[object] = {(message.topic, message.payload)}
        else:
            if isinstance(event, NetworkEvent):
                outcomes["stored"] += 1
                continue
            keys = {event.deduplication_id}
            if not reason:
                keys.add((event.dev_eui, event.dev_addr, event.f_cnt, event.payload))
        outcomes["duplicate" if keys & known else reason or "stored"] += 1
        known |= keys
    assert truth["stored"] == outcomes.pop("stored")
    assert truth["duplicates"] == outcomes.pop("duplicate")
    assert truth["by_reason"] == outcomes
