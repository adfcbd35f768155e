"""What Decentlab's devices have in common: blocks of 16-bit words, big-endian.

    BBBB         battery       B: u16, mV
    TTTT HHHH    climate       T: 175 * T / 65535 - 45 Cel, H: 100 * H / 65535 %
    PPPP         pressure      P: u16, 2 Pa

The frame around them is drawn in `decoders.word_layout`.
"""

from decoders.block import Block, Field
from decoders.scale import Formula, Linear
from decoders.wire import U16

BATTERY = Block(2, (Field("battery_voltage", U16, 0, Linear(divide=1000)),))
CLIMATE = Block(
    4,
    (
        Field("temperature", U16, 0, Formula(175, 65535, -45)),
        Field("relative_humidity", U16, 2, Formula(100, 65535, 0)),
    ),
)
PRESSURE = Block(2, (Field("pressure", U16, 0, Linear(divide=50)),))
