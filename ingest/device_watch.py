"""Warns once of a device that the network server cannot let through, or whose codec fails there.

The warning is for whoever reads the service's log; what stands is computed from what is stored,
see `alerts.device_logs` and `boroughsense devices logs`.
"""

from collections import OrderedDict
from collections.abc import Iterable
from datetime import datetime

import structlog

from alerts.device_logs import CODES, Logged
from storage.model import EventRecord, Record, UplinkRecord

log = structlog.get_logger(__name__)

_REMEMBERED = 10_000
"""Devices and codes; the oldest are forgotten, and warned of again"""


class DeviceWatch:
    """Remembers of whom it has warned."""

    def __init__(self) -> None:
        self._standing: OrderedDict[tuple[str, str], Logged] = OrderedDict()

    def look(self, records: Iterable[Record]) -> list[str]:
        """Look at a batch in order of arrival; give each log's code, `other` if it needs nobody."""
        codes = []
        for record in records:
            if isinstance(record, EventRecord) and record.event.event_type == "log":
                codes.append(self._logged(record))
            elif isinstance(record, UplinkRecord) and self._standing:
                self._heard(record.uplink.dev_eui, record.time)
        return codes

    def _logged(self, record: EventRecord) -> str:
        event = record.event
        code = str(event.detail.get("code"))
        if code not in CODES:
            return "other"
        time = event.time or record.arrival.received_at
        told = str(event.detail.get("description"))
        new = Logged(event.subject, None, code, time, time, 1, told, None)
        before = self._standing.get((event.subject, code))
        if before is None or not before.is_open(time):
            log.warning(
                "a device needs somebody",
                dev_eui=event.subject,
                code=code,
                description=told,
                advice=new.advice,
            )
        self._standing[event.subject, code] = new
        self._standing.move_to_end((event.subject, code))
        while len(self._standing) > _REMEMBERED:
            self._standing.popitem(last=False)
        return code

    def _heard(self, dev_eui: str, time: datetime) -> None:
        """Forget what an accepted uplink ends."""
        for code in CODES:
            standing = self._standing.get((dev_eui, code))
            if standing is not None and code != "UPLINK_CODEC" and time > standing.last:
                del self._standing[dev_eui, code]
