"""The way through the air: which gateways hear a frame, how well, and by which clock.

Path loss grows with the distance as in a built-up area (Okumura and Hata's urban slope), with a
shadowing of its own for every pair of device and gateway and fading from frame to frame. A frame
is heard when it is above the limit of its spreading factor; a network with adaptive data rate
gives each device the fastest that leaves a margin.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from decoders.model import Reception
from simulators.dice import Dice
from simulators.identity import Position

_POWER = 14.0
_NOISE = -117.0
"""dBm: what a device sends, and the noise of 125 kHz in a gateway"""
_LIMITS = {7: -7.5, 8: -10.0, 9: -12.5, 10: -15.0, 11: -17.5, 12: -20.0}
"""dB of SNR below which a spreading factor is not heard"""
_MARGIN = 8.0
_BEST = 11.5
"""dB: what a gateway reports at most"""
_FREQUENCIES = (868_100_000, 868_300_000, 868_500_000, 867_100_000, 867_300_000, 867_500_000)
_METRES = 111_320.0


@dataclass(frozen=True, slots=True)
class Outage:
    """A stretch in which a gateway hears nothing."""

    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Gateway:
    """One gateway."""

    gateway_id: str
    name: str
    position: Position
    gnss: bool = True
    """Whether it knows the time"""
    outages: tuple[Outage, ...] = ()

    def hears(self, time: float) -> bool:
        """Say whether it is up."""
        return not any(outage.start <= time < outage.end for outage in self.outages)


@dataclass(frozen=True, slots=True)
class Heard:
    """A frame as the network server has it."""

    receptions: tuple[Reception, ...]
    """From the best gateway down"""
    spreading_factor: int
    frequency: int
    received: datetime
    """By the network server's clock, the earliest copy"""


class Link:
    """The air between one device and the gateways.

    Args:
        dice: chance of this device.
        position: where the device is.
        gateways: where the gateways are.
        indoors: a wall is in the way.
    """

    def __init__(
        self, dice: Dice, position: Position, gateways: Sequence[Gateway], *, indoors: bool
    ) -> None:
        self._dice = dice
        wall = dice.uniform(0, 8.0, 20.0) if indoors else 0.0
        shadow = dice.child("shadow")
        self._mean = [
            (gateway, _strength(position, gateway.position) - wall + shadow.normal(i, 0.0, 5.0))
            for i, gateway in enumerate(gateways)
        ]
        self._fading = [dice.child("fading", g.gateway_id) for g, _ in self._mean]
        self.spreading_factor = _adapted(max(mean for _, mean in self._mean) - _NOISE)

    def send(self, time: float, number: int) -> Heard | None:
        """Send the frame of this number at a Unix time; None when nobody heard it."""
        copies = []
        for (gateway, mean), fading in zip(self._mean, self._fading, strict=True):
            strength = mean + fading.normal(number, 0.0, 3.0)
            if strength - _NOISE >= _LIMITS[self.spreading_factor] and gateway.hears(time):
                copies.append(self._copy(gateway, strength, time, number))
        if not copies:
            return None
        copies.sort(key=lambda copy: (copy.snr or 0.0, copy.rssi or 0), reverse=True)
        frequency = _FREQUENCIES[self._dice.below(number, len(_FREQUENCIES))]
        received = min(copy.server_time for copy in copies if copy.server_time)
        return Heard(tuple(copies), self.spreading_factor, frequency, received)

    def _copy(self, gateway: Gateway, strength: float, time: float, number: int) -> Reception:
        delay = self._dice.child("delay", gateway.gateway_id).uniform(number, 0.03, 0.14)
        return Reception(
            gateway_id=gateway.gateway_id,
            rssi=round(strength),
            snr=round(min(strength - _NOISE, _BEST), 1),
            gateway_time=moment(time) if gateway.gnss else None,
            server_time=moment(time + delay),
            latitude=gateway.position.latitude,
            longitude=gateway.position.longitude,
        )


def moment(time: float) -> datetime:
    """Give a Unix time as a datetime, to the microsecond."""
    return datetime.fromtimestamp(time, UTC)


def distance(here: Position, there: Position) -> float:
    """Give the distance in metres of two places in one borough."""
    north = (there.latitude - here.latitude) * _METRES
    east = (there.longitude - here.longitude) * _METRES * math.cos(math.radians(here.latitude))
    return math.hypot(north, east)


def _strength(device: Position, gateway: Position) -> float:
    """Give the mean strength in dBm at a gateway 30 m up."""
    kilometres = max(0.05, distance(device, gateway) / 1000.0)
    return _POWER - (126.0 + 35.2 * math.log10(kilometres))


def _adapted(snr: float) -> int:
    for factor, limit in _LIMITS.items():
        if snr >= limit + _MARGIN:
            return factor
    return 12
