"""What goes wrong on purpose: a seeded plan, one fault after the other over every frame.

    lost        nobody heard it: the counter has a gap, nothing is published
    late        published up to some minutes later
    duplicate   published twice: one of the two is a duplicate
    again       the same frame comes a second time under another id, as from a network server
                that does not check the counter: a duplicate too
    codec_failed, retransmitted, wrong_mic
                a log comes beside the uplink: the network server's own codec failed on it, the
                frame came again and was recognised, a frame with a wrong integrity code came
    ...         and whatever `simulators.spoilers` can do to its content

Whether a fault strikes a frame depends on the seed, the fault, the device and the frame's number
alone; so a plan with one more fault strikes the same frames with the others.
"""

from collections.abc import Iterator
from dataclasses import replace
from uuid import UUID

from decoders import chirpstack
from decoders.model import Uplink
from simulators.dice import Dice
from simulators.message import Meaning, Message
from simulators.ready import Ready
from simulators.scenario import FaultRates
from simulators.server_log import SOURCE, log_event
from simulators.spoilers import MANGLERS, SPOILERS

_LATEST = 240.0
"""seconds by which a late message is late, at most"""
_SECOND_COPY = 9.0
_LOGS = {
    "codec_failed": ("ERROR", "UPLINK_CODEC", "JS error: TypeError: cannot read property 0"),
    "retransmitted": ("WARNING", "UPLINK_F_CNT_RETRANSMISSION", "Uplink was a re-transmission"),
    "wrong_mic": ("ERROR", "UPLINK_MIC", "MIC of uplink frame is invalid"),
}
"""Level, code and description of the log that comes beside an uplink, by fault"""


class FaultPlan:
    """The plan.

    Args:
        seed: the seed of the run.
        rates: how often each fault strikes.
    """

    def __init__(self, seed: int, rates: FaultRates) -> None:
        self._rates = {fault: rate for fault, rate in rates.model_dump().items() if rate > 0}
        self._dice = Dice(seed, "faults")
        self._known: dict[tuple[str, str], Dice] = {}

    def loses(self, dev_eui: str, number: int) -> bool:
        """Say whether the frame of this number is lost in the air."""
        return self._strikes("lost", dev_eui, number)

    def messages(self, ready: Ready) -> Iterator[Message]:
        """Give what is published of an event: one message, or two."""
        dev_eui, number = ready.meaning.dev_eui, ready.number
        spoilt = self._spoilt(ready)
        message = self._written(spoilt)
        if self._strikes("late", dev_eui, number):
            delay = self._chance("delay", dev_eui).uniform(number, 5.0, _LATEST)
            message = replace(message, due=message.due + delay)
        yield message
        gap = self._chance("gap", dev_eui).uniform(number, 0.0, _SECOND_COPY)
        if self._strikes("duplicate", dev_eui, number):
            yield replace(message, due=message.due + gap)
        elif not message.meaning.refused and self._strikes("again", dev_eui, number):
            yield from self._again(spoilt, message.due + gap)
        yield from self._logs(ready)

    def _spoilt(self, ready: Ready) -> Ready:
        """Spoil an uplink's content, by one fault at most."""
        uplink = ready.event
        if isinstance(uplink, Uplink):
            for fault, spoil in SPOILERS.items():
                if self._strikes(fault, uplink.dev_eui, ready.number):
                    return spoil(ready, uplink) or ready
        return ready

    def _written(self, ready: Ready) -> Message:
        """Write the message, or one that is mangled; JSON is what can be."""
        if isinstance(ready.event, Uplink) and not ready.meaning.refused:
            for fault, (mangle, reason) in MANGLERS.items():
                if self._strikes(fault, ready.event.dev_eui, ready.number):
                    meaning = ready.refused(ready.event, reason).meaning
                    whole = chirpstack.render(ready.event, ready.envelope, marshaler="json")
                    random = self._chance("mangle", ready.event.dev_eui).below(
                        ready.number, 1 << 40
                    )
                    return Message(ready.published, *mangle(*whole, random), meaning)
        return Message(ready.published, *ready.written(), ready.meaning)

    def _again(self, ready: Ready, due: float) -> Iterator[Message]:
        """Give the same radio frame under another id."""
        if not isinstance(ready.event, Uplink):
            return
        digest = self._chance("id", ready.meaning.dev_eui).digest(ready.number)
        other = str(UUID(bytes=digest, version=4))
        event = replace(ready.event, deduplication_id=other)
        meaning = replace(ready.meaning, key=("up", other), again=ready.meaning.key)
        yield Message(due, *replace(ready, event=event).written(), meaning)

    def _logs(self, ready: Ready) -> Iterator[Message]:
        """Give the logs that come beside an uplink of ChirpStack v4."""
        uplink = ready.event
        if not isinstance(uplink, Uplink) or ready.server != SOURCE or uplink.result_time is None:
            return
        for fault, told in _LOGS.items():
            if self._strikes(fault, uplink.dev_eui, ready.number):
                context = {"deduplication_id": uplink.deduplication_id}
                event = log_event(
                    uplink.dev_eui, uplink.application, uplink.result_time, told, context
                )
                meaning = Meaning(("log", event.deduplication_key), uplink.dev_eui)
                log = replace(ready, event=event, meaning=meaning)
                yield Message(ready.published, *log.written(), meaning)

    def _strikes(self, fault: str, dev_eui: str, number: int) -> bool:
        rate = self._rates.get(fault)
        return rate is not None and self._chance(fault, dev_eui).chance(number, rate)

    def _chance(self, fault: str, dev_eui: str) -> Dice:
        dice = self._known.get((fault, dev_eui))
        if dice is None:
            dice = self._known[fault, dev_eui] = self._dice.child(fault, dev_eui)
        return dice
