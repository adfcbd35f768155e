"""What a topic says: which event of which device or gateway.

    application/{application id}/device/{dev_eui}/event/{up|join|status|ack|txack|log|...}
    {region}/gateway/{gateway id}/event/stats
    {region}/gateway/{gateway id}/state/conn

Any prefix may stand before them. A level `+`, which no broker takes from a publisher, stands for
what is not known when a message comes from a file without its topic.
"""

from collections.abc import Container
from dataclasses import dataclass

from decoders.errors import BadField, UnknownEvent

DEVICE_EVENTS = frozenset(
    {"up", "join", "status", "ack", "txack", "log", "location", "integration"}
)
"""The events of a device, as ChirpStack names them in the topic."""
_GATEWAY_EVENTS = frozenset({"event/stats", "state/conn"})
_ANY = "+"


@dataclass(frozen=True, slots=True)
class Address:
    """Where an event was published."""

    event_type: str
    """up, join, status, ack, txack, log, location, integration; stats and conn of a gateway"""
    application: str
    """The application's id; `+` when unknown, empty for a gateway"""
    subject: str
    """The device's or the gateway's id, lower case; `+` when unknown"""

    def check_subject(self, field: str, value: str) -> None:
        """Refuse a payload that speaks of another device or gateway than its topic (BadField)."""
        if self.subject not in (value, _ANY):
            raise BadField(f"{field} {value} is not the topic's {self.subject[:40]}")

    def check_application(self, field: str, value: str) -> None:
        """Refuse a payload of another application than its topic's (BadField).

        Brokers grant rights by topic: without this check one application speaks for another.
        """
        if self.application not in (value, _ANY):
            raise BadField(f"{field} {value[:40]!r} is not the topic's {self.application[:40]!r}")


def read(topic: str, device_events: Container[str] = DEVICE_EVENTS) -> Address:
    """Read a topic of ChirpStack's; UnknownEvent for any other, and for events we do not speak."""
    levels = topic.rsplit("/", 6)
    if len(levels) >= 6 and levels[-6] == "application" and levels[-4] == "device":
        _, application, _, dev_eui, kind, event_type = levels[-6:]
        if kind != "event" or event_type not in device_events:
            raise UnknownEvent(f"{_short(kind)}/{_short(event_type)} is no event of a device")
        return Address(event_type, application, dev_eui.lower())
    if len(levels) >= 4 and levels[-4] == "gateway":
        _, gateway_id, kind, event_type = levels[-4:]
        if f"{kind}/{event_type}" not in _GATEWAY_EVENTS:
            raise UnknownEvent(f"{_short(kind)}/{_short(event_type)} of a gateway is not read")
        return Address(event_type, "", gateway_id.lower())
    raise UnknownEvent(f"topic {topic[:120]!r} is not one we speak")


def _short(level: str) -> str:
    return level if level.isalnum() and len(level) <= 20 else repr(level[:20])
