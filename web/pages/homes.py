"""Homes: which are getting mouldy, and why?"""

from collections.abc import Sequence
from datetime import datetime

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from storage import pages_homes, pages_hours
from storage.pages_homes import Patches, Room, RoomAtRisk
from storage.pages_hours import Measured, Newest
from web import news, units, wording
from web.clock import Now
from web.identity import Area, Person
from web.paging import ROWS, how_many, page_of, whole_table
from web.read_log import Logged
from web.session import Database, SomePerson, reader_of
from web.tables import Column, Link, Table, Tag
from web.units import Units, words
from web.views import view
from web.watching import Seen

WATCHES = (news.HOMES,)
router = APIRouter(include_in_schema=False, dependencies=[Depends(reader_of(Area.HOUSING))])
MEASURED = ("relative_humidity", "temperature")
_COLOURS = {"red": "red", "amber": "orange"}


@router.get("/homes")
def homes(  # noqa: PLR0913, PLR0917 - each is a part of the request
    request: Request,
    database: Database,
    person: SomePerson,
    seen: Seen,
    now: Now,
    log: Logged,
    area: str = "",
    after: str = "",
) -> Response:
    """Rank the rooms at risk with their reasons, and list every room below."""
    patches = person.patches
    rooms = pages_homes.rooms(database, patches, area=area, after=after, limit=how_many(request))
    page = page_of(request, rooms, lambda room: room.public_id)
    whole = whole_table(request)
    shown = rooms if whole else page.rows
    found = [] if after else pages_homes.at_risk(database, patches, area, how_many(request))
    risks = found if whole else found[:ROWS]
    known = {room.id for room in shown} | {risk.room.id for risk in risks}
    newest = pages_hours.newest(database, known, MEASURED)
    told = {"rooms": shown, "risk": [risk.room for risk in risks]}
    listed = told.get(whole or "", (*told["rooms"], *told["risk"]))
    log.homes([each.public_id for each in listed], listed=True)
    areas = pages_homes.areas(database, patches)
    return view(
        request,
        "homes.html",
        title="Which homes are getting mouldy?",
        tables=[_risk_table(risks, newest, units.of_rules(database)), _rooms_table(shown, newest)],
        live=seen,
        sentence=sentence(
            *pages_homes.homes_at_risk(database, patches, area), sum(count for _, count in areas)
        ),
        page=page,
        first=not after,
        more=len(found) > len(risks),
        area=area,
        areas=[("", "all areas"), *((name, name or "no area") for name, _ in areas)],
        patch=_patch(person, patches),
        now=now,
    )


def sentence(at_risk: int, red: int, homes_in_all: int) -> str:
    """Say how many homes need somebody."""
    if not at_risk:
        homes_of_all = wording.plural(homes_in_all, "home")
        return f"None of the {homes_of_all} has an open finding of damp, mould or cold."
    return (
        f"{wording.plural(at_risk, 'home')} of {homes_in_all:,} "
        f"{'has' if at_risk == 1 else 'have'} an open finding, {red:,} of them red."
    )


def _patch(person: Person, patches: Patches) -> str:
    if patches is None:
        return "all patches"
    return f"patch {', '.join(sorted(patches))}" if patches else f"no patch is {person.name}'s"


def tag(severity: str) -> Tag:
    """Write a severity as a word that stands out."""
    return Tag(severity.capitalize(), _COLOURS.get(severity, "grey"))


def _risk_table(risks: Sequence[RoomAtRisk], newest: dict[Measured, Newest], known: Units) -> Table:
    return Table(
        "risk",
        "Rooms at risk, the worst first",
        [
            Column("Room"),
            Column("Area"),
            Column("Risk"),
            Column("Why"),
            Column("Since"),
            Column("Humidity now", "%", digits=0, nothing="no reading"),
            Column("Temperature now", "Cel", digits=1, nothing="no reading"),
        ],
        [
            (
                Link(f"{room.home}, {room.name}", address(room.public_id)),
                room.area,
                tag(found[0].severity),
                "; ".join(_reason(risk, known) for risk in found),
                min(risk.fired_at for risk in found),
                *_now(newest, room.id),
            )
            for room, found in _by_room(risks)
        ],
        nothing="No room has an open finding.",
    )


def _by_room(risks: Sequence[RoomAtRisk]) -> list[tuple[Room, list[RoomAtRisk]]]:
    """Put the findings of a room together, in the order of each room's worst."""
    found: dict[int, tuple[Room, list[RoomAtRisk]]] = {}
    for risk in risks:
        found.setdefault(risk.room.id, (risk.room, []))[1].append(risk)
    return list(found.values())


def _reason(risk: RoomAtRisk, known: Units) -> str:
    stale = ", no valid reading now" if risk.stale else ""
    return f"{risk.title} (at worst {words(risk.peak, risk.rule_id, known)}{stale})"


def _rooms_table(rooms: Sequence[Room], newest: dict[Measured, Newest]) -> Table:
    return Table(
        "rooms",
        "Every room",
        [
            Column("Room"),
            Column("Area"),
            Column("Humidity now", "%", digits=0, nothing="no reading"),
            Column("Temperature now", "Cel", digits=1, nothing="no reading"),
            Column("Measured", nothing="never"),
        ],
        [
            (
                Link(f"{room.home}, {room.name}", address(room.public_id)),
                room.area,
                *_now(newest, room.id),
                _when(newest, room.id),
            )
            for room in rooms
        ],
        nothing="No room is registered in your patch.",
    )


def _now(newest: dict[Measured, Newest], place: int) -> tuple[float | None, float | None]:
    humidity, temperature = (newest.get((place, name)) for name in MEASURED)
    return (humidity.result if humidity else None, temperature.result if temperature else None)


def _when(newest: dict[Measured, Newest], place: int) -> datetime | None:
    times = [found.time for name in MEASURED if (found := newest.get((place, name)))]
    return max(times, default=None)


def address(public_id: str) -> str:
    """Give the address of a room's page."""
    return f"/homes/rooms/{public_id}"
