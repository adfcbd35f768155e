"""Nexelec FEEL, RISE, MOVE and SIGN: the air, the light and the noise of a room.

On port 1, bits packed without regard to bytes, counted here from the left of byte 0:

    PP MM ...      P: product, A9 FEEL, AA RISE, AB MOVE, AD SIGN      M: message

    01, periodic, 14 bytes
       16 10 bits  temperature     x / 10 - 30 Cel
       26 10       humidity        x / 10 %
       36 14       CO2             ppm
       50 14       VOC             ug/m3
       64 10       light           5 * x lx
       74  1       button: not read
       75  7       average noise   dB, 82 7 peak noise dB, 89 7 occupancy %
       96 13       levels of air quality: not read
    02 CO2, 03 temperature, 04 humidity: a log
       16  6       how many values
       22  8       from one to the next, in 10 minutes
       30  6       how many of them were in a frame before
       36 10 each  CO2 5 * x ppm, temperature and humidity as above
    05, state
       34 10       battery         5 * x mV; 1022 on mains, 1023 error
    06             settings: nothing is measured in it

Oddities. The three highest codes of a field are no values: error, disconnected, disabled, the last
for what a product is not fitted with. In a log the vendor's codec makes 0 of the error, which looks
real. A log has no time: we take its first value for the newest, of the minute of reception, and
count back from there. That is an assumption, to be confirmed on a real unit: the documents do not
say which end is the newest. Messages 11 to 17 are Sigfox's, and are refused.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import gcd

from decoders.block import Block, Field, Series, Sheet
from decoders.clock import UNTIMED, to_the_step
from decoders.codec import Device, by_moment, is_stored, is_untimed, unsayable
from decoders.errors import DecodeError, Truncated
from decoders.fixed_layout import FixedLayout, Frame, Mark, Tail
from decoders.model import Environment, Observation, Reading
from decoders.scale import Linear, Scale
from decoders.wire import Number

_PRODUCTS = (0xAA, 0xA9, 0xAB, 0xAD)
_CELSIUS = Linear(divide=10, offset=-300)
_TENTH = Linear(divide=10)
_FIVE = Linear(multiply=5)
_ONE = Linear()


def _field(name: str, first: int, bits: int, scale: Scale) -> Field:
    """Give a field that begins at a bit; `disabled` is written when there is nothing to say."""
    top = (1 << bits) - 1
    codes = (top - 2, top - 1, top)
    return Field(name, Number(bits), first // 8, scale, first % 8, absent=codes)


_PERIODIC = Block(
    14,
    (
        _field("temperature", 16, 10, _CELSIUS),
        _field("relative_humidity", 26, 10, _TENTH),
        _field("co2", 36, 14, _ONE),
        _field("tvoc", 50, 14, _ONE),
        _field("illuminance", 64, 10, _FIVE),
        _field("sound_level_average", 75, 7, _ONE),
        _field("sound_level_peak", 82, 7, _ONE),
        _field("occupancy_rate", 89, 7, _ONE),
    ),
    template=bytes(12) + b"\xff\xf8",
)
"""The levels of air quality are written as not fitted"""
_BATTERY = Field("battery_voltage", Number(10), 4, Linear(divide=200), bit=2, absent=(1023, 1022))


def _message(code: int, block: Block) -> Frame:
    return Frame(1, (block,), (Mark(0, _PRODUCTS), Mark(1, (code,))), Tail.WARNED)


_LIVE = FixedLayout(
    f_port=1,
    frames=(
        _message(0x01, _PERIODIC),
        replace(_message(0x05, Block(6, (_BATTERY,))), tail=Tail.UNUSED),
        replace(_message(0x06, Block(2, ())), tail=Tail.UNUSED),
    ),
)

_HEADER = 5
"""Bytes; the last four bits are the first value's"""
_FIRST = 36
_WIDTH = 10
_TOP = (1 << _WIDTH) - 1
_MOST = (1 << 6) - 1
"""Values in a log"""
_UNIT = timedelta(minutes=10)
_LONGEST = (1 << 8) - 1
"""Units from one value to the next"""
_STEP = timedelta(minutes=1)


def _logged(name: str, scale: Scale) -> Field:
    """Give the field of a log, in which a value that is missing is an error."""
    return Field(name, Number(_WIDTH), scale=scale, absent=(_TOP, _TOP - 1, _TOP - 2))


LOGS = {
    0x02: _logged("co2", _FIVE),
    0x03: _logged("temperature", _CELSIUS),
    0x04: _logged("relative_humidity", _TENTH),
}
"""By message"""


