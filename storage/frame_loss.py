"""How many frames never came: each carries a counter, so what is missing between two can be told.

A session is a device with one address; a join begins a new one. What does not come is not always
lost on the air: when many devices miss frames at the same time the network server was away.
"""

from dataclasses import dataclass
from datetime import datetime

from storage.connection import Connection, translated
from storage.queries import SQL


@dataclass(frozen=True, slots=True)
class SessionLoss:
    """The frames of one session within a stretch of time, whatever order they came in."""

    dev_eui: str
    name: str
    dev_addr: str
    first: datetime
    last: datetime
    """When the first and the last of them were received"""
    received: int
    """Different frames, those that only the network needs among them"""
    lost: int
    """Counts between the lowest and the highest that never came"""

    @property
    def share(self) -> float:
        """The part of the session's frames that never came, from 0 to 1."""
        return self.lost / (self.lost + self.received)


def sessions(
    connection: Connection, since: datetime, until: datetime, *, most: int = 100
) -> list[SessionLoss]:
    """List the sessions with frames received between two times, those that lost most first."""
    parameters = {"since": since, "until": until, "most": most}
    with translated():
        rows = connection.execute(SQL["frame_loss"], parameters).fetchall()
    return [SessionLoss(*row) for row in rows]
