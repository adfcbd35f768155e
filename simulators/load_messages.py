"""Uplinks for measuring: what ChirpStack writes of a thousand devices, each message another."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from decoders import chirpstack, registry
from decoders.chirpstack import Envelope
from decoders.model import Observation, Reception, TimeSource, Uplink

DEVICES = 1000
VALUES = 5
_MODEL = "elsys-ers"
_AGE = timedelta(hours=2)
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Message:
    """An uplink ready to be published."""

    topic: str
    payload: bytes


def messages(first: int, count: int, now: datetime, *, devices: int = DEVICES) -> list[Message]:
    """Make ChirpStack uplinks of about 1.5 kB with five values each, all different.

    Each device reports each second, from two hours before `now` on.
    """
    return made(range(first, first + count), now - _AGE, _SECOND, devices=devices)


def made(
    numbers: Iterable[int], begin: datetime, spacing: timedelta, *, devices: int
) -> list[Message]:
    """Make the uplinks of these numbers: all devices in turn, each again after the spacing."""
    codec = registry.codec(_MODEL)
    return [
        _message(
            number, codec.encode(_seen(number))[1], begin + number // devices * spacing, devices
        )
        for number in numbers
    ]


def _seen(number: int) -> list[Observation]:
    values = {
        "temperature": 15 + number % 97 / 10,
        "relative_humidity": 40 + number % 41,
        "illuminance": number % 800,
        "motion_count": number % 9,
        "battery_voltage": 3.4 + number % 20 / 100,
    }
    return [Observation(name, value) for name, value in values.items()]


def _message(number: int, payload: bytes, sent: datetime, devices: int) -> Message:
    gateways = [
        Reception(f"7076ff00560304{n:02x}", -90 - n, 7.5 - n, None, sent, 51.37 + n / 100, -0.1)
        for n in range(2)
    ]
    uplink = Uplink(
        source="chirpstack-v4",
        deduplication_id=str(UUID(int=0xBE << 96 | number)),
        dev_eui=f"02be{number % devices:012x}",
        device_name=f"bench-{number % devices}",
        device_profile="Bench",
        application="5e0a7f10-1d2b-4c3a-8f4e-6a1b000000be",
        tags={"decoder": _MODEL, "uplink_interval": "600", "district": "bench"},
        dev_addr=f"01{number % devices:06x}",
        f_port=5,
        f_cnt=number // devices,
        confirmed=False,
        payload=payload,
        result_time=sent,
        time_source=TimeSource.SERVER,
        receptions=tuple(gateways),
    )
    said = {o.observed_property: o.result for o in _seen(number)}
    topic, written = chirpstack.render(
        uplink, Envelope(application_name="Bench", object=said), marshaler="json"
    )
    return Message(topic, written)
