"""What goes wrong on purpose: a seeded plan, one fault after the other over every frame.

    lost              nobody heard it: the counter has a gap, nothing is published
    cut               the payload lacks its last byte              refused: truncated
    unknown_profile   the profile names no model                   refused: unknown_device
    malformed         the message breaks off in the middle         refused: not_an_event
    late              published up to some minutes later
    duplicate         published twice                              one of the two is a duplicate

Whether a fault strikes a frame depends on the seed, the fault, the device and the frame's number
alone; so a plan with one more fault strikes the same frames with the others.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from decoders import chirpstack
from decoders.chirpstack import Envelope, Marshaler
from decoders.model import NetworkEvent, Uplink
from simulators.dice import Dice
from simulators.message import Meaning, Message
from simulators.scenario import FaultRates

_LATEST = 240.0
"""seconds by which a late message is late, at most"""
_SECOND_COPY = 9.0
_SPLITTABLE = 4
"""A payload shorter than so many bytes is not cut: what is left could be a frame"""
_HEAD = 80
"""bytes that a message which breaks off still has: its id is among them, so no two are alike"""
_STRANGER = "Prototype of the workshop"


@dataclass(frozen=True, slots=True)
class Ready:
    """An event that is ready to be published."""

    event: Uplink | NetworkEvent
    envelope: Envelope
    marshaler: Marshaler
    number: int
    """The frame's number in its device's life"""
    published: float
    """Unix time"""
    meaning: Meaning


class FaultPlan:
    """The plan.

    Args:
        seed: the seed of the run.
        rates: how often each fault strikes.
    """

    def __init__(self, seed: int, rates: FaultRates) -> None:
        self._rates = rates
        self._dice = Dice(seed, "faults")
        self._known: dict[tuple[str, str], Dice] = {}

    def loses(self, dev_eui: str, number: int) -> bool:
        """Say whether the frame of this number is lost in the air."""
        return self._strikes("lost", dev_eui, number, self._rates.lost)

    def messages(self, ready: Ready) -> Iterator[Message]:
        """Give what is published of an event: one message, or two."""
        dev_eui, number = ready.meaning.dev_eui, ready.number
        message = self._written(self._spoilt(ready))
        if self._strikes("late", dev_eui, number, self._rates.late):
            delay = self._chance("delay", dev_eui).uniform(number, 5.0, _LATEST)
            message = replace(message, due=message.due + delay)
        yield message
        if self._strikes("duplicate", dev_eui, number, self._rates.duplicate):
            gap = self._chance("gap", dev_eui).uniform(number, 0.0, _SECOND_COPY)
            yield replace(message, due=message.due + gap)

    def _spoilt(self, ready: Ready) -> Ready:
        """Spoil an uplink's content, by one fault at most."""
        uplink, number, rates = ready.event, ready.number, self._rates
        if not isinstance(uplink, Uplink):
            return ready
        long_enough = len(uplink.payload) >= _SPLITTABLE
        if long_enough and self._strikes("cut", uplink.dev_eui, number, rates.cut):
            cut = replace(uplink, payload=uplink.payload[:-1])
            return _refused(ready, cut, "truncated")
        if self._strikes("unknown_profile", uplink.dev_eui, number, rates.unknown_profile):
            tags = {name: text for name, text in uplink.tags.items() if name != "decoder"}
            stranger = replace(uplink, device_profile=_STRANGER, tags=tags)
            return _refused(ready, stranger, "unknown_device")
        if self._strikes("malformed", uplink.dev_eui, number, rates.malformed):
            return _refused(ready, uplink, "not_an_event")
        return ready

    def _written(self, ready: Ready) -> Message:
        """Write the message; the malformed one is JSON that lacks its end."""
        malformed = ready.meaning.refused == "not_an_event"
        marshaler = "json" if malformed else ready.marshaler
        topic, payload = chirpstack.render(ready.event, ready.envelope, marshaler=marshaler)
        if malformed:
            chance = self._chance("break", ready.meaning.dev_eui)
            payload = payload[: _HEAD + chance.below(ready.number, len(payload) - _HEAD)]
        return Message(ready.published, topic, payload, ready.meaning)

    def _strikes(self, fault: str, dev_eui: str, number: int, rate: float) -> bool:
        return rate > 0 and self._chance(fault, dev_eui).chance(number, rate)

    def _chance(self, fault: str, dev_eui: str) -> Dice:
        dice = self._known.get((fault, dev_eui))
        if dice is None:
            dice = self._known[fault, dev_eui] = self._dice.child(fault, dev_eui)
        return dice


def _refused(ready: Ready, uplink: Uplink, reason: str) -> Ready:
    meaning = replace(ready.meaning, refused=reason, observations=())
    return replace(ready, event=uplink, meaning=meaning)
