"""Bosch TPS110: a parking sensor glued to the ground.

    port 1   S              the state changed       S: bit 0 occupied, other bits without meaning
    port 2   S [T]          heartbeat               T: s8, Cel; newer firmware only
    port 3   D x 12  F x 3  R  S                    start-up, 17 bytes
                            D: three debug words of 12 bits, little-endian, in 4 bytes each
                            F: firmware   R: cause, 1 watchdog 2 power 3 system 4 other
    port 4, 5, 6            device information, usage, debug: no state

Oddities. An empty frame has no state (the vendor's codec says vacant). Bytes behind the known ones
are read over with a warning, since the heartbeat has grown by the temperature before.
"""

from datetime import timedelta

from decoders.block import Block, Field
from decoders.codec import Device
from decoders.fixed_layout import FixedLayout, Frame, Tail
from decoders.model import Environment
from decoders.wire import S8, U1

_STATE = Field("parking_occupied", U1, 0, bit=7)

_LAYOUT = FixedLayout(
    f_port=1,
    frames=(
        Frame(1, (Block(1, (_STATE,)),), tail=Tail.WARNED),
        Frame(2, (Block(2, (_STATE, Field("temperature", S8, 1))),), tail=Tail.WARNED),
        Frame(2, (Block(1, (_STATE,)),), spoken=False),
        Frame(3, (Block(16, ()), Block(1, (_STATE,))), tail=Tail.WARNED, spoken=False),
        *(Frame(port, tail=Tail.UNUSED) for port in (4, 5, 6)),
    ),
)

CODECS = (Device("bosch-tps110", "Bosch TPS110", Environment.OUTDOOR, timedelta(days=1), _LAYOUT),)
