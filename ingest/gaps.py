"""Where loss cannot be excluded: noted when it happens, recorded as soon as the database takes it.

A broker that knew nothing of our session has dropped what it held for us, if it ever did. What
comes at QoS 0 is not repeated when a connection breaks. A broker with a full queue drops messages.
None of it can be undone here, so the account names the time in which it may have happened.
"""

from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime

import structlog

from ingest.session import Connected, Delivery
from storage import account
from storage.connection import Connection

log = structlog.get_logger(__name__)

SESSION_LOST = (
    "the broker had not kept our session: "
    "what it held for us is lost unless it was queued elsewhere"
)
QOS_0 = (
    "messages arrive at QoS 0: the broker does not repeat what we miss; "
    "set qos=1 in the network server's MQTT integration"
)


class Gaps:
    """The possible gaps of one process, from the network thread to the database."""

    def __init__(self) -> None:
        self._connections: deque[Connected] = deque()
        self._at_qos_0: datetime | None = None
        """When the first message came at QoS 0 and was not told of yet"""
        self._lossy = False
        self._drops: tuple[int, datetime] | None = None
        self._before: datetime | None = None
        """When something was stored last before this process began"""

    def begin(self, connection: Connection) -> None:
        """Read what was before us; to be called before the first connection to the broker.

        Later it would be too late: other workers store in the same database.

        Raises:
            storage.errors.DatabaseUnavailable: nothing is read.
        """
        self._before = account.last_commit(connection)

    def connected(self, connection: Connected) -> None:
        """Take note of a connection to the broker; for the network thread."""
        self._connections.append(connection)

    def dropped(self, total: int) -> None:
        """Take note of how many messages the broker says it has dropped since its start."""
        self._drops = total, datetime.now(UTC)

    def watch(self, deliveries: Sequence[Delivery]) -> None:
        """Take note of the first device event that came at QoS 0."""
        if self._lossy:
            return
        for delivery in deliveries:
            if delivery.qos == 0 and not delivery.retain and "/gateway/" not in delivery.topic:
                self._lossy = True
                self._at_qos_0 = delivery.received_at
                log.warning("messages arrive at QoS 0 and are not repeated", topic=delivery.topic)
                return

    @property
    def pending(self) -> bool:
        """Whether there is something to record."""
        return bool(self._connections or self._drops) or self._at_qos_0 is not None

    def record(self, connection: Connection) -> None:
        """Write down what is pending; to be called before the batch that comes after it.

        Raises:
            storage.errors.DatabaseUnavailable: what is not written yet stays pending.
        """
        if not self.pending:
            return
        if self._drops:
            self._record_drops(connection, self._drops)
        last_commit = account.last_commit(connection)
        while self._connections:
            self._record_connection(connection, self._connections[0], last_commit)
            self._connections.popleft()
        if self._at_qos_0 is not None:
            since = last_commit or self._at_qos_0
            account.record_gap(connection, min(since, self._at_qos_0), self._at_qos_0, QOS_0)
            self._at_qos_0 = None

    def _record_drops(self, connection: Connection, drops: tuple[int, datetime]) -> None:
        if dropped := account.record_drops(connection, *drops):
            log.warning("the broker dropped messages at a full queue, perhaps ours", number=dropped)
        if self._drops is drops:
            self._drops = None

    def _record_connection(
        self, connection: Connection, event: Connected, last_commit: datetime | None
    ) -> None:
        since = self._before if event.away_since is None else last_commit or event.away_since
        if not event.session_present and since is not None:
            log.warning("possible gap: the broker had not kept our session", since=str(since))
            account.record_gap(connection, min(since, event.at), event.at, SESSION_LOST)
        elif self._lossy and event.away_since is not None:
            account.record_gap(connection, event.away_since, event.at, QOS_0)
