"""Faults strike as often as they are told to, and never each other's frames."""

from collections import Counter

import pytest

from simulators.message import Message
from simulators.play import Wanted
from simulators.scenario import Story
from tests.simulators.plays import PLACE, play, scenario

ROOMS = "{name: elm, model: elsys-ers, count: 10, interval: 5m, home: typical, " + PLACE + "}"
BAYS = "{name: bay, model: bosch-tps110, count: 10, interval: 5m, bays: shopping, " + PLACE + "}"


def messages(faults: str, fleet: str = ROOMS) -> list[Message]:
    """Play a day with these faults."""
    return play(Story("small", scenario(fleet, f"faults: {{{faults}}}")), Wanted())[0]


CLEAN = 2880


def test_without_faults_nothing_goes_wrong() -> None:
    """Every frame is published once, and means to be stored."""
    sent = messages("")
    assert len(sent) == CLEAN
    assert {message.meaning.refused for message in sent} == {""}


@pytest.mark.parametrize(
    ("fault", "reason"),
    [("cut", "truncated"), ("unknown_profile", "unknown_device"), ("malformed", "not_an_event")],
)
def test_a_fault_strikes_its_share_of_the_frames(fault: str, reason: str) -> None:
    """At a rate of 10 % about a tenth of the messages are refused, for its reason."""
    sent = messages(f"{fault}: 0.1")
    reasons = Counter(message.meaning.refused for message in sent)
    assert set(reasons) == {"", reason}
    assert 0.07 * CLEAN < reasons[reason] < 0.13 * CLEAN
    assert all(not m.meaning.observations for m in sent if m.meaning.refused)


def test_lost_frames_leave_a_gap_in_the_counter() -> None:
    """What is lost is not published, and the others are what they would have been."""
    sent = messages("lost: 0.1")
    everything = {(m.topic, m.payload) for m in messages("")}
    assert 0.07 * CLEAN < CLEAN - len(sent) < 0.13 * CLEAN
    assert {(m.topic, m.payload) for m in sent} < everything


def test_duplicates_are_the_same_message_twice() -> None:
    """The copy has the same bytes and comes within seconds."""
    sent = messages("duplicate: 0.1")
    copies = Counter((m.topic, m.payload) for m in sent)
    twice = {message for message, count in copies.items() if count == 2}
    assert max(copies.values()) == 2
    assert 0.07 * CLEAN < len(twice) < 0.13 * CLEAN
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


def test_a_payload_too_short_to_be_cut_is_not() -> None:
    """What is left of a bay's one byte would be an empty frame, which is no error."""
    assert {m.meaning.refused for m in messages("cut: 1.0", BAYS)} == {""}
