"""SenML in JSON (RFC 8428): the payload tells names, units and times itself.

    [{"n":"temperature","u":"Cel","v":21.5},{"n":"external/temperature","u":"Cel","v":4.2}]

The pack is read by `decoders.senml_pack`; at most 242 bytes. What a record measures is said by the
last part of its name, behind the last `/`, `:` or `.`, when it is one of our properties and the
unit is one of its own; else by the unit, when only one property has it (Cel, %RH, Pa, lx, %EL).
The part before the last is the channel when it is `external`, `external2` ...; else the first name
of a property is ours without a channel, the next ones are `external` and so on, by their order.

Times: none, or 0, is now; below 2**28 seconds from the reception, else since 1970. A time that
cannot be right, or that counts from a reception nobody knows, leaves the value without one.

Oddities. The unit `%` is a ratio of 0 to 1 by the RFC and a percentage to most who write it: it is
not read, `/100` and `%RH` are. A boolean is read for what can only be 0 or 1. Texts, bytes, and
names and units that we do not know are passed over with a warning; a pack of nothing else is
refused. What is sent has no base name: the network server knows the device.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import count
from math import isfinite
from typing import NamedTuple

import msgspec

from decoders.block import Series, Sheet
from decoders.clock import UNIX, UNTIMED, is_believable
from decoders.codec import (
    APPLICATION_PORTS,
    LONGEST_PAYLOAD,
    Device,
    by_moment,
    unsayable,
)
from decoders.errors import BadLength, BadValue, DecodeError, UnknownChannel
from decoders.model import Environment, Observation, Reading, channel_name
from decoders.properties import PROPERTIES
from decoders.senml_pack import SECONDARY_UNITS, Record, Resolved, parse, resolve

_ABSOLUTE = 1 << 28
_DECIMALS = 6
_CHANNEL = re.compile(r"external([2-9]|[1-9]\d+)?")
_SWITCHES = frozenset({"motion", "water_leak", "tilted", "battery_low", "parking_occupied"})

_PER = {
    ("Cel", "Cel"): 1.0,
    ("K", "Cel"): 1.0,
    ("%RH", "%"): 1.0,
    ("%EL", "%"): 1.0,
    ("/100", "%"): 1.0,
    ("/", "%"): 100.0,
    ("hPa", "hPa"): 1.0,
    ("Pa", "hPa"): 0.01,
    ("ppm", "[ppm]"): 1.0,
    ("/", "[ppm]"): 1e6,
    ("ppm", "[ppb]"): 1000.0,
    ("/", "[ppb]"): 1e9,
    ("ug/m3", "ug/m3"): 1.0,
    ("kg/m3", "ug/m3"): 1e9,
    ("dB", "dB"): 1.0,
    ("Bspl", "dB"): 10.0,
    ("lx", "lx"): 1.0,
    ("V", "V"): 1.0,
    ("mV", "V"): 0.001,
    ("mm", "mm"): 1.0,
    ("cm", "mm"): 10.0,
    ("m", "mm"): 1000.0,
    ("min", "min"): 1.0,
    ("h", "min"): 60.0,
    ("s", "min"): 1 / 60,
    ("m/s", "m/s"): 1.0,
    ("km/h", "m/s"): 1 / 3.6,
    ("deg", "deg"): 1.0,
    ("", "1"): 1.0,
    ("/", "1"): 1.0,
    ("count", "1"): 1.0,
}
"""How many of our unit are one of SenML's: (SenML's, ours)"""
_ZERO = {"K": 273.15}
"""What is 0 of ours in SenML's unit, where it is not 0"""

_BY_UNIT = {
    "Cel": "temperature",
    "K": "temperature",
    "%RH": "relative_humidity",
    "Pa": "pressure",
    "hPa": "pressure",
    "lx": "illuminance",
    "%EL": "battery_level",
}
"""What a record measures whose name says nothing"""

_WRITTEN = {"%": "/100", "[ppm]": "ppm", "[ppb]": "ppm", "1": ""}
_WRITTEN_FOR = {"relative_humidity": "%RH", "battery_level": "%EL"}
"""Units that we write where they are not called as ours"""
_SECONDARY = frozenset({"/100", "hPa", "ppm", "ug/m3", "mm", "min"})

_SENT = {name: entry for name, entry in PROPERTIES.items() if not entry.derived}


class _Meaning(NamedTuple):
    """What a record's name and unit say."""

    observed_property: str
    per: float | None
    """How many of our unit are one of the record's; None when it is no unit of the property"""
    zero: float
    """What is 0 of ours in the record's unit"""
    channel: str
    """Empty when the name says none"""


@lru_cache(maxsize=4096)
def _meaning(name: str, unit: str) -> _Meaning | None:
    """Give what a name and a unit say; None when no property of ours is meant."""
    *before, last = re.split("[/:.]", name)
    ours = last if last in PROPERTIES else _BY_UNIT.get(unit, "")
    if ours not in _SENT:
        return None
    said = before[-1] if before and _CHANNEL.fullmatch(before[-1]) else ""
    per = _PER.get((unit, _SENT[ours].unit_of_measurement))
    return _Meaning(ours, per, _ZERO.get(unit, 0.0), said)


