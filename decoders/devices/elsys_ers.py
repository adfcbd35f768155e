"""Elsys ERS, EMS and ELT: rooms, desks, doors, leaks and levels, all by one table.

A chain of items, big-endian, on port 5 unless it was set to another:

    II V...          I: kind of the item, V: value, as long as the kind says

    01 TT TT         temperature           T: s16, 0.1 Cel
    02 HH            humidity              H: u8, %
    04 LL LL         light                 L: u16, lx
    05 MM            motions counted       M: u8
    06 CC CC         CO2                   C: u16, ppm
    07 BB BB         battery               B: u16, mV
    0C TT TT         external probe        T: s16, 0.1 Cel
    0E DD DD         distance              D: u16, mm
    11 OO            occupancy             O: u8, 0 nobody, 1 uncertain, 2 somebody
    12 WW            water leak            W: u8, 0 dry to 255
    14 PP PP PP PP   pressure              P: u32, 0.001 hPa
    15 KK AA         noise                 K: peak, A: average, u8, dB
    19 TT TT         the next probe        T: s16, 0.1 Cel; once for each further probe
    1C VV VV         TVOC                  V: u16, ppb

Not read, for want of a property: 03 acceleration (3 bytes), 08 and 18 analogue inputs (2), 09
position (6, and its codecs disagree on it), 0A and 16 pulses (2), 0B and 17 all pulses (4), 0D and
1A digital inputs (1), 0F vibrations (1), 10 infrared thermometer (4), 13 thermal image (65), 1B
load cell (4), 3D debug (4).

Oddities. 3E begins a settings report, on port 6: nothing is measured in it. Every other kind has
no known length, so nothing behind it can be read.
"""

from datetime import timedelta

from decoders.block import Block, Field
from decoders.channel_layout import ChannelLayout, Item, unread
from decoders.codec import Device
from decoders.model import Environment, channel_name
from decoders.scale import Linear
from decoders.wire import S16, U8, U16, U32

_TENTH = Linear(divide=10)
_THOUSANDTH = Linear(divide=1000)
_UNREAD = {
    1: ("0d", "0f", "1a"),
    2: ("08", "0a", "16", "18"),
    3: ("03",),
    4: ("0b", "10", "17", "1b", "3d"),
    6: ("09",),
    65: ("13",),
}
"""Bytes of the value: kinds"""


def _probe(number: int) -> Block:
    return Block(2, (Field("temperature", S16, 0, _TENTH, channel=channel_name(number)),))


def _item(key: str, *fields: Field) -> Item:
    return Item(bytes.fromhex(key), Block(sum(f.number.bits for f in fields) // 8, fields))


_LAYOUT = ChannelLayout(
    (
        _item("01", Field("temperature", S16, 0, _TENTH)),
        _item("02", Field("relative_humidity", U8)),
        _item("04", Field("illuminance", U16)),
        _item("05", Field("motion_count", U8)),
        _item("06", Field("co2", U16)),
        Item(b"\x0c", _probe(1)),
        Item(b"\x19", _probe(2), further=tuple(_probe(number) for number in range(3, 10))),
        _item("0e", Field("distance", U16)),
        _item("11", Field("occupancy_code", U8)),
        _item("12", Field("water_leak", U8)),
        _item("14", Field("pressure", U32, 0, _THOUSANDTH)),
        _item("15", Field("sound_level_peak", U8), Field("sound_level_average", U8, 1)),
        _item("1c", Field("tvoc_ppb", U16)),
        _item("07", Field("battery_voltage", U16, 0, _THOUSANDTH)),
        *(unread(key, size) for size, keys in _UNREAD.items() for key in keys),
    ),
    f_port=5,
    ends=(b"\x3e",),
    silent_ports=frozenset({6}),
)

CODECS = (
    Device(
        "elsys-ers", "Elsys ERS, EMS and ELT", Environment.INDOOR, timedelta(minutes=10), _LAYOUT
    ),
)
