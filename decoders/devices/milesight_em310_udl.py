"""Milesight EM310-UDL and EM400-UDL: the distance from a ceiling or a post to what is below.

Chains of items, little-endian; the port is 85 unless it was set to another. Both:

    01 75 BB             battery               B: u8, %

    EM310   03 82 DD DD          distance      D: u16, mm
            04 00 AA             attitude      A: u8, 0 upright, 1 tilted

    EM400   03 67 TT TT          temperature   T: s16, 0.1 Cel
            04 82 DD DD          distance      D: u16, mm
            05 00 AA             attitude      A: as above
            83 67 TT TT WW       temperature that rang an alarm    W: 0 released, 1 threshold
            84 82 DD DD WW       distance that rang an alarm          ... and others: not read

Oddities. The ids 03 and 04 mean different things in the two, and nothing in the bytes tells them
apart. FFFD, FFFE and FFFF are no distances but codes of the sensor. An attitude that is neither 0
nor 1 says nothing. Whether a bay is taken is not said by the device: it takes the distance to the
empty bay's ground, which differs from bay to bay.
"""

from datetime import timedelta

from decoders.block import Block, Field
from decoders.channel_layout import ChannelLayout, Item
from decoders.codec import Device
from decoders.devices.milesight import (
    BATTERY,
    REPLIES,
    SENSOR_CODES,
    TEMPERATURE,
    about_device,
    item,
)
from decoders.model import Environment
from decoders.scale import Switch
from decoders.wire import U8, U16

_DISTANCE = Field("distance", U16, absent=SENSOR_CODES)
_ATTITUDE = Field("tilted", U8, 0, Switch())


def _alarm(key: str, *fields: Field) -> Item:
    """Give the item of a value that rang an alarm: one byte longer."""
    return Item(bytes.fromhex(key), Block(3, fields, "little"))


_VARIANTS = {
    "EM310": (item("0382", _DISTANCE), item("0400", _ATTITUDE)),
    "EM400": (
        TEMPERATURE,
        item("0482", _DISTANCE),
        item("0500", _ATTITUDE),
        _alarm("8367", *TEMPERATURE.block.fields),
        _alarm("8482", _DISTANCE),
    ),
}

CODECS = tuple(
    Device(
        f"milesight-em310-udl/{name.lower()}",
        f"Milesight {name}-UDL",
        Environment.OUTDOOR,
        timedelta(minutes=10),
        ChannelLayout((BATTERY, *items, *about_device()), f_port=85, ends=REPLIES),
    )
    for name, items in _VARIANTS.items()
)
