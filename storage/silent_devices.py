"""Which devices are silent, with the facts that tell why; and what is logged of devices.

`found` gives `alerts.silence_cause` what it asks for, in a handful of queries for all devices at
once; `logged` gives `alerts.device_logs` its sums.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from alerts.device_logs import Logged
from alerts.silence_cause import Finding, GatewayFacts, SilentDevice, Surroundings, cause
from storage import pages_health
from storage.connection import Connection, translated
from storage.queries import SQL

_NEWEST = 10_000
"""Uplinks that are looked through for who received them"""


@dataclass(frozen=True, slots=True)
class Silent:
    """A silent device, and why."""

    dev_eui: str
    name: str
    device: SilentDevice
    finding: Finding


@dataclass(frozen=True, slots=True)
class _Told:
    """What a gateway told of itself."""

    times: Sequence[datetime] | None
    stats_came_at: datetime | None
    state: str | None
    state_came_at: datetime | None


def found(
    connection: Connection,
    now: datetime,
    *,
    most: int = 1000,
    only: Iterable[str] | None = None,
    clock: Callable[[datetime], str] | None = None,
) -> list[Silent]:
    """List silent devices with their causes, those that were heard last first.

    Args:
        connection: the database.
        now: the wall's clock; of a simulation the newest reading's.
        most: so many devices at most.
        only: those of these dev_euis; None: all.
        clock: how a reason writes times; None: in UTC.
    """
    told = {"now": now, "most": most, "only": None if only is None else list(only)}
    with translated():
        rows = connection.execute(SQL["silent_devices"], told).fetchall()
    if not rows:
        return []
    devices = [
        (eui, name, SilentDevice(heard, interval, frozenset(gateways), reset, refused))
        for eui, name, heard, interval, gateways, reset, refused in rows
    ]
    since = min(device.last_heard for _, _, device in devices)
    around = surroundings(connection, now, since)
    if clock is not None:
        around = replace(around, clock=clock)
    return [Silent(eui, name, device, cause(device, around)) for eui, name, device in devices]


def surroundings(connection: Connection, now: datetime, since: datetime) -> Surroundings:
    """Read what came from elsewhere since a time."""
    with translated():
        ((number, heard_at),) = connection.execute(SQL["silent_fleet"]).fetchall()
    gaps = pages_health.gaps(connection, since)
    return Surroundings(
        now,
        number,
        heard_at,
        dict(_gateways(connection)),
        tuple((gap.start, gap.end) for gap in gaps),
    )


def _gateways(connection: Connection) -> Iterator[tuple[str, GatewayFacts]]:
    with translated():
        told = connection.execute(SQL["silent_gateways_told"]).fetchall()
        heard = connection.execute(SQL["silent_gateways_heard"], {"most": _NEWEST}).fetchall()
    tellers = {gateway: _Told(*rest) for gateway, *rest in told}
    hearers = {gateway: (sent, came) for gateway, sent, came in heard}
    for gateway in sorted(tellers.keys() | hearers.keys()):
        sent, came = hearers.get(gateway, (None, None))
        yield gateway, _facts(tellers.get(gateway, _Told(None, None, None, None)), sent, came)


def _facts(told: _Told, sent: datetime | None, came: datetime | None) -> GatewayFacts:
    """Believe that a gateway is OFFLINE only so long as nothing comes from it."""
    times = told.times or ()
    newest = max((time for time in (told.stats_came_at, came) if time), default=None)
    offline = told.state == "OFFLINE" and (
        newest is None or (told.state_came_at is not None and told.state_came_at > newest)
    )
    cadence: timedelta | None = abs(times[0] - times[1]) if len(times) > 1 else None
    return GatewayFacts(times[0] if times else None, cadence, sent, offline=offline)


def logged(connection: Connection, since: datetime, *, most: int = 1000) -> list[Logged]:
    """Add up the network server's logs about devices since a time, the newest first."""
    with translated():
        rows = connection.execute(SQL["device_logs"], {"since": since, "most": most}).fetchall()
    return [Logged(*row) for row in rows]
