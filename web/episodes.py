"""An episode for whoever looks at it: may they see it, where is it, whose is it, who has it?"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from fastapi import HTTPException

from alerts.concerns import is_acknowledged
from alerts.model import Severity
from storage import pages_alerts
from storage.alert_actions import Action, ActionKind
from storage.connection import Connection
from storage.pages_alerts import Episode, Sight
from web import privacy
from web.identity import Area, Person
from web.tables import Link

EVERY_STATUS = ("firing", "resolved", "withdrawn")


def sight_of(person: Person) -> Sight:
    """Give what a person may see."""
    return Sight(
        housing=person.may_read(Area.HOUSING),
        environment=person.may_read(Area.ENVIRONMENT),
        parking=person.may_read(Area.PARKING),
        engineering=person.may_read(Area.ENGINEERING),
        patches=person.patches,
    )


def episode_of(database: Connection, person: Person, alert_id: str) -> Episode:
    """Read an episode; one that the person may not see is not there (404)."""
    found = pages_alerts.episodes(
        database, sight_of(person), statuses=EVERY_STATUS, alert_id=alert_id, limit=1
    )
    if not found:
        raise HTTPException(404)
    return found[0]


def area_of(found: Episode) -> Area:
    """Say whose work an episode is, as the query of the inbox divides them."""
    if found.severity == Severity.MAINTENANCE or found.place_kind is None:
        return Area.ENGINEERING
    if found.place_kind in privacy.HOME:
        return Area.HOUSING
    return Area.PARKING if found.place_kind in {"bay", "zone"} else Area.ENVIRONMENT


def where(found: Episode, person: Person) -> Link | str:
    """Name the place of an episode, with the address of its page for whoever may read it."""
    if found.place_kind in privacy.HOME and not person.may_read(Area.HOUSING):
        return privacy.A_HOME
    if found.place is None or found.place_id is None:
        return Link(found.device or found.dev_eui, f"/engineering/devices/{found.dev_eui}")
    name = f"{found.within}, {found.place}" if found.within else found.place
    if found.place_kind == "room":
        return Link(name, f"/homes/rooms/{found.place_id}")
    if found.place_kind == "position":
        return Link(name, f"/sites/{found.within_id}")
    if found.place_kind == "bay":
        return Link(name, f"/parking/{found.within_id}")
    return name


def place_words(found: Episode, person: Person) -> str:
    """Name the place of an episode."""
    place = where(found, person)
    return str(place.text) if isinstance(place, Link) else place


@dataclass(frozen=True, slots=True)
class InHand:
    """Who has an episode in hand, as far as what was done with it tells."""

    acknowledged_by: str | None
    """Whoever acknowledged it last, at its severity or a higher one; None: nobody"""
    acknowledged_at: datetime | None
    assignee: str | None
    """Whom it was assigned to last"""


def in_hand(acts: Sequence[Action], severity: str) -> InHand:
    """Read from what was done with an episode, the oldest first, who has it in hand."""
    level = Severity(severity)
    last = _last(
        act
        for act in acts
        if act.kind is ActionKind.ACKNOWLEDGED and is_acknowledged((act.severity,), level)
    )
    assigned = _last(act for act in acts if act.kind is ActionKind.ASSIGNED)
    return InHand(
        last.actor if last else None,
        last.at if last else None,
        assigned.assignee if assigned else None,
    )


def _last(acts: Iterable[Action]) -> Action | None:
    return max(acts, key=lambda act: act.at, default=None)
