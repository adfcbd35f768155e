"""Decentlab DL-PM: outdoor particulate matter with temperature, humidity and pressure.

The frame of `decoders.word_layout` on port 1, with four blocks of 16-bit words, big-endian:

    flag 0   BBBB                   battery       B: u16, mV
    flag 1   1111 2222 4444 AAAA    PM1, PM2.5, PM4, PM10: u16, 0.1 ug/m3
             SSSS                   typical size of the particles, nm: not read
             NNNN x 5               number counts 0.5 1 2.5 4 10 um, 0.1 per cm3: not read
    flag 2   TTTT HHHH              T: 175.72 * T / 65536 - 46.85 Cel
                                    H: 125 * H / 65536 - 6 %
    flag 3   PPPP                   pressure      P: u16, 2 Pa

Oddities. Temperature and humidity have another formula than the DL-SHT35's, and humidity runs from
-6 to 119 % by it: such values are passed on, for the plausible range to judge. The dust block
lacks in the short reports between two measurements of the fan.
"""

from datetime import timedelta

from decoders.block import Block, Field
from decoders.codec import Device
from decoders.devices.decentlab import BATTERY, PRESSURE
from decoders.model import Environment
from decoders.scale import Formula, Linear
from decoders.wire import U16
from decoders.word_layout import WordLayout

_TENTH = Linear(divide=10)

_LAYOUT = WordLayout(
    (
        BATTERY,
        Block(
            20,
            (
                Field("pm1", U16, 0, _TENTH),
                Field("pm2_5", U16, 2, _TENTH),
                Field("pm4", U16, 4, _TENTH),
                Field("pm10", U16, 6, _TENTH),
            ),
        ),
        Block(
            4,
            (
                Field("temperature", U16, 0, Formula(175.72, 65536, -46.85)),
                Field("relative_humidity", U16, 2, Formula(125, 65536, -6)),
            ),
        ),
        PRESSURE,
    )
)

CODECS = (
    Device(
        "decentlab-dl-pm", "Decentlab DL-PM", Environment.OUTDOOR, timedelta(minutes=10), _LAYOUT
    ),
)