@dataclass(frozen=True, slots=True)
class RiseLayout:
    """Readings of now, and logs."""

    live: FixedLayout = _LIVE

    @property
    def f_port(self) -> int:
        """The one port."""
        return self.live.f_port

    @property
    def ports(self) -> frozenset[int]:
        """The one port."""
        return self.live.ports

    @property
    def series(self) -> tuple[Series, ...]:
        """What the readings of now can say; a log says nothing else."""
        return self.live.series

    def decode(self, payload: bytes, f_port: int, received_at: datetime | None) -> Reading:
        """Read a log, or any other message."""
        log = LOGS.get(payload[1]) if len(payload) > 1 and payload[0] in _PRODUCTS else None
        if log is None:
            return self.live.decode(payload, f_port, received_at)
        sheet = Sheet(received_at)
        if len(payload) < _HEADER:
            return sheet.reading(Truncated(f"{len(payload)} bytes of a header of {_HEADER}"))
        return sheet.reading(_read_log(log, payload, sheet))

    def encode(self, observations: Sequence[Observation]) -> tuple[int, bytes]:
        """Give a reading of now, or when all observations are of the past a log, newest first."""
        if not all(map(is_stored, observations)):
            return self.live.encode(observations)
        for message, log in LOGS.items():
            if {(seen.observed_property, seen.channel) for seen in observations} == {log.series}:
                return self.f_port, _write_log(message, log, observations)
        raise unsayable(observations)


def _read_log(log: Field, payload: bytes, sheet: Sheet) -> DecodeError | None:
    """Put the values onto the sheet; give an error when there are fewer than the log says."""
    header = int.from_bytes(payload[2:_HEADER], "big")
    count, period = header >> 18, header >> 10 & _LONGEST
    bits, left = int.from_bytes(payload, "big"), 8 * len(payload) - _FIRST
    for place in range(min(count, left // _WIDTH)):
        code = bits >> (left - _WIDTH * (place + 1)) & _TOP
        result = log.result(code)
        if result is not None:
            sheet.stored.append(_sample(log, result, place, period, sheet))
    missing = count - left // _WIDTH
    if missing > 0:
        return Truncated(f"{missing} of {count} values are missing")
    if left - count * _WIDTH >= 8:
        sheet.warnings.append(f"bytes behind the {count} values of the log are unread")
    return None


def _sample(log: Field, result: float, place: int, period: int, sheet: Sheet) -> Observation:
    """Give a value with its time; `no time` when there is nothing to count back from, or by."""
    name, channel = log.series
    if sheet.received_at is None or (place and not period):
        return Observation(name, result, None, channel, UNTIMED)
    newest = to_the_step(sheet.received_at, _STEP)
    return Observation(name, result, newest - place * period * _UNIT, channel)


def _write_log(message: int, log: Field, observations: Sequence[Observation]) -> bytes:
    """Give a log; ValueError for values that do not follow one another in steps of 10 minutes."""
    period, places = _places(observations)
    count = max(places) + 1
    if count > _MOST:
        raise unsayable(observations)
    bits = int.from_bytes((_PRODUCTS[0], message), "big")
    bits = ((bits << 6 | count) << 8 | period) << 6
    for place in range(count):
        seen = places.get(place)
        bits = bits << _WIDTH | (log.absent[0] if seen is None else log.code(seen.result))
    length = _FIRST + count * _WIDTH
    return (bits << -length % 8).to_bytes((length + 7) // 8, "big")


def _places(observations: Sequence[Observation]) -> tuple[int, dict[int, Observation]]:
    """Give the period in units, and each value's place; the newest has 0."""
    if all(map(is_untimed, observations)):
        return 1, dict(enumerate(observations))
    ages: dict[int, Observation] = {}
    newest = max(moment for moment in by_moment(observations) if moment is not None)
    for seen in observations:
        age = None if seen.phenomenon_time is None else newest - seen.phenomenon_time
        if age is None or age % _UNIT:
            raise unsayable(observations)
        ages[age // _UNIT] = seen
    spacing = gcd(*ages) or 1
    period = next(units for units in range(_LONGEST, 0, -1) if spacing % units == 0)
    return period, {age // period: seen for age, seen in ages.items()}


CODECS = (
    Device(
        "nexelec-rise",
        "Nexelec FEEL, RISE, MOVE and SIGN",
        Environment.INDOOR,
        timedelta(minutes=10),
        RiseLayout(),
    ),
)
