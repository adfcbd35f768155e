"""What is new on a list of alerts, or of homes, for whoever has it open."""

import re

from storage import pages_marks
from storage.connection import Connection
from storage.pages_alerts import Sight
from web import wording
from web.episodes import sight_of
from web.identity import Area, Person
from web.watching import Watch, watched_by_readers

_NUMBER = re.compile(r"[0-9]{1,18}")


def _mark(connection: Connection, _address: "re.Match[str]") -> int:
    return pages_marks.newest_change(connection)


def _since(connection: Connection, sight: Sight, seen: str) -> tuple[int, int]:
    """Count what is new; nothing is when the mark is none of ours."""
    if not _NUMBER.fullmatch(seen):
        return 0, 0
    return pages_marks.alerts_since(connection, sight, int(seen))


def of_alerts(connection: Connection, person: Person, seen: str) -> str:
    """Say how many alerts of somebody's own work began or changed."""
    return sentence(*_since(connection, sight_of(person), seen))


def sentence(began: int, others: int) -> str:
    """Write `3 new alerts, and 1 has changed.`; empty for none."""
    verb = "has" if others == 1 else "have"
    if not began:
        return f"{wording.plural(others, 'alert')} {verb} changed." if others else ""
    more = f", and {others:,} {verb} changed" if others else ""
    return f"{wording.plural(began, 'new alert')}{more}."


def of_homes(connection: Connection, person: Person, seen: str) -> str:
    """Say how many findings in homes of somebody's patches began or changed."""
    homes = Sight(housing=True, patches=person.patches)
    began, others = _since(connection, homes, seen)
    said = sentence(began, others).replace("alert", "finding")
    return said and f"In homes: {said}"


ALERTS = Watch(
    "/alerts",
    lambda person, _connection, _address: bool(person.roles),
    _mark,
    "Alerts have changed.",
    of_alerts,
)
HOMES = Watch("/homes", watched_by_readers(Area.HOUSING), _mark, "Findings have changed.", of_homes)
