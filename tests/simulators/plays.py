"""A scenario's messages, made without a broker."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from threading import Event
from typing import Any

from decoders import events, registry
from decoders.clock import AHEAD, UNTIMED
from decoders.errors import Refused
from decoders.model import NetworkEvent, Observation
from simulators.message import Meaning, Message
from simulators.pace import Standing
from simulators.play import Play, Wanted
from simulators.scenario import Scenario, Story, load, parse
from simulators.truth import Truth


class Taker:
    """A broker that takes everything at once."""

    def __init__(self, truth: Truth) -> None:
        self._truth = truth
        self.messages: list[Message] = []

    def publish(self, message: Message, stop: Event) -> bool:
        """Take it, unless it is over."""
        if stop.is_set():
            return False
        self.messages.append(message)
        self._truth.add(message)
        return True

    def land(self) -> None:
        """Nothing is ever in flight."""

    def settle(self, seconds: float) -> int:
        """Nothing is ever missing."""
        assert seconds > 0
        return 0


def play(story: Story, wanted: Wanted, stop: Event | None = None) -> tuple[list[Message], Any]:
    """Play a scenario and give its messages and its truth."""
    ready = Play(story, wanted)
    taker = Taker(ready.truth)
    standings: list[Standing] = []
    truth = ready.run(taker, stop or Event(), standings.append)
    assert standings[-1] == Standing("stopped", len(taker.messages), standings[-1].simulated_time)
    return taker.messages, truth


def quiet_day(seed: int = 1) -> tuple[list[Message], Any]:
    """Play the whole of it."""
    return play(load("quiet_day"), Wanted(seed))


GATEWAY = "gateways: [{name: roof, latitude: 51.4, longitude: -0.1}]"
PLACE = "latitude: 51.401, longitude: -0.101"


def scenario(fleet: str, rest: str = "", *, length: str = "1d") -> Scenario:
    """Write a small scenario: the groups, and further lines."""
    text = f"""
title: small
start: 2026-02-02T00:00:00Z
history: {length}
length: {length}
{GATEWAY}
fleet: [{fleet}]
{rest}
"""
    return parse(text, "small")


def small(fleet: str, rest: str = "", *, seed: int = 1, length: str = "1d") -> Any:  # noqa: ANN401 - JSON
    """Play a small scenario and give its truth."""
    return play(Story("small", scenario(fleet, rest, length=length)), Wanted(seed))[1]


def payloads(messages: Iterable[Message]) -> list[tuple[str, bytes]]:
    """Give what goes over the wire."""
    return [(message.topic, message.payload) for message in messages]


def refusal(message: Message) -> str:
    """Take a message as the product's decoders do; give the reason of a refusal.

    What is not refused must say what its sender meant.
    """
    meaning = message.meaning
    try:
        event = events.parse(message.topic, message.payload)
    except Refused as refused:
        return refused.reason
    if isinstance(event, NetworkEvent):
        kind, key = meaning.key
        assert (event.event_type, event.deduplication_key or key) == (kind, key)
        return ""
    if event.source == "chirpstack-v4":
        assert ("up", event.deduplication_id) == meaning.key
    assert (event.dev_eui, event.result_time) == (meaning.dev_eui, meaning.time)
    decoded = registry.decode(event)
    if decoded.error and not event.encrypted:
        return decoded.error.reason
    assert Counter(decoded.observations) == Counter(_believed(meaning))
    return ""


def _believed(meaning: Meaning) -> Iterator[Observation]:
    """Give the observations as a decoder does: without the times that cannot be."""
    assert meaning.time is not None
    for seen in meaning.observations:
        own = seen.phenomenon_time
        if own is None or meaning.time - timedelta(days=90) <= own <= meaning.time + AHEAD:
            yield seen
        else:
            yield replace(seen, phenomenon_time=None, qualifier=UNTIMED)
