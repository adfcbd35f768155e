"""Adeunis COMFORT, COMFORT CO2 and BREATH: several samples of a room in a frame.

    FF SS ...              port 1, big-endian
    FF                     kind of the frame
    SS  NNNE ITLC          N: counter   E: a sensor is in error (BREATH)   I: inconsistent settings
                           T: a time stands at the end   L: battery low   C: settings were done

    4C  TT TT HH           COMFORT: samples to the end, the newest first
    6A  TT TT HH CC CC     COMFORT CO2: the same
    6D  VV VV MM MM NN NN OO OO     BREATH: the same
    4D, 6B, 6E             an alarm: one byte with a bit for each value, then one such sample
                           T: s16, 0.1 Cel   H: u8, %   C: u16, ppm
                           V: TVOC   M, N, O: PM10, PM2.5, PM1; u16, ug/m3
    ... UU UU UU UU        in 4C 4D 6A 6B, when the bit T is set: the time of the newest sample,
                           u32, seconds since 2013-01-01, UTC
    10  ...                the settings: of each frame, of each sample (see below)
    1F 20 30 33 37 51 52   network, keep-alive, replies, versions, inputs: only the battery counts

Oddities. Only the newest sample has a time, at best: the others follow one another in steps of
`sampling period * samples averaged`, which is a setting of the device (frame 10) and told us by
the profile's tag `sample_spacing`, in seconds. Without it they are given as `no time`. A frame can
repeat samples of the one before; with the spacing known each is given its time anew, to the whole
minute where it is counted back from the reception, so that the repeats fall on each other.
The kind of the frame tells the device, so every variant reads the frames of all three.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from decoders.block import Block, Field, Said, Series, Sheet
from decoders.clock import UNTIMED, Clock, is_believable, to_the_step
from decoders.codec import Device, by_moment, is_untimed, one_each, unsayable
from decoders.errors import BadLength, DecodeError, Truncated, UnknownChannel
from decoders.model import Environment, Observation, Reading
from decoders.scale import Linear
from decoders.wire import S16, U1, U8, U16

_STATUS = Block(1, (Field("battery_low", U1, 0, bit=6),))
_BATTERY_IS_FINE = one_each([Observation("battery_low", 0.0)])
_DATED = 0x04
_WARNINGS = {0x08: "its settings are inconsistent", 0x10: "one of its sensors is in error"}
_CLOCK = Clock(0, datetime(2013, 1, 1, tzinfo=UTC))
_STEP = timedelta(minutes=1)
"""What a time counted back from the reception is rounded to"""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of frame with samples."""

    code: int
    sample: Block
    dated: bool = True
    """The time of the newest sample can stand at the end"""
    alarm: bool = False
    """One byte of alarms, then one sample"""

    def body(self, payload: bytes) -> tuple[bytes, datetime | None]:
        """Give the samples, and the time of the newest."""
        first = 3 if self.alarm else 2
        if not (self.dated and payload[1] & _DATED):
            return payload[first:], None
        seconds = int.from_bytes(payload[-4:], "big")
        return payload[first:-4], _CLOCK.moment(seconds)

    def misfit(self, body: bytes) -> DecodeError | None:
        """Say why the samples do not fill the body."""
        size = self.sample.size
        if not body or len(body) % size:
            return Truncated(f"{len(body)} bytes are not full samples of {size}")
        if self.alarm and len(body) > size:
            return BadLength(f"{len(body)} bytes where an alarm has {size}")
        return None


_CLIMATE = (Field("temperature", S16, 0, Linear(divide=10)), Field("relative_humidity", U8, 2))
_COMFORT = Block(3, _CLIMATE)
_CO2 = Block(5, (*_CLIMATE, Field("co2", U16, 3)))
_AIR = ("tvoc", "pm10", "pm2_5", "pm1")
_BREATH = Block(8, tuple(Field(name, U16, 2 * place) for place, name in enumerate(_AIR)))

_KINDS = {
    kind.code: kind
    for kind in (
        Kind(0x4C, _COMFORT),
        Kind(0x4D, _COMFORT, alarm=True),
        Kind(0x6A, _CO2),
        Kind(0x6B, _CO2, alarm=True),
        Kind(0x6D, _BREATH, dated=False),
        Kind(0x6E, _BREATH, dated=False, alarm=True),
    )
}
_ABOUT_DEVICE = frozenset(b"\x10\x1f\x20\x30\x33\x37\x51\x52")


