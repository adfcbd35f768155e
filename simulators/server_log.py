"""The network server's log about a device, as an event."""

from datetime import datetime

from decoders.chirpstack_detail import key as content_key
from decoders.model import NetworkEvent

SOURCE = "chirpstack-v4"

Detail = dict[str, str | float | bool | None]


def log_event(
    dev_eui: str,
    application: str,
    time: datetime,
    told: tuple[str, str, str],
    context: dict[str, str],
) -> NetworkEvent:
    """Make a log event of level, code and description, with its context."""
    level, code, description = told
    detail: Detail = {"level": level, "code": code, "description": description}
    detail |= {f"context.{name}": text for name, text in context.items()}
    key = content_key("log", dev_eui, time, given="", detail=detail)
    return NetworkEvent(SOURCE, "log", key, dev_eui, application, time, detail)