def _result(record: Resolved, meaning: _Meaning) -> float | None:
    """Give a record's value in the property's unit; None when it is not of that kind."""
    value = record.value
    if isinstance(value, bool):
        return float(value) if meaning.observed_property in _SWITCHES else None
    if value is None or meaning.per is None:
        return None
    result = round((value - meaning.zero) * meaning.per, _DECIMALS)
    if not isfinite(result):
        raise BadValue(f"{record.name} is beyond all bounds")
    return result


class _Reader:
    """Puts records onto a sheet, and remembers which name has which channel."""

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet
        self._channels: dict[str, dict[str, str]] = {}

    def read(self, record: Resolved) -> None:
        """Put a record onto the sheet, or a warning."""
        meaning = _meaning(record.name, record.unit)
        result = None if meaning is None else _result(record, meaning)
        if meaning is None or result is None:
            self._sheet.warnings.append(f"{record.name} is not read: {record.unit or 'no unit'}")
            return
        name, channel = meaning.observed_property, self._channel(record.name, meaning)
        if record.time == 0:
            self._sheet.live[name, channel] = Observation(name, result, None, channel)
            return
        moment = self._moment(record)
        qualifier = UNTIMED if moment is None else ""
        self._sheet.stored.append(Observation(name, result, moment, channel, qualifier))

    def _channel(self, name: str, meaning: _Meaning) -> str:
        """Give the channel that the name says, else the next that is free."""
        channels = self._channels.setdefault(meaning.observed_property, {})
        if name not in channels:
            taken = set(channels.values())
            free = (each for each in map(channel_name, count()) if each not in taken)
            channels[name] = meaning.channel or next(free)
        return channels[name]

    def _moment(self, record: Resolved) -> datetime | None:
        """Give the time of a record; None when it cannot be known."""
        received_at = self._sheet.received_at
        origin = UNIX if record.time >= _ABSOLUTE else received_at
        if origin is None:
            return None
        try:
            moment = origin + timedelta(seconds=record.time)
        except OverflowError:
            moment = UNIX
        if is_believable(moment, received_at):
            return moment
        self._sheet.warnings.append(f"{record.name} has a time that cannot be right")
        return None


@dataclass(frozen=True, slots=True)
class SenmlLayout:
    """A pack of records."""

    f_port: int = 1
    """The port of a normal reading; the device may use any other"""

    @property
    def ports(self) -> range:
        """Any port of an application."""
        return APPLICATION_PORTS

    @property
    def series(self) -> tuple[Series, ...]:
        """Every property that a device can send; channels may be added to each."""
        return tuple((name, "") for name in _SENT)

    def decode(self, payload: bytes, f_port: int, received_at: datetime | None) -> Reading:  # noqa: ARG002
        """Read record after record."""
        sheet = Sheet(received_at)
        if len(payload) > LONGEST_PAYLOAD:
            detail = f"{len(payload)} bytes where a frame has {LONGEST_PAYLOAD} at most"
            return sheet.reading(BadLength(detail))
        reader = _Reader(sheet)
        try:
            for record in resolve(parse(payload)):
                reader.read(record)
        except DecodeError as error:
            return sheet.reading(error)
        if sheet.live or sheet.stored:
            return sheet.reading()
        return sheet.reading(UnknownChannel("no record is of a property and a unit that we know"))

    def encode(self, observations: Sequence[Observation]) -> tuple[int, bytes]:
        """Give the readings of now, then those of each time.

        Raises:
            ValueError: a qualifier, a time nobody knows, or more than a frame holds.
        """
        if any(seen.qualifier for seen in observations):
            raise unsayable(observations)
        moments = by_moment(observations)
        records = [
            _record(seen, moment if place == 0 else None)
            for moment in sorted(moments, key=lambda moment: moment or UNIX)
            for place, seen in enumerate(moments[moment].values())
        ]
        if any(record.unit in _SECONDARY for record in records):
            records[0] = msgspec.structs.replace(records[0], version=SECONDARY_UNITS)
        payload = msgspec.json.encode(records)
        if len(payload) > LONGEST_PAYLOAD:
            raise ValueError(f"{len(payload)} bytes do not fit a frame of {LONGEST_PAYLOAD}")
        return self.f_port, payload


def _record(seen: Observation, moment: datetime | None) -> Record:
    """Give the record of an observation; its time becomes that of the records behind it."""
    name = seen.observed_property
    seconds = None if moment is None else (moment - UNIX) / timedelta(seconds=1)
    if name not in _SENT or not isfinite(seen.result):
        raise unsayable([seen])
    if seen.channel and not _CHANNEL.fullmatch(seen.channel):
        raise unsayable([seen])
    if seconds is not None and seconds < _ABSOLUTE:
        raise ValueError(f"{seen.phenomenon_time} would be a time from now: it is before 1978")
    own = _SENT[name].unit_of_measurement
    unit = _WRITTEN_FOR.get(name, _WRITTEN.get(own, own))
    return Record(
        base_time=None if seconds is None else _short(seconds),
        name="/".join(filter(None, (seen.channel, name))),
        unit=unit or None,
        number=_short(round(seen.result, _DECIMALS) / _PER[unit, own]),
    )


def _short(number: float) -> float:
    """Give a whole number as one, which JSON writes shorter."""
    return int(number) if number.is_integer() and abs(number) < 1 << 53 else number


CODECS = (
    Device("senml", "SenML in JSON", Environment.INDOOR, timedelta(minutes=10), SenmlLayout()),
)
