"""What the web service is given by whoever starts it, since it may not import it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from alerts.model import AlertRule
from decoders.registry import NATIVE, Registry
from storage.connection import Connection
from storage.model import Arrival, Record

Retry = Callable[[Arrival, str], Record]
"""The pipeline: makes a record of a message as it arrived; the model of a codec that is to read
it, or nothing for the one that the device is bound to."""


@dataclass(frozen=True, slots=True)
class WouldBe:
    """An episode that there would have been, or was, under one version of a rule."""

    dev_eui: str
    """Empty for what is worked out of a place"""
    place: str
    """The place's identifier; empty for a device's"""
    channel: str
    fired_at: datetime
    resolved_at: datetime | None
    severity: str
    peak: float | None


@dataclass(frozen=True, slots=True)
class Previewed:
    """What a changed rule would have made of the episodes."""

    subjects: int
    """Series or devices that were looked at"""
    before: Sequence[WouldBe]
    """Episodes of the rule as it is in force"""
    after: Sequence[WouldBe]
    """Those of the changed rule"""
    no_more: Sequence[WouldBe]
    new: Sequence[WouldBe]
    whole: bool
    """False: the time was up before everything was looked at"""


class Preview(Protocol):
    """Runs a rule and a changed one over what is stored; writes nothing and tells nobody."""

    def __call__(
        self,
        connection: Connection,
        was: AlertRule,
        will_be: AlertRule,
        since: datetime,
        until: datetime,
    ) -> Previewed:
        """Look at stored intervals between two times."""


def _wall() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Wiring:
    """What the pages call besides storage, alerts and decoders."""

    retry: Retry | None = None
    """None: nothing can be retried here"""
    preview: Preview | None = None
    """None: no rule can be previewed here"""
    codecs: Registry = NATIVE
    """Every codec that the service knows, the borough's own too"""
    wall: Callable[[], datetime] = _wall
    """The clock on the wall"""
