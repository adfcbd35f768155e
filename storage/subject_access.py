"""All that is stored about one tenancy of one home, as the tenant may ask for it.

It holds nothing from before or after the tenancy, since that is about somebody else, and names no
member of staff. Payloads of uplinks are left out: the readings are what they say.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime

from storage.connection import Connection, translated
from storage.queries import SQL
from storage.tenancies import Period

Cell = str | float | bool | datetime | date | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """One of the tables."""

    name: str
    query: str
    columns: tuple[str, ...]
    holds: str
    """What it holds, for the tenant"""


_SERIES = ("room", "property", "unit", "channel")
_MEAN = ("mean", "minimum", "maximum", "count", "expected", "valid")

SHEETS = (
    Sheet(
        "rooms",
        "subject_rooms",
        ("room_id", "room", "device", "from", "to"),
        "Which device was in which room, from when to when",
    ),
    Sheet(
        "readings",
        "subject_readings",
        (*_SERIES, "time", "value", "quality"),
        "Every reading that is kept; quality: 1 good, 2 unknown, 3 suspect, 4 fail, 9 missing",
    ),
    Sheet(
        "hours",
        "subject_hours",
        (*_SERIES, "start", "end", *_MEAN),
        "Means of hours; one is valid with three quarters of its readings",
    ),
    Sheet("days", "subject_days", (*_SERIES, "day", *_MEAN), "Means of days over valid hours"),
    Sheet(
        "alerts",
        "subject_alerts",
        (
            *("alert", "room", "rule", "title", "severity", "status"),
            *("began", "known", "ended", "peak"),
        ),
        "What the rules concluded about the rooms",
    ),
    Sheet(
        "actions",
        "subject_actions",
        ("alert", "kind", "note", "time"),
        "What the landlord did with these conclusions",
    ),
    Sheet(
        "messages",
        "subject_messages",
        ("alert", "case", "kind", "severity", "time"),
        "When the landlord's staff were told of them",
    ),
    Sheet(
        "cases",
        "subject_cases",
        ("case", "alert", "hazard", "category", "aware", "reported", "opened"),
        "Cases about hazards in the home",
    ),
    Sheet(
        "case_events",
        "subject_case_events",
        ("case", "number", "kind", "time", "note", "retracts", "recorded"),
        "What was done in these cases; `retracts`: the number of an entry made by mistake",
    ),
    Sheet("repairs", "subject_repairs", ("room", "time", "what"), "Repairs that were recorded"),
    Sheet(
        "uses",
        "subject_audit",
        ("time", "what", "of"),
        "When these data were looked at, changed, erased or given out",
    ),
)
"""In the order in which they are read"""


@dataclass(frozen=True, slots=True)
class Subject:
    """A tenancy, and what of it the tables are asked by."""

    connection: Connection
    asked: Mapping[str, object]

    def rows(self, sheet: Sheet) -> Iterator[Sequence[Cell]]:
        """Read a table, a part at a time."""
        with translated(), self.connection.cursor(f"subject_{sheet.name}") as cursor:
            cursor.itersize = 5000
            cursor.execute(SQL[sheet.query], self.asked)
            yield from cursor


@contextmanager
def subject(connection: Connection, period: Period) -> Iterator[Subject]:
    """Read about a tenancy; all tables are of one moment."""
    asked: dict[str, object] = {
        "home": period.place,
        "since": period.since,
        "until": period.until,
    }
    with translated(), connection.transaction():
        connection.execute(SQL["read_one_moment"])
        for name, query in (("alerts", "subject_alerts"), ("cases", "subject_cases")):
            asked[name] = [row[0] for row in connection.execute(SQL[query], asked)]
        yield Subject(connection, asked)