@dataclass(frozen=True, slots=True)
class SampleLayout:
    """Frames of samples, the newest first."""

    kind: Kind
    """Of the device's periodic frame"""
    spacing: timedelta | None = None
    """From one sample to the next; None when nobody told"""
    f_port: int = 1

    @property
    def ports(self) -> frozenset[int]:
        """The one port."""
        return frozenset({self.f_port})

    @property
    def series(self) -> tuple[Series, ...]:
        """A sample, and the battery's state."""
        return (*self.kind.sample.series, *_STATUS.series)

    def spaced(self, spacing: timedelta) -> "SampleLayout":
        """Give the layout of a device whose samples are so far apart."""
        return replace(self, spacing=spacing)

    def decode(self, payload: bytes, f_port: int, received_at: datetime | None) -> Reading:  # noqa: ARG002
        """Read the state of the device, then the samples."""
        sheet = Sheet(received_at)
        if len(payload) < 2:
            return sheet.reading(Truncated("the frame ends before its status"))
        code, status = payload[:2]
        if code not in _KINDS and code not in _ABOUT_DEVICE:
            return sheet.reading(UnknownChannel(f"{code:02x} is not a kind of frame it sends"))
        _STATUS.read(payload[1:2], sheet)
        sheet.warnings.extend(text for bit, text in _WARNINGS.items() if status & bit)
        if code in _ABOUT_DEVICE:
            return sheet.reading()
        return sheet.reading(self._samples(_KINDS[code], payload, sheet))

    def _samples(self, kind: Kind, payload: bytes, sheet: Sheet) -> DecodeError | None:
        body, moment = kind.body(payload)
        if misfit := kind.misfit(body):
            return misfit
        newest = self._newest(moment, sheet)
        size = kind.sample.size
        for place in range(len(body) // size):
            apart = Sheet(None)
            kind.sample.read(body[place * size : (place + 1) * size], apart)
            if place > 0:
                sheet.stored += (self._older(seen, newest, place) for seen in apart.live.values())
            elif newest is None:
                sheet.live |= apart.live
            else:
                sheet.live |= {s: _of(newest, seen) for s, seen in apart.live.items()}
        return None

    def _newest(self, moment: datetime | None, sheet: Sheet) -> datetime | None:
        """Give the time of the newest sample; None when it is the uplink's."""
        if moment is not None:
            if is_believable(moment, sheet.received_at):
                return moment
            sheet.warnings.append(f"samples without a clock: it says {moment.isoformat()}")
        if self.spacing is None or sheet.received_at is None:
            return None
        return to_the_step(sheet.received_at, min(_STEP, self.spacing))

    def _older(self, seen: Observation, newest: datetime | None, place: int) -> Observation:
        if self.spacing is None or newest is None:
            return _of(None, seen, UNTIMED)
        return _of(newest - place * self.spacing, seen)

    def encode(self, observations: Sequence[Observation]) -> tuple[int, bytes]:
        """Give a periodic frame: one sample, or with the spacing known also those before it."""
        state = [seen for seen in observations if seen.observed_property == "battery_low"]
        samples = by_moment([seen for seen in observations if seen not in state])
        moments = self._newest_first(samples)
        if not moments or any(map(is_untimed, observations)):
            raise unsayable(observations)
        status = _STATUS.write(one_each(state) or _BATTERY_IS_FINE, None)
        body = b"".join(self._sample(samples[moment]) for moment in moments)
        newest = moments[0]
        if newest is None:
            return self.f_port, bytes((self.kind.code, *status)) + body
        dated = bytes((self.kind.code, status[0] | _DATED))
        return self.f_port, dated + body + _CLOCK.seconds(newest).to_bytes(4, "big")

    def _sample(self, said: Said) -> bytes:
        if not said.keys() <= set(self.kind.sample.series):
            raise unsayable(said.values())
        return self.kind.sample.write(said, None)

    def _newest_first(self, samples: Mapping[datetime | None, Said]) -> list[datetime | None]:
        """Give the times in the order of a frame; none when no frame can hold such times."""
        times = sorted((time for time in samples if time is not None), reverse=True)
        if not times:
            return [*samples]
        spaced = all(
            self.spacing is not None and newer - older == self.spacing
            for newer, older in pairwise(times)
        )
        return [*times] if spaced and self.kind.dated and None not in samples else []


def _of(time: datetime | None, seen: Observation, qualifier: str = "") -> Observation:
    return Observation(seen.observed_property, seen.result, time, seen.channel, qualifier)


_VARIANTS = (("COMFORT", 0x4C), ("COMFORT CO2", 0x6A), ("BREATH", 0x6D))

CODECS = tuple(
    Device(
        f"adeunis-comfort/{variant.lower().replace(' ', '-')}",
        f"Adeunis {variant}",
        Environment.INDOOR,
        timedelta(hours=1),
        SampleLayout(_KINDS[code]),
    )
    for variant, code in _VARIANTS
)
