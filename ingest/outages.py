"""Why devices are silent or logged, for the letters of those who run them: one outage, one letter.

A codec of the network server belongs to a device profile: when it fails on all of them, that is one
outage too.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from alerts.concerns import Concern, Where
from alerts.device_logs import CODEC
from alerts.silence_cause import Cause
from storage import device_logs, silent_devices
from storage.connection import Connection
from storage.silent_devices import Silent

_FRESH = timedelta(minutes=5)
"""So long a finding is believed before it is looked for again"""


class Outages:
    """Finds the causes of silences, and remembers them for some minutes.

    Args:
        connection: that of the one who writes letters.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._known: dict[str, Silent] = {}
        self._at: datetime | None = None
        self._asked: set[str] = set()

    def explained(self, concerns: Sequence[Concern], now: datetime) -> list[Concern]:
        """Give silences with their causes, by gateway, and what was logged; others as they are."""
        untold = {each.device for each in concerns if each.is_silence and not each.said}
        if untold and (self._at is None or now - self._at > _FRESH or untold - self._asked):
            silent = silent_devices.found(self._connection, now)
            self._known = {each.dev_eui: each for each in silent}
            self._at, self._asked = now, untold
        causes = [_with_cause(each, self._known.get(each.device)) for each in concerns]
        found = _with_logs(self._connection, causes)
        return [replace(each, alike=_alike(each, found)) if each.outage else each for each in found]


def _with_cause(concern: Concern, silent: Silent | None) -> Concern:
    if silent is None or not concern.is_silence:
        return concern
    gateways = ", ".join(sorted(silent.device.gateways))
    outage, name = {
        Cause.GATEWAY: (f"gateway:{gateways}", f"gateway {gateways}"),
        Cause.NETWORK_SERVER: ("network_server", "the network server"),
        Cause.US: ("us", "the way from the broker to us"),
    }.get(silent.finding.cause, ("", f"gateway {gateways}" if gateways else concern.where.name))
    group = f"outage:{outage}" if outage else f"gateway:{gateways}" if gateways else ""
    where = Where(group or concern.where.group, name, "", concern.where.spot)
    return replace(concern, where=where, outage=outage, why=silent.finding.why)


def _with_logs(connection: Connection, concerns: Sequence[Concern]) -> list[Concern]:
    """Say of what was logged what the newest log says; a codec that fails is its profile's."""
    logged = [each for each in concerns if each.fires and each.log]
    asked = [(each.device, each.log) for each in logged if not each.said]
    said = device_logs.told_of(connection, asked) if asked else {}
    return [
        replace(each, outage=_profile(each), why=said.get((each.device, each.log), each.why))
        if each.fires and each.log
        else each
        for each in concerns
    ]


def _profile(concern: Concern) -> str:
    profile = concern.labels.get("device_profile", "")
    return f"codec:{profile}" if concern.log == CODEC else ""


def _alike(concern: Concern, others: Iterable[Concern]) -> int:
    return sum(each.outage == concern.outage and each.id != concern.id for each in others)
