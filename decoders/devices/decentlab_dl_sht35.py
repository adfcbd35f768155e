"""Decentlab DL-SHT35: temperature and humidity.

The frame of `decoders.word_layout` on port 1, with two blocks of 16-bit words, big-endian:

    flag 0   TTTT HHHH     T: 175 * T / 65535 - 45 Cel
                           H: 100 * H / 65535 %
    flag 1   BBBB          battery       B: u16, mV

Oddities. The formulas have 65535 below the line where the DL-PM's have 65536.
"""

from datetime import timedelta

from decoders.block import Block, Field
from decoders.codec import Device
from decoders.model import Environment
from decoders.scale import Formula, Linear
from decoders.wire import U16
from decoders.word_layout import WordLayout

_LAYOUT = WordLayout(
    (
        Block(
            4,
            (
                Field("temperature", U16, 0, Formula(175, 65535, -45)),
                Field("relative_humidity", U16, 2, Formula(100, 65535, 0)),
            ),
        ),
        Block(2, (Field("battery_voltage", U16, 0, Linear(divide=1000)),)),
    )
)

CODECS = (
    Device(
        "decentlab-dl-sht35",
        "Decentlab DL-SHT35",
        Environment.INDOOR,
        timedelta(minutes=10),
        _LAYOUT,
    ),
)
