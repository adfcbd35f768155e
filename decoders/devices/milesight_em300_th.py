"""Milesight EM300-TH and EM320-TH: temperature and humidity of a room.

A chain of items, little-endian; the port is 85 unless it was set to another:

    01 75 BB            battery           B: u8, %
    03 67 TT TT         temperature       T: s16, 0.1 Cel
    04 68 HH            humidity          H: u8, 0.5 %
    20 CE               a stored record, many may follow each other
       SS SS SS SS         S: u32, Unix time in seconds, UTC; 0 when the clock was never set
       TT TT HH            as above
       00                  EM300-TH only: one byte of no use

Oddities. FFFF is a temperature of -0.1 Cel, not a code for `no sensor`. A humidity above 100 %
(H above 200) is passed on, for the plausible range to judge. The stored record is one byte longer
on the EM300-TH: nothing in the bytes tells the two devices apart, so the variant must be known.
FE xx and FF xx are replies to downlinks; those whose length is known are stepped over.
"""

from datetime import timedelta

from decoders.block import Block, Field
from decoders.channel_layout import ChannelLayout, Item, unread
from decoders.clock import Clock
from decoders.codec import Device
from decoders.devices.milesight import BATTERY, HUMIDITY, REPLIES, TEMPERATURE, about_device
from decoders.model import Environment
from decoders.scale import Linear
from decoders.wire import S16, U8

_REPLY_SIZES = {
    "02": 2,
    "03": 2,
    "06": 9,
    "10": 1,
    "27": 1,
    "28": 1,
    "68": 1,
    "69": 1,
    "6a": 3,
    "6d": 1,
    "79": 6,
    "ea": 3,
}
_REPLIES = tuple(
    unread(first + kind, size) for first in ("fe", "ff") for kind, size in _REPLY_SIZES.items()
)


def _layout(record_size: int) -> ChannelLayout:
    record = Block(
        record_size,
        (
            Field("temperature", S16, 4, Linear(divide=10)),
            Field("relative_humidity", U8, 6, Linear(divide=2)),
        ),
        "little",
        Clock(0),
    )
    items = (BATTERY, TEMPERATURE, HUMIDITY, Item(b"\x20\xce", record))
    return ChannelLayout((*items, *about_device(), *_REPLIES), f_port=85, ends=REPLIES)


CODECS = tuple(
    Device(
        f"milesight-em300-th/{variant.lower()}",
        f"Milesight {variant}",
        Environment.INDOOR,
        timedelta(minutes=10),
        _layout(record_size),
    )
    for variant, record_size in (("EM300-TH", 8), ("EM320-TH", 7))
)
