"""What people do with an alert: acknowledge, assign, comment, say whether it helped; and silences.

Nothing here changes an episode: what people do decides who is told, never whether it is true. All
is history, with who did it and when; each act is in the audit too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import msgspec

from alerts.model import Severity
from alerts.silences import LONGEST, Silence
from storage import audit
from storage.connection import Connection, translated
from storage.errors import DatabaseRefused
from storage.packing import clean, to_json
from storage.queries import SQL

_MATCHERS = msgspec.json.Decoder(dict[str, str])


OF_ALERTS = frozenset({"rule", "severity", "team", "observed_property", "channel"})
"""Labels that an alert has, and a device or a place has not"""


class ActionKind(StrEnum):
    """What somebody did with an episode."""

    OPENED = "opened"
    """Read it: the law asks who knew what when"""
    ACKNOWLEDGED = "acknowledged"
    ASSIGNED = "assigned"
    COMMENTED = "commented"
    USEFUL = "useful"
    NOT_USEFUL = "not_useful"


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that somebody did with an episode."""

    kind: ActionKind
    severity: Severity
    """The one that the episode had then"""
    actor: str
    assignee: str
    """Of an assignment, else empty"""
    note: str
    at: datetime


@dataclass(frozen=True, slots=True)
class KnownSilence:
    """A silence as it is stored."""

    id: int
    silence: Silence
    """With the end it came to, when it was ended early"""
    maintenance: bool
    author: str
    reason: str
    recorded_at: datetime
    ended_by: str
    """Who ended it early; empty: nobody"""


def act(  # noqa: PLR0913 - each is a part of the record
    connection: Connection,
    alert_id: str,
    kind: ActionKind,
    *,
    actor: str,
    at: datetime,
    assignee: str = "",
    note: str = "",
) -> Severity:
    """Record what somebody did with an episode; give the severity that it had then.

    Raises:
        DatabaseRefused: there is no such episode, nobody's name, an assignment to nobody, or a
            comment without words.
    """
    told = {
        "alert": alert_id,
        "kind": kind,
        "actor": clean(actor),
        "assignee": clean(assignee),
        "note": clean(note),
        "at": at,
    }
    with translated(), connection.transaction():
        row = connection.execute(SQL["alert_action_add"], told).fetchone()
        if row is None:
            raise DatabaseRefused(f"there is no alert {alert_id}")
        audit.write(connection, actor, f"alert {kind}", alert_id, at=at)
    return Severity(row[1])


def actions(connection: Connection, alerts: Sequence[str]) -> dict[str, list[Action]]:
    """List what was done with each of some episodes, the oldest first.

    What was done with an episode that later data moved in time counts for the one in its place.
    """
    found: dict[str, list[Action]] = {alert: [] for alert in alerts}
    with translated():
        for alert, kind, severity, *rest in connection.execute(
            SQL["alert_actions_of"], {"alerts": list(alerts)}
        ):
            found[alert].append(Action(ActionKind(kind), Severity(severity), *rest))
    return found


def silence(  # noqa: PLR0913 - each is a part of the record
    connection: Connection,
    wanted: Silence,
    *,
    author: str,
    reason: str,
    at: datetime,
    maintenance: bool = False,
) -> int:
    """Record a silence, or a maintenance window; give its number.

    Raises:
        DatabaseRefused: it matches everything, ends before it starts or over 30 days after, or
            lacks an author or a reason; or a maintenance window names what is no device's or
            place's.
    """
    if maintenance and (stray := sorted(OF_ALERTS & wanted.matchers.keys())):
        raise DatabaseRefused(f"maintenance is of devices and places, not of {', '.join(stray)}")
    if wanted.ends_at - wanted.starts_at > LONGEST:
        raise DatabaseRefused(f"a silence lasts at most {LONGEST.days} days")
    told = {
        "matchers": to_json(dict(wanted.matchers)).decode(),
        "maintenance": maintenance,
        "starts_at": wanted.starts_at,
        "ends_at": wanted.ends_at,
        "author": clean(author),
        "reason": clean(reason),
        "at": at,
    }
    with translated(), connection.transaction():
        row = connection.execute(SQL["silence_add"], told).fetchone()
        assert row is not None  # noqa: S101 - an insert that returns
        number: int = row[0]
        kind = "maintenance" if maintenance else "silence"
        audit.write(connection, author, f"{kind} added", f"silence {number}", at=at)
        if maintenance:
            window = {"starts_at": wanted.starts_at, "ends_at": wanted.ends_at}
            connection.execute(SQL["maintenance_mark"], window)
    return number


def end_silence(connection: Connection, number: int, *, actor: str, at: datetime) -> bool:
    """End a silence before its time; False when there is none of the number, or it was ended.

    Raises:
        DatabaseRefused: nobody's name.
    """
    told = {"silence": number, "actor": clean(actor), "at": at}
    with translated(), connection.transaction():
        if not connection.execute(SQL["silence_end"], told).rowcount:
            return False
        audit.write(connection, actor, "silence ended", f"silence {number}", at=at)
    return True


def undo_maintenance(
    connection: Connection, number: int, *, actor: str, reason: str, at: datetime
) -> bool:
    """Take back a maintenance window that was recorded wrongly, whether or not it is over.

    What was measured in it counts again, and is judged again; the window stays in the history.
    False when there is no such window, or it was taken back already.

    Raises:
        DatabaseRefused: nobody's name, or no reason.
    """
    told = {"silence": number, "actor": clean(actor), "reason": clean(reason), "at": at}
    with translated(), connection.transaction():
        window = connection.execute(SQL["maintenance_read"], {"silence": number}).fetchone()
        if window is None:
            return False
        span = {"starts_at": window[0], "ends_at": window[1]}
        connection.execute(SQL["maintenance_mark"], span)  # as long as it is known whose hours
        if not connection.execute(SQL["maintenance_undo"], told).rowcount:
            return False
        why = {"reason": clean(reason)}
        audit.write(connection, actor, "maintenance undone", f"silence {number}", at=at, detail=why)
    return True


def silences(connection: Connection, since: datetime) -> list[KnownSilence]:
    """List the silences and maintenance windows that end after a time, the newest first."""
    with translated():
        rows = connection.execute(SQL["silences_read"], {"since": since})
        return [_known(*row) for row in rows]


def _known(  # noqa: PLR0913, PLR0917 - the columns of a row
    number: int,
    matchers: str,
    maintenance: bool,  # noqa: FBT001 - a column
    starts_at: datetime,
    ends_at: datetime,
    author: str,
    reason: str,
    recorded_at: datetime,
    ended_by: str,
) -> KnownSilence:
    found: Mapping[str, str] = _MATCHERS.decode(matchers)
    window = Silence(found, starts_at, ends_at)
    return KnownSilence(number, window, maintenance, author, reason, recorded_at, ended_by)
