"""A device: when it speaks, what it says in its own bytes, and how it counts.

A device does not know the network: it sends frames, with a counter that goes up by one, on the
address that its last join gave it. Whether anybody hears them is the radio's business; a device
with a memory is told what was missed, as by an acknowledgement that does not come.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import inf
from typing import Protocol

from decoders import registry
from decoders.codec import Codec
from decoders.codec import Device as Described
from decoders.model import Observation
from simulators.dice import Dice
from simulators.memory import Memory, Record

_JOIN_LEAD = 8.0
"""seconds from a join to the first frame"""
_JOIN_PAUSE = 60.0
"""seconds from one request to join to the next"""
_LOG_LAG = 4.0
"""seconds from a frame to the one with the log"""


@dataclass(frozen=True, slots=True)
class Frame:
    """One transmission of a device."""

    time: float
    number: int
    """Counts the transmissions of the device, through every session"""
    dev_addr: str
    f_cnt: int
    f_port: int
    payload: bytes
    observations: tuple[Observation, ...] = ()
    """What the payload says, as the hardware can say it"""
    confirmed: bool = False
    records: tuple[Record, ...] = ()
    """Those of the past among the observations"""


@dataclass(frozen=True, slots=True)
class Join:
    """A device has joined, and has a new address; or has tried to."""

    time: float
    number: int
    dev_addr: str
    accepted: bool = True
    """False: a request with a nonce that was used before, which the network server refuses"""


Spoken = Frame | Join


@dataclass(frozen=True, slots=True)
class Silence:
    """A stretch in which a device does not speak; without end when it is broken."""

    start: float
    end: float = inf
    rejoin: bool = False
    """It had lost its power: it joins again and counts from 0"""
    refused: int = 0
    """So many of its requests to join are refused before"""


@dataclass(frozen=True, slots=True)
class Reset:
    """A device of the kind that never joins restarts: same address, the counter from 0."""

    time: float


@dataclass(frozen=True, slots=True)
class Said:
    """What a device says at a moment, before it is a frame."""

    time: float
    observations: tuple[Observation, ...]
    confirmed: bool = False


class Speaker(Protocol):
    """The part of a device that knows what to say and when."""

    def speak(self, begin: float) -> Iterator[Said]:
        """Give everything that it says from a Unix time on, in order, without end."""
        ...


@dataclass(slots=True)
class _Session:
    """Where a device's counting is."""

    number: int
    f_cnt: int
    joins: int = 0


class Device:
    """A device with its session.

    Args:
        dice: chance of this device.
        model: whose bytes it speaks.
        speaker: what it says.
        silences: when it says nothing.
        resets: when it begins to count anew.
        memory: what it remembers of what nobody heard; None: nothing.
        spacing: of the samples in a frame, when there are several.
    """

    def __init__(  # noqa: PLR0913 - what makes a device
        self,
        dice: Dice,
        model: str,
        speaker: Speaker,
        *,
        silences: Sequence[Silence] = (),
        resets: Sequence[Reset] = (),
        memory: Memory | None = None,
        spacing: timedelta | None = None,
    ) -> None:
        self._dice = dice
        self._codec = _spaced(model, spacing)
        self._speaker = speaker
        self._silences = sorted(silences, key=lambda silence: silence.start)
        self._resets = sorted(resets, key=lambda reset: reset.time)
        self._memory = memory

    def frames(self, begin: float) -> Iterator[Spoken]:
        """Give every transmission from a Unix time on, in order."""
        session = _Session(0, self._dice.below(1, 50_000))
        silences, resets = list(self._silences), list(self._resets)
        for said in self._speaker.speak(begin):
            while silences and silences[0].end <= said.time:
                yield from self._joins(silences.pop(0), said.time - _JOIN_LEAD, session)
            while resets and resets[0].time <= said.time:
                resets.pop(0)
                session.f_cnt = 0
            if silences and silences[0].start <= said.time:
                if silences[0].end == inf:
                    return
                continue
            yield from self._frames(said, session)

    def _joins(self, silence: Silence, time: float, session: _Session) -> Iterator[Join]:
        """Give the requests to join after a silence, the last of which is accepted."""
        if not silence.rejoin:
            return
        for left in range(silence.refused, 0, -1):
            at = time - left * _JOIN_PAUSE
            yield Join(at, session.number, self._dev_addr(session), accepted=False)
            session.number += 1
        session.joins, session.f_cnt = session.joins + 1, 0
        yield Join(time, session.number, self._dev_addr(session))
        session.number += 1

    def missed(self, frame: Frame) -> None:
        """Tell the device that nobody heard a frame."""
        if self._memory is not None:
            live = (seen for seen in frame.observations if seen.phenomenon_time is None)
            self._memory.give_back(frame.records)
            self._memory.keep(frame.time, live)

    def _frames(self, said: Said, session: _Session) -> Iterator[Frame]:
        """Give the frame of a reading, and that of the log when there is one of its own."""
        if self._memory is None:
            yield self._frame(said, (), session)
        elif self._memory.log.mixed:
            yield self._frame(said, self._memory.take(), session)
        else:
            yield self._frame(said, (), session)
            if records := self._memory.take():
                yield self._frame(Said(said.time + _LOG_LAG, ()), records, session)

    def _frame(self, said: Said, records: tuple[Record, ...], session: _Session) -> Frame:
        observations = (*said.observations, *(seen for record in records for seen in record))
        f_port, payload = self._codec.encode(observations)
        frame = Frame(
            said.time,
            session.number,
            self._dev_addr(session),
            session.f_cnt,
            f_port,
            payload,
            observations,
            said.confirmed,
            records,
        )
        session.number, session.f_cnt = session.number + 1, session.f_cnt + 1
        return frame

    def _dev_addr(self, session: _Session) -> str:
        """Give an address of a private network: its highest seven bits are 0."""
        address = int.from_bytes(self._dice.child("address").digest(session.joins)[:4], "big")
        return f"{address & 0x01FF_FFFF:08x}"


def _spaced(model: str, spacing: timedelta | None) -> Codec:
    codec = registry.codec(model)
    if spacing is None or not isinstance(codec, Described):
        return codec
    return codec.spaced(spacing)
