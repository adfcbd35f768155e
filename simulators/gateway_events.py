"""What gateways tell of themselves: statistics at a cadence, and coming and going."""

import heapq
from collections.abc import Iterator, Sequence
from datetime import timedelta
from math import isfinite

from decoders.chirpstack import Envelope
from decoders.model import NetworkEvent
from simulators.message import Meaning
from simulators.radio import Gateway, moment
from simulators.ready import Ready

_SOURCE = "chirpstack-v4"
_LAG = 0.1
"""seconds from a gateway to the broker"""


def gateway_events(
    gateways: Sequence[Gateway], span: tuple[float, float], every: timedelta | None
) -> Iterator[tuple[float, Ready]]:
    """Give the events of all gateways between two Unix times, each with its time, in order."""
    streams = [_states(gateway, span) for gateway in gateways]
    if every is not None:
        streams += [_stats(g, span, every.total_seconds(), i) for i, g in enumerate(gateways)]
    for time, event in heapq.merge(*streams, key=lambda entry: entry[0]):
        key = event.event_type, f"{event.subject}:{moment(time).isoformat()}"
        yield time, Ready(event, Envelope(), "protobuf", 0, time + _LAG, Meaning(key))


def _stats(
    gateway: Gateway, span: tuple[float, float], every: float, place: int
) -> Iterator[tuple[float, NetworkEvent]]:
    time = span[0] + every * (place + 1) / 16
    while time < span[1]:
        if gateway.hears(time):
            yield (
                time,
                _event(
                    gateway,
                    "stats",
                    time,
                    {
                        "rx_packets_received": 40 + int(time) % 23,
                        "rx_packets_received_ok": 30 + int(time) % 9,
                        "tx_packets_received": 2,
                        "tx_packets_emitted": 2,
                        "latitude": gateway.position.latitude,
                        "longitude": gateway.position.longitude,
                    },
                ),
            )
        time += every


def _states(gateway: Gateway, span: tuple[float, float]) -> Iterator[tuple[float, NetworkEvent]]:
    for outage in gateway.outages:
        for time, state in ((outage.start, "OFFLINE"), (outage.end, "ONLINE")):
            if isfinite(time) and span[0] <= time < span[1]:
                yield time, _event(gateway, "conn", time, {"state": state})


def _event(
    gateway: Gateway, kind: str, time: float, detail: dict[str, str | float | bool | None]
) -> NetworkEvent:
    return NetworkEvent(
        source=_SOURCE,
        event_type=kind,
        deduplication_key="",
        subject=gateway.gateway_id,
        application="",
        time=moment(time),
        detail=detail,
    )
