"""Nwave NPS405 and NPS310: parking sensors in or on the ground.

    NPS405
    port 1    S                     the state changed   S: bit 0 occupied
                                                           bits 7-1 how long the state before lasted
    port 2    H BB TT .. .. ..      heartbeat           H: bit 0 occupied, the others health
                                                        B: u8, 2500 + 4 * B mV
                                                        T: s8, T / 2 + 10 Cel; the rest unused
    port 3    FF FF FF R H          start-up            F: firmware, R: cause, H: bit 0 occupied
    port 6    ...                   debug: no state
    port 10   S PP PP PP PP         a permit was held to the sensor; S as on port 1 when bit 0 is
                                    set, else no state   P: u32, tag of the permit: not read

    NPS310
    port 1    S                     the state changed   S: bit 0 occupied
    port 2    S                     heartbeat           ... as above
    port 3    FF FF FF R S          start-up
    port 6    ...                   debug

    how long    0..89        minutes
                90..119      90 + 5 * (c - 90) minutes and up to 4 more
                120..126     240 + 60 * (c - 120) minutes and up to 59 more
                127          660 minutes or longer

Oddities. The duration tells of the state that has ended, so that a session is known even when the
frame of its begin was lost. The NPS405 says the state alone in no frame but the start-up: so does
`encode`. An empty frame has no state (the vendor's codec says vacant). The tag
of a permit belongs to a person, and is nobody's measurement.
"""

from dataclasses import dataclass
from datetime import timedelta

from decoders.block import Block, Field
from decoders.codec import Device
from decoders.fixed_layout import FixedLayout, Frame, Mark, Tail
from decoders.model import Environment
from decoders.scale import Linear
from decoders.wire import S8, U1, U8, Number


@dataclass(frozen=True, slots=True)
class Stretching:
    """Steps that grow: each range begins with a code, at a result, and has its own step."""

    ranges: tuple[tuple[int, int, int], ...]
    """First code, its result, the step from code to code; in ascending order"""

    def result(self, value: int) -> float:
        """Give the shortest result that the code stands for."""
        first, base, step = max(r for r in self.ranges if r[0] <= value)
        return float(base + step * (value - first))

    def value(self, result: float) -> int:
        """Give the code that the device sends: a step that is not complete does not count."""
        begun = [r for r in self.ranges if r[1] <= result]
        first, base, step = max(begun, default=self.ranges[0])
        return first + int(result - base) // step


_STATE = Field("parking_occupied", U1, 0, bit=7)
_MINUTES = Stretching(((0, 0, 1), (90, 90, 5), (120, 240, 60), (127, 660, 60)))
_CHANGE = Block(1, (_STATE, Field("previous_state_duration", Number(7), 0, _MINUTES)))
_ALONE = Block(1, (_STATE,))
_HEARTBEAT = Block(
    3,
    (
        _STATE,
        Field("battery_voltage", U8, 1, Linear(divide=250, offset=625)),
        Field("temperature", S8, 2, Linear(divide=2, offset=20)),
    ),
)
_START = Frame(3, (Block(4, ()), _ALONE), tail=Tail.WARNED)
_DEBUG = Frame(6, tail=Tail.UNUSED)
_TAG = Block(4, ())
_OCCUPIED = Mark(0, (1,), mask=1)

_NPS405 = FixedLayout(
    f_port=1,
    frames=(
        Frame(1, (_CHANGE,), tail=Tail.WARNED),
        Frame(2, (_HEARTBEAT,), tail=Tail.UNUSED, padding=bytes(3)),
        _START,
        Frame(10, (_CHANGE, _TAG), (_OCCUPIED,), Tail.WARNED, spoken=False),
        Frame(10, (Block(1, ()), _TAG), tail=Tail.WARNED),
        _DEBUG,
    ),
)
_NPS310 = FixedLayout(
    f_port=1,
    frames=(
        Frame(1, (_ALONE,), tail=Tail.WARNED),
        Frame(2, (_ALONE,), tail=Tail.WARNED, spoken=False),
        _START,
        _DEBUG,
    ),
)

CODECS = tuple(
    Device(
        f"nwave-nps/{name.lower()}",
        f"Nwave {name}",
        Environment.OUTDOOR,
        timedelta(days=1),
        layout,
    )
    for name, layout in (("NPS405", _NPS405), ("NPS310", _NPS310))
)
