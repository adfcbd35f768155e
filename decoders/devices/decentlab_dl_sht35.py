"""Decentlab DL-SHT35: temperature and humidity.

The frame of `decoders.word_layout` on port 1, with two blocks of 16-bit words, big-endian:

    flag 0   TTTT HHHH     T: 175 * T / 65535 - 45 Cel
                           H: 100 * H / 65535 %
    flag 1   BBBB          battery       B: u16, mV

Oddities. The formulas have 65535 below the line where the DL-PM's have 65536.
"""

from datetime import timedelta

from decoders.codec import Device
from decoders.devices.decentlab import BATTERY, CLIMATE
from decoders.model import Environment
from decoders.word_layout import WordLayout

_LAYOUT = WordLayout((CLIMATE, BATTERY))

CODECS = (
    Device(
        "decentlab-dl-sht35",
        "Decentlab DL-SHT35",
        Environment.INDOOR,
        timedelta(minutes=10),
        _LAYOUT,
    ),
)
