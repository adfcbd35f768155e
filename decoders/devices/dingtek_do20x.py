"""Dingtek DO200, DO201 and DO202: parking sensors that listen to an echo and to the car's iron.

A report on port 3, big-endian, between marks:

    DO200       DO201, DO202
    21 bytes    23 bytes
    0           0            80: begin
    2           2            type: 02 DO200, 31 DO201, 32 DO202; the three are not told apart by it
    3           3            kind: 01 or 02
    4           4            length of the frame
    5-6         5-6          level of the echo: not read, its unit is not published
    7           7            high nibble: not 0 is occupied       low nibble: alarm of the level
    8           8            high nibble: alarm of the magnet     low nibble: not 0, battery low
    9-10        9-10         battery        u16, 0.01 V
    11-16       11-16        magnetic field, three s16: not read
    -           17           temperature    s8, Cel
    -           18           humidity       u8, %
    17-18       19-20        frame counter
    20          22           81: end

    80 .. TT 03 LL ... 81    a report of the settings, 17 bytes from a DO200, 16 from the others:
                             nothing is measured in it

Oddities. Bytes 1 and the last but one are of no known use, and are written as 0. A frame of another
length, or without its marks, is refused whole. The vendor's own example is of -117 Cel, which is
passed on, for the plausible range to judge.
"""

from datetime import timedelta

from decoders.block import Block, Field
from decoders.codec import Device
from decoders.fixed_layout import FixedLayout, Frame, Mark
from decoders.model import Environment
from decoders.scale import Flag, Linear
from decoders.wire import S8, U4, U8, U16

_TYPES = (0x02, 0x31, 0x32)
_REPORTS = (0x01, 0x02)
_SETTINGS = (0x03,)

_STATE = (
    Field("parking_occupied", U4, 7, Flag()),
    Field("battery_low", U4, 8, Flag(), bit=4),
    Field("battery_voltage", U16, 9, Linear(divide=100)),
)
_CLIMATE = (Field("temperature", S8, 17), Field("relative_humidity", U8, 18))


def _marks(size: int, which: int, kinds: tuple[int, ...]) -> tuple[Mark, ...]:
    """Give what stands around a frame; the first of several codes is the one that is written."""
    return (
        Mark(0, (0x80,)),
        Mark(2, (which, *_TYPES)),
        Mark(3, kinds),
        Mark(4, (size,)),
        Mark(-1, (0x81,)),
    )


def _layout(which: int, kind: int, report: Block, settings: int) -> FixedLayout:
    """Give the frames of one variant: its type and kind, its report, its settings' length."""
    nothing = Block(settings, ())
    return FixedLayout(
        f_port=3,
        frames=(
            Frame(3, (report,), _marks(report.size, which, (kind, *_REPORTS))),
            Frame(3, (nothing,), _marks(settings, which, _SETTINGS)),
        ),
    )


_WITH_CLIMATE = Block(23, (*_STATE, *_CLIMATE))
_VARIANTS = {
    "DO200": _layout(0x02, 0x01, Block(21, _STATE), 17),
    "DO201": _layout(0x31, 0x02, _WITH_CLIMATE, 16),
    "DO202": _layout(0x32, 0x02, _WITH_CLIMATE, 16),
}

CODECS = tuple(
    Device(
        f"dingtek-do20x/{name.lower()}",
        f"Dingtek {name}",
        Environment.OUTDOOR,
        timedelta(days=1),
        layout,
    )
    for name, layout in _VARIANTS.items()
)
