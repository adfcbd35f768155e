"""Milesight AM103, AM307, AM308 and AM319: the air of a room.

A chain of items, little-endian; the port is 85 unless it was set to another:

    01 75 BB         battery           B: u8, %
    03 67 TT TT      temperature       T: s16, 0.1 Cel
    04 68 HH         humidity          H: u8, 0.5 %
    07 7D CC CC      CO2               C: u16, ppm

all but the AM103:

    05 00 MM         motion            M: u8, 0 none, 1 seen
    06 CB LL         light             L: u8, a level of 0 to 5, no lux
    08 7D VV VV      TVOC              V: u16, 0.01 of an index; the device is set to this
    08 E6 VV VV                        V: u16, ug/m3                          or to this
    09 73 PP PP      pressure          P: u16, 0.1 hPa
    0E 01 ..         buzzer            1 byte: not read

    AM308, AM319     0B 7D DD DD       PM2.5             D: u16, ug/m3
                     0C 7D DD DD       PM10              D: u16, ug/m3
    AM319-O3         0D 7D GG GG       ozone             G: u16, 0.01 ppm
    AM319-HCHO       0A 7D GG GG       formaldehyde      G: u16, 0.01 mg/m3

A stored record; many may follow each other, and live items may stand beside them:

    20 CE, 21 CE     SS SS SS SS TT TT hh hh MM LL CC CC VV VV PP PP      AM307, 16 bytes
                     ... DD DD DD DD                                     AM308, 20: PM2.5, PM10
                     ... DD DD DD DD GG GG                               AM319, 22
    20 CE            SS SS SS SS TT TT HH CC CC                          AM103, 9
                     S: u32, Unix time in seconds, UTC; 0 when the clock was never set
                     h: u16, 0.5 %: two bytes here
                     V: an index behind 20 CE, ug/m3 behind 21 CE; the rest as above

Oddities. The length of a record depends on the model and nothing in the bytes tells it, so the
wrong variant misreads the rest of the frame. Sister products document FFFD, FFFE and FFFF as codes
of the sensor. For CO2 and dust the first two are no values; FFFF, which the maker's codec passes on
as 65535, is given with a warning: it lies beyond every plausible range and counts nowhere.
FE xx and FF xx are replies to downlinks, behind which nothing is measured.
"""

from dataclasses import dataclass, replace
from datetime import timedelta

from decoders.block import Block, Field
from decoders.channel_layout import ChannelLayout, Item, unread
from decoders.clock import Clock
from decoders.codec import Device
from decoders.devices.milesight import (
    BATTERY,
    HUMIDITY,
    REPLIES,
    SENSOR_CODES,
    TEMPERATURE,
    about_device,
    item,
)
from decoders.model import Environment
from decoders.scale import Linear, Switch
from decoders.wire import S16, U8, U16

_DISPUTED, _CODES = SENSOR_CODES[:1], SENSOR_CODES[1:]
_HALF = Linear(divide=2)
_TEMPERATURE = Field("temperature", S16, 0, Linear(divide=10))
_MOTION = Field("motion", U8, 0, Switch())
_LIGHT = Field("light_level", U8)
_CO2 = Field("co2", U16, absent=_CODES, suspect=_DISPUTED)
_TVOC_INDEX = Field("tvoc_index", U16, 0, Linear(divide=100))
_TVOC = Field("tvoc", U16)
_PRESSURE = Field("pressure", U16, 0, Linear(divide=10))
_PM2_5 = Field("pm2_5", U16, absent=_CODES, suspect=_DISPUTED)
_PM10 = Field("pm10", U16, absent=_CODES, suspect=_DISPUTED)
_OZONE = Field("o3", U16, 0, Linear(multiply=10))
_FORMALDEHYDE = Field("formaldehyde", U16, 0, Linear(multiply=10))

_ROOM = (
    item("0500", _MOTION),
    item("06cb", _LIGHT),
    item("087d", _TVOC_INDEX),
    item("08e6", _TVOC),
    item("0973", _PRESSURE),
    unread("0e01", 1),
)
_DUST = (item("0b7d", _PM2_5), item("0c7d", _PM10))


def _record(*fields: Field) -> Block:
    """Give a stored record: the time, then the fields one behind the other."""
    at, placed = 4, []
    for field in fields:
        placed.append(replace(field, at=at))
        at += field.number.bits // 8
    return Block(at, tuple(placed), "little", Clock(0))


def _records(*dust_and_gas: Field) -> tuple[Item, ...]:
    """Give both kinds of record of all models but the AM103."""
    humidity = Field("relative_humidity", U16, 0, _HALF)
    return tuple(
        Item(
            bytes.fromhex(key),
            _record(_TEMPERATURE, humidity, _MOTION, _LIGHT, _CO2, tvoc, _PRESSURE, *dust_and_gas),
        )
        for key, tvoc in (("20ce", _TVOC_INDEX), ("21ce", _TVOC))
    )


@dataclass(frozen=True, slots=True)
class _Variant:
    """What one model sends beyond battery, temperature, humidity and CO2."""

    name: str
    items: tuple[Item, ...]


_SMALL = Item(b"\x20\xce", _record(_TEMPERATURE, Field("relative_humidity", U8, 0, _HALF), _CO2))
_VARIANTS = (
    _Variant("AM103", (_SMALL,)),
    _Variant("AM307", (*_ROOM, *_records())),
    _Variant("AM308", (*_ROOM, *_DUST, *_records(_PM2_5, _PM10))),
    _Variant("AM319-O3", (*_ROOM, *_DUST, item("0d7d", _OZONE), *_records(_PM2_5, _PM10, _OZONE))),
    _Variant(
        "AM319-HCHO",
        (*_ROOM, *_DUST, item("0a7d", _FORMALDEHYDE), *_records(_PM2_5, _PM10, _FORMALDEHYDE)),
    ),
)


def _layout(variant: _Variant) -> ChannelLayout:
    live = (BATTERY, TEMPERATURE, HUMIDITY, item("077d", _CO2))
    return ChannelLayout((*live, *variant.items, *about_device()), f_port=85, ends=REPLIES)


CODECS = tuple(
    Device(
        f"milesight-am300/{variant.name.lower()}",
        f"Milesight {variant.name}",
        Environment.INDOOR,
        timedelta(minutes=10),
        _layout(variant),
    )
    for variant in _VARIANTS
)
