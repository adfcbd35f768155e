"""Milesight WS302: a noise meter.

A chain of items, little-endian; the port is 85 unless it was set to another:

    01 75 BB                          battery          B: u8, %
    05 5B WW NN NN EE EE MM MM        noise            N: the present level
                                                       E: the equivalent, that is average, level
                                                       M: the highest; each u16, 0.1 dB
       W: bits 0-1 frequency weighting, 0 Z, 1 A, 2 C
          bits 2-3 time weighting, 0 impulse, 1 fast, 2 slow; 3 is undefined in both

Oddities. The weighting stands in each value's qualifier, `A fast`; the equivalent level is an
integral and has no time weighting, only `A`. An undefined weighting leaves its word out: the value
is given all the same. All three levels of a frame have one weighting, and no code says `no value`.
"""

from datetime import timedelta

from decoders.block import Block, Field, Words
from decoders.channel_layout import ChannelLayout, Item
from decoders.codec import Device
from decoders.devices.milesight import BATTERY, REPLIES, about_device
from decoders.model import Environment
from decoders.scale import Linear
from decoders.wire import U16

_UNDEFINED = 3
_TENTH = Linear(divide=10)
_FREQUENCY = Words(0, 0, ("Z", "A", "C", ""), _UNDEFINED)
_TIME = Words(0, 2, ("impulse", "fast", "slow", ""), _UNDEFINED)

_NOISE = Block(
    7,
    (
        Field("sound_level", U16, 1, _TENTH, qualified_by=(_FREQUENCY, _TIME)),
        Field("sound_level_average", U16, 3, _TENTH, qualified_by=(_FREQUENCY,)),
        Field("sound_level_maximum", U16, 5, _TENTH, qualified_by=(_FREQUENCY, _TIME)),
    ),
    "little",
)

CODECS = (
    Device(
        "milesight-ws302",
        "Milesight WS302",
        Environment.INDOOR,
        timedelta(minutes=10),
        ChannelLayout(
            (BATTERY, Item(b"\x05\x5b", _NOISE), *about_device()), f_port=85, ends=REPLIES
        ),
    ),
)
