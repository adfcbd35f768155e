"""Why a device is silent: the device itself, its gateways, the network server, or us.

    logs of the device since          it speaks and is not let through       DEVICE
    a possible gap over all of it     messages may have been lost            US
    nothing at all came since         the broker, or our way to it           US
    gateways tell, no device does     its messages end there                 NETWORK_SERVER
    none of its gateways is there     no stats, no uplink, or OFFLINE        GATEWAY
    else                              others are heard where it was          DEVICE

What came before the device's next report was due says nothing about its silence; due is half an
interval late, as ChirpStack has it. Where nothing else could have been heard, nothing is known.
Facts in, a finding out: no clock, no order. Times are event times.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

_OVERDUE = 1.5
"""Intervals after which a report is missing"""
_QUIET = timedelta(minutes=10)
"""A gateway that tells of itself may pause so long, whatever its cadence"""
_QUIET_TURNS = 3


def _utc(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M} UTC"


class Cause(StrEnum):
    """Where the silence comes from."""

    DEVICE = "device"
    GATEWAY = "gateway"
    NETWORK_SERVER = "network_server"
    US = "us"
    """The broker, our connection to it, or this service"""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class SilentDevice:
    """What is known of a device that is not heard."""

    last_heard: datetime
    interval: timedelta
    """How often it should report"""
    gateways: frozenset[str] = frozenset()
    """Who received its last frames"""
    counter_reset_at: datetime | None = None
    """When the network server last logged UPLINK_F_CNT_RESET of it"""
    join_refused_at: datetime | None = None
    """The same of OTAA"""

    @property
    def due(self) -> datetime:
        """From when on a report is missing."""
        return self.last_heard + _OVERDUE * self.interval


@dataclass(frozen=True, slots=True)
class GatewayFacts:
    """What is known of a gateway."""

    told_at: datetime | None = None
    """Its newest statistics"""
    cadence: timedelta | None = None
    """How often it tells them"""
    heard_at: datetime | None = None
    """The newest uplink that it received, of any device"""
    offline: bool = False
    """It was said to be OFFLINE, and nothing came from it since"""

    def is_away(self, due: datetime, now: datetime) -> bool:
        """Say whether nothing shows that it was there after a time."""
        if self.offline:
            return True
        if self.heard_at is not None and self.heard_at >= due:
            return False
        if self.told_at is None:
            return True
        pause = max(_QUIET, _QUIET_TURNS * (self.cadence or timedelta(0)))
        return now - self.told_at > pause


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What came from elsewhere."""

    now: datetime
    devices: int
    """Known devices, this one among them"""
    device_heard_at: datetime | None
    """When any device was heard last"""
    gateways: Mapping[str, GatewayFacts]
    gaps: tuple[tuple[datetime, datetime], ...] = ()
    """Stretches in which messages may have been lost"""
    clock: Callable[[datetime], str] = _utc
    """How a reason writes times"""

    @property
    def gateway_told_at(self) -> datetime | None:
        """When any gateway told statistics last."""
        return _newest(gateway.told_at for gateway in self.gateways.values())


@dataclass(frozen=True, slots=True)
class Finding:
    """A cause, with the reason in a sentence."""

    cause: Cause
    why: str


def cause(device: SilentDevice, around: Surroundings) -> Finding:
    """Find out why a device is silent."""
    due, clock = device.due, around.clock
    if since := _after(device.counter_reset_at, device.last_heard):
        return Finding(
            Cause.DEVICE,
            "it speaks, but began its frame counter anew, so the network server passes nothing "
            f"on (UPLINK_F_CNT_RESET at {clock(since)}): let it join again, or reset its counter",
        )
    if since := _after(device.join_refused_at, device.last_heard):
        return Finding(
            Cause.DEVICE,
            f"it tries to join and is refused (OTAA at {clock(since)}): look at its keys, nonces",
        )
    for start, end in around.gaps:
        if start <= due and end >= around.now - device.interval:
            return Finding(
                Cause.US,
                f"messages may have been lost from {clock(start)} to {clock(end)}",
            )
    return _where_it_ends(device, around)


def _where_it_ends(device: SilentDevice, around: Surroundings) -> Finding:
    """Follow the way of an uplink back: which part of it still works?"""
    due, clock = device.due, around.clock
    if around.now < due:
        return Finding(Cause.UNKNOWN, f"its next report is not overdue before {clock(due)}")
    if around.devices < 2 and around.gateway_told_at is None:
        return Finding(Cause.UNKNOWN, "nothing else could have been heard meanwhile")
    heard = _after(around.device_heard_at, due)
    told = _after(around.gateway_told_at, due)
    if heard is None and told is None:
        return Finding(Cause.US, f"nothing at all has come since {clock(device.last_heard)}")
    if heard is None and around.devices > 1:
        return Finding(
            Cause.NETWORK_SERVER,
            f"gateways tell of themselves, and no device at all was heard after {clock(due)}",
        )
    return _gateway_or_device(device, around)


def _gateway_or_device(device: SilentDevice, around: Surroundings) -> Finding:
    due, known = device.due, sorted(device.gateways)
    away = [g for g in known if around.gateways.get(g, GatewayFacts()).is_away(due, around.now)]
    if known and away == known:
        return Finding(Cause.GATEWAY, f"nothing comes from {', '.join(away)}, which received it")
    if not known:
        return Finding(Cause.DEVICE, "other devices are heard; nobody knows who received it")
    there = [g for g in known if g not in away]
    verb = "is" if len(there) == 1 else "are"
    return Finding(
        Cause.DEVICE, f"{', '.join(there)} received it, and {verb} there: look at the device"
    )


def _after(time: datetime | None, since: datetime) -> datetime | None:
    return time if time is not None and time > since else None


def _newest(times: Iterable[datetime | None]) -> datetime | None:
    return max((time for time in times if time is not None), default=None)
