"""Cases under Awaab's Law: what is done about a hazard in a home, by when it is due, and by whom.

A case is opened from an alert in one step, or on a report; its events are added and never changed
or deleted. A sensor's alert is no hazard by itself: a competent investigator decides. Reading is
for the caller to record (`storage.audit`), who knows who reads.
"""

import secrets
from base64 import b32encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from alerts import case_clocks, hazards, telling_policy
from alerts.case_clocks import Clock, Event, EventKind
from alerts.clocks import Holidays
from alerts.hazards import Category
from storage import audit
from storage.connection import Connection, translated
from storage.errors import DatabaseRefused
from storage.packing import clean
from storage.queries import SQL

_LONDON = ZoneInfo("Europe/London")


@dataclass(frozen=True, slots=True)
class Awareness:
    """What a case begins with: from an alert, shown first, so that it can be put right."""

    place_id: str
    """The dwelling's public id"""
    aware_at: datetime
    """When anybody could first know of the alert"""
    reported: str
    """How we became aware"""


@dataclass(frozen=True, slots=True)
class CaseEvent:
    """Something that happened in a case."""

    id: int
    kind: EventKind
    at: datetime
    """When it happened"""
    note: str
    actor: str
    retracts: int | None
    """The number of the event that was recorded by mistake"""
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class HazardCase:
    """A case with all that happened."""

    id: str
    alert_id: str | None
    place_id: str
    place: str
    patch: str
    hazard: str
    """An id of `alerts/hazards.yaml`"""
    category: Category
    aware_at: datetime
    reported: str
    opened_by: str
    opened_at: datetime
    events: tuple[CaseEvent, ...]
    """In the order in which they were recorded, retracted ones too"""

    @property
    def has_clocks(self) -> bool:
        """Whether the law's clocks run: its hazard was in force when we became aware."""
        known = hazards.load().get(self.hazard)
        day = self.aware_at.astimezone(_LONDON).date()
        return known is not None and known.has_clocks(self.category, day)

    @property
    def is_closed(self) -> bool:
        """Whether nothing more is to be done."""
        return any(event.kind is EventKind.CLOSED for event in case_clocks.standing(self._told()))

    def clocks(
        self, holidays: Holidays, now: datetime, near: timedelta | None = None
    ) -> tuple[Clock, ...]:
        """Give its deadlines by when they are due; none when the law's clocks do not run.

        Args:
            holidays: England's.
            now: the time.
            near: so long before it is due a deadline is near; None: as the product ships it.

        Raises:
            HolidaysUnknown: one ends beyond the known bank holidays.
        """
        if not self.has_clocks:
            return ()
        near = telling_policy.load().case_near(self.category) if near is None else near
        told = self._told()
        return case_clocks.of_case(self.category, self.aware_at, told, holidays, now, near)

    def _told(self) -> list[Event]:
        return [Event(each.id, each.kind, each.at, each.retracts) for each in self.events]


def awareness(connection: Connection, alert_id: str) -> Awareness | None:
    """Give what a case from an alert begins with; None when the alert is about no home."""
    with translated():
        row = connection.execute(SQL["case_of_alert"], {"alert": alert_id}).fetchone()
    return Awareness(row[1], row[2], f"sensor alert: {row[3]}") if row else None


def open_case(  # noqa: PLR0913 - each is a part of the record
    connection: Connection,
    begin: Awareness,
    *,
    hazard: str,
    category: Category,
    actor: str,
    at: datetime,
    alert_id: str | None = None,
) -> str:
    """Open a case; give its id.

    Raises:
        UnknownHazard: there is no such hazard.
        DatabaseRefused: there is no such dwelling or alert, awareness lies after now, or a name
            or how we became aware is missing.
    """
    told = {
        "id": b32encode(secrets.token_bytes(10)).decode().lower(),
        "alert": alert_id,
        "place": begin.place_id,
        "hazard": hazards.hazard(hazard).id,
        "category": category,
        "aware_at": begin.aware_at,
        "reported": clean(begin.reported),
        "actor": clean(actor),
        "at": at,
    }
    with translated(), connection.transaction():
        row = connection.execute(SQL["case_open"], told).fetchone()
        if row is None:
            raise DatabaseRefused(f"there is no dwelling {begin.place_id}")
        number: str = row[0]
        audit.write(connection, actor, "case opened", number, at=at, detail={"alert": alert_id})
    return number


def add_event(  # noqa: PLR0913 - each is a part of the record
    connection: Connection,
    case_id: str,
    kind: EventKind,
    *,
    actor: str,
    at: datetime,
    happened_at: datetime | None = None,
    note: str = "",
    retracts: int | None = None,
) -> int:
    """Record what happened in a case, now or at an earlier time; give the event's number.

    Raises:
        DatabaseRefused: there is no such case, the event lies in the future, its note or a name
            is missing, or what it retracts is no event of the case.
    """
    told = {
        "case": case_id,
        "kind": kind,
        "happened_at": happened_at or at,
        "note": clean(note),
        "actor": clean(actor),
        "retracts": retracts,
        "at": at,
    }
    with translated(), connection.transaction():
        row = connection.execute(SQL["case_event_add"], told).fetchone()
        if row is None:
            raise DatabaseRefused(f"there is no case {case_id}, or no such event in it")
        audit.write(connection, actor, f"case {kind}", case_id, at=at)
    number: int = row[0]
    return number


def cases(  # noqa: PLR0913 - each narrows the list
    connection: Connection,
    *,
    case_id: str = "",
    alert_id: str = "",
    place_id: str = "",
    patches: Iterable[str] | None = None,
    closed: bool = False,
) -> list[HazardCase]:
    """List cases with their events, the newest first.

    Args:
        connection: to the database.
        case_id: only this one.
        alert_id: only those opened from this alert.
        place_id: only those of this dwelling.
        patches: only those of dwellings in these patches; None: of all.
        closed: those that are closed, too.
    """
    asked = {
        "id": case_id,
        "alert": alert_id,
        "place": place_id,
        "patches": None if patches is None else sorted(patches),
        "closed": closed,
    }
    with translated():
        rows = connection.execute(SQL["cases_read"], asked).fetchall()
        events = _events(connection, [row[0] for row in rows])
    return [_case(row, tuple(events[row[0]])) for row in rows]


def _case(row: Sequence[Any], events: tuple[CaseEvent, ...]) -> HazardCase:
    return HazardCase(*(*row[:6], Category(row[6]), *row[7:], events))


def _events(connection: Connection, ids: Sequence[str]) -> dict[str, list[CaseEvent]]:
    found: dict[str, list[CaseEvent]] = {case_id: [] for case_id in ids}
    rows = connection.execute(SQL["case_events_read"], {"cases": list(ids)})
    for case_id, number, kind, *rest in rows:
        found[case_id].append(CaseEvent(number, EventKind(kind), *rest))
    return found
