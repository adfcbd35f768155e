"""Silences: of what is nobody told now, until when, and why?"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from storage import alert_actions, pages_alerts
from storage.alert_actions import KnownSilence
from storage.connection import Connection
from storage.pages_alerts import LabelledPlace
from web import privacy, wording
from web.clock import Acting
from web.identity import Area, Person
from web.read_log import Logged
from web.security import FromOurForm
from web.session import Database, SomePerson
from web.tables import Column, Table
from web.views import view

router = APIRouter(include_in_schema=False)
Places = Mapping[str, LabelledPlace]
_LABELS = {"place": "at", "within": "anywhere in", "rule": "rule"}
"""How a matcher reads"""


@router.get("/silences")
def listed(  # noqa: PLR0913, PLR0917 - each is a part of the request
    request: Request,
    database: Database,
    person: SomePerson,
    acting: Acting,
    log: Logged,
    said: str = "",
) -> Response:
    """List the silences that run, of what the person may see."""
    known, places = _seen(database, person, acting)
    if person.may_read(Area.HOUSING):
        log.homes([found.public_id for found in places.values()], listed=True)
    return view(
        request,
        "silences.html",
        title="Of what is nobody told now?",
        crumbs=[{"text": "Alerts", "href": "/alerts"}],
        tables=[_table(known, places, person)],
        sentence=_sentence(known),
        endable=[
            (str(each.id), f"{each.id}: {what(each, places, person)}")
            for each in known
            if may_end(person, each, places)
        ],
        said="The silence has ended." if said == "ended" else None,
    )


def _seen(
    database: Connection, person: Person, now: datetime
) -> tuple[list[KnownSilence], dict[str, LabelledPlace]]:
    """Read the silences that run or are to come and that a person may see."""
    known = alert_actions.silences(database, now)
    labels = [each.silence.matchers for each in known]
    places = pages_alerts.labelled_places(database, labels)
    seen = [each for each in known if may_see(person, each, places)]
    used = {key for each in seen for key in _keys(each)}
    return seen, {key: place for key, place in places.items() if key in used}


def _keys(known: KnownSilence) -> set[str]:
    matchers = known.silence.matchers
    return {matchers[name] for name in ("place", "within", "dev_eui") if name in matchers}


def areas_of(known: KnownSilence, places: Places) -> frozenset[Area]:
    """Say whose work a silence is: that of its place; a device's is the engineers' too."""
    kinds = {places[key].kind for key in _keys(known) if key in places}
    areas = set() if kinds else {Area.ENGINEERING}
    if kinds & privacy.HOME:
        areas.add(Area.HOUSING)
    elif kinds & {"bay", "zone"}:
        areas.add(Area.PARKING)
    elif kinds:
        areas.add(Area.ENVIRONMENT)
    if "dev_eui" in known.silence.matchers:
        areas.add(Area.ENGINEERING)
    return frozenset(areas)


def may_see(person: Person, known: KnownSilence, places: Places) -> bool:
    """Say whether a person may see a silence; one of a home by its patch."""
    return any(_covers(person, area, known, places) for area in areas_of(known, places))


def may_end(person: Person, known: KnownSilence, places: Places) -> bool:
    """Say whether a person may end a silence."""
    return any(
        person.may_change(area) and _covers(person, area, known, places)
        for area in areas_of(known, places)
    )


def _covers(person: Person, area: Area, known: KnownSilence, places: Places) -> bool:
    if area is not Area.HOUSING:
        return person.may_read(area)
    patches = [places[key].patch for key in _keys(known) if key in places]
    return all(person.may_see_patch(patch) for patch in patches)


def what(known: KnownSilence, places: Places, person: Person) -> str:
    """Write what is silenced; a home without its address, for whoever may not see it."""
    said = []
    for name, value in sorted(known.silence.matchers.items()):
        place = places.get(value)
        shown = _name(place, person) if place else ""
        if name == "dev_eui":
            said.append(f"device {value}{f' at {shown}' if shown else ''}")
        else:
            said.append(f"{_LABELS.get(name, name)} {shown or value}")
    return ", ".join(said)


def _name(place: LabelledPlace, person: Person) -> str:
    hidden = place.kind in privacy.HOME and not person.may_see_patch(place.patch)
    return privacy.A_HOME if hidden else place.name


def _sentence(known: Sequence[KnownSilence]) -> str:
    if not known:
        return "No silence runs: everybody is told of everything that is theirs."
    verb = "runs" if len(known) == 1 else "run"
    return f"{wording.plural(len(known), 'silence')} {verb}; the alerts stay on the pages."


def _table(known: Sequence[KnownSilence], places: Places, person: Person) -> Table:
    return Table(
        "silences",
        "Silences",
        [
            Column("Number"),
            Column("Of"),
            Column("Kind"),
            Column("From"),
            Column("Until"),
            Column("Why"),
            Column("By"),
        ],
        [
            (
                str(each.id),
                what(each, places, person),
                "maintenance" if each.maintenance else "silence",
                each.silence.starts_at,
                each.silence.ends_at,
                each.reason,
                wording.name(each.author),
            )
            for each in known
        ],
        nothing="There is none.",
        quiet=True,
    )


@router.post("/silences/{number}/end")
def end(
    database: Database, person: SomePerson, _: FromOurForm, acting: Acting, number: int
) -> RedirectResponse:
    """End a silence before its time."""
    known, places = _seen(database, person, acting)
    wanted = next((each for each in known if each.id == number), None)
    if wanted is None:
        raise HTTPException(404, "No such silence runs.")
    if not may_end(person, wanted, places):
        raise HTTPException(403)
    alert_actions.end_silence(database, number, actor=person.signature, at=acting)
    return RedirectResponse("/silences?said=ended", 303)
