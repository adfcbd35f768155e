"""Which time of an event to believe, and how network servers write times.

A gateway's GPS time is copied into the event unchecked (a gateway that lost its fix says 1980), so
the event's time is held against the network server's own clock, which stamps every reception.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from decoders.errors import BadField
from decoders.model import TimeSource

TOLERANCE = timedelta(minutes=5)
"""How far the event's time may differ from the network server's clock."""
BUFFERING = timedelta(days=7)
"""How much older the event's time may be: a gateway with GNSS that held frames in an outage."""

Choice = tuple[datetime | None, TimeSource | None]
"""A time and the clock it was taken from; both None when there is none."""

_UNIX_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_GPS_EPOCH = datetime(1980, 1, 6, tzinfo=UTC)
_LEAP_SECONDS = timedelta(seconds=18)


@dataclass(frozen=True, slots=True)
class TimeRule:
    """The rule that chooses an event's time, with its two limits."""

    tolerance: timedelta = TOLERANCE
    buffering: timedelta = BUFFERING

    def believes(self, time: datetime, reference: datetime) -> bool:
        """Say whether a time is credible beside a reference clock's time of the same moment."""
        lag = reference - time
        return -self.tolerance <= lag <= max(self.tolerance, self.buffering)

    def choose(
        self, time: datetime | None, servers: Iterable[datetime], *, gateway: bool
    ) -> Choice:
        """Choose between the event's time and the network server's clock.

        Args:
            time: The event's time; None when it carries none.
            servers: The times at which the network server received the gateways' copies.
            gateway: Whether `time` was taken from a gateway's clock rather than the server's.

        Returns:
            The event's time if the earliest server time makes it credible, or there is none to
            hold it against; else that server time; else None and None.
        """
        earliest = min(servers, default=None)
        if time is not None and (earliest is None or self.believes(time, earliest)):
            return time, TimeSource.GATEWAY if gateway else TimeSource.SERVER
        return earliest, None if earliest is None else TimeSource.SERVER


STANDARD = TimeRule()
"""The rule with its usual limits: 5 minutes of tolerance, 7 days of buffering."""


def from_text(field: str, text: str | None) -> datetime | None:
    """Read an RFC 3339 time, cut to microseconds; BadField for another, or one without a zone."""
    if text is None:
        return None
    try:
        time = datetime.fromisoformat(text)
        if time.tzinfo is UTC:
            return time
        if time.tzinfo is not None:
            return time.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise BadField(f"{field} {text[:40]!r} is not a time with its zone")


def from_seconds(field: str, seconds: int, nanos: int) -> datetime:
    """Read a protobuf Timestamp, cut to microseconds; BadField outside the years 1 to 9999."""
    if 0 <= nanos < 1_000_000_000:
        try:
            return _UNIX_EPOCH + timedelta(seconds=seconds, microseconds=nanos // 1000)
        except OverflowError:
            pass
    raise BadField(f"{field} {seconds} s {nanos} ns is not a time")


def as_seconds(time: datetime) -> tuple[int, int]:
    """Give a time as the seconds and nanoseconds of a protobuf Timestamp."""
    since = time - _UNIX_EPOCH
    return since.days * 86_400 + since.seconds, since.microseconds * 1000


def since_gps_epoch(time: datetime) -> timedelta:
    """Give the GPS time: since 6 January 1980, ahead of UTC by the 18 leap seconds up to 2017."""
    return time - _GPS_EPOCH + _LEAP_SECONDS
