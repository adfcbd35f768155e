"""Who stands for which readings: what nobody has checked is provisional.

A ratification is history: a wrong one is withdrawn. A mean that changes afterwards, by a late
reading or a calibration, is provisional again until it is ratified as it is then.
"""

from dataclasses import dataclass
from datetime import datetime

from storage import audit
from storage.connection import Connection, translated
from storage.packing import clean
from storage.queries import SQL


@dataclass(frozen=True, slots=True)
class Stretch:
    """What somebody stands for, or would."""

    place: str
    """Its public id"""
    observed_property: str
    since: datetime
    until: datetime

    def asked(self) -> dict[str, object]:
        """Give it as the statements ask for it."""
        return {
            "place": self.place,
            "property": self.observed_property,
            "since": self.since,
            "until": self.until,
        }


@dataclass(frozen=True, slots=True)
class Covered:
    """What was measured in it."""

    readings: int
    failed: int
    """Readings of these that are no measurements"""
    hours: int
    valid: int
    revised: int
    """Hours that changed after they were published"""
    waiting: int
    """Marks of hours that are still to be computed, and will be provisional then"""


@dataclass(frozen=True, slots=True)
class Ratification:
    """One as it stands in the registry."""

    id: int
    place: str
    """The place's public id"""
    name: str
    observed_property: str
    since: datetime
    until: datetime
    ratified_by: str
    recorded_at: datetime
    note: str
    withdrawn_at: datetime | None
    withdrawn_by: str | None
    changed: int
    """Hours that are not as they were ratified, so that they are provisional again"""


def covered(connection: Connection, stretch: Stretch) -> Covered:
    """Count what there is to stand for; nothing when the place or the property is none."""
    with translated():
        row = connection.execute(SQL["ratification_covers"], stretch.asked()).fetchone()
    assert row is not None  # noqa: S101 - a row of counts
    return Covered(*row)


def ratify(
    connection: Connection, stretch: Stretch, *, who: str, at: datetime, note: str = ""
) -> int | None:
    """Record that somebody stands for a stretch; give its number, None: there is no such place.

    Raises:
        DatabaseRefused: the name is empty, or the stretch ends before it begins.
    """
    told = {**stretch.asked(), "who": clean(who), "note": clean(note)}
    with translated(), connection.transaction():
        row = connection.execute(SQL["ratification_add"], told).fetchone()
        if row is None:
            return None
        detail: audit.Detail = {
            "ratification": row[0],
            "property": stretch.observed_property,
            "from": stretch.since.isoformat(),
            "to": stretch.until.isoformat(),
        }
        audit.write(connection, who, "ratified", stretch.place, at=at, detail=detail)
    number: int = row[0]
    return number


def withdraw(connection: Connection, number: int, *, who: str, at: datetime) -> bool:
    """Say that nobody stands for a stretch any more; False when there is none to withdraw."""
    with translated(), connection.transaction():
        told = {"id": number, "who": clean(who)}
        row = connection.execute(SQL["ratification_withdraw"], told).fetchone()
        if row is None:
            return False
        detail: audit.Detail = {"ratification": number}
        audit.write(connection, who, "ratification withdrawn", row[0], at=at, detail=detail)
    return True


def ratifications(connection: Connection, *, place: str = "") -> list[Ratification]:
    """List ratifications, the withdrawn ones too, of one place or all, the newest first."""
    with translated():
        rows = connection.execute(SQL["ratifications_list"], {"place": place}).fetchall()
    return [Ratification(*row) for row in rows]
