"""What the web service is given by whoever starts it, since it may not import it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from decoders.registry import NATIVE, Registry
from storage.model import Arrival, Record

Retry = Callable[[Arrival, str], Record]
"""The pipeline: makes a record of a message as it arrived; the model of a codec that is to read
it, or nothing for the one that the device is bound to."""


def _wall() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Wiring:
    """What the pages call besides storage, alerts and decoders."""

    retry: Retry | None = None
    """None: nothing can be retried here"""
    codecs: Registry = NATIVE
    """Every codec that the service knows, the borough's own too"""
    wall: Callable[[], datetime] = _wall
    """The clock on the wall"""
