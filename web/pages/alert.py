"""One alert: what is it about, who has it in hand, and what became of it?

What people do here decides who is told, never whether the alert is true.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, Field

from alerts.silences import Silence
from storage import alert_actions, cases, pages_alerts
from storage.alert_actions import Action, ActionKind
from storage.cases import Awareness, HazardCase
from storage.connection import Connection
from storage.pages_alerts import Episode
from web import privacy, units, why_silent, wording
from web.case_forms import CATEGORIES, NewCase, begin, hazard_choices
from web.clock import Acting, Now
from web.episodes import InHand, area_of, episode_of, in_hand, place_words, where
from web.forms import Errors, field_time, words
from web.identity import Area, Person
from web.pages.alert_tables import actions_table, history_table, notices_table
from web.read_log import Logged
from web.security import FromOurForm
from web.session import Database, SomePerson
from web.views import view

router = APIRouter(include_in_schema=False)
_SAID = {
    "acknowledged": "You acknowledged it: nobody is reminded of it any more.",
    "assigned": "It is assigned.",
    "commented": "Your comment stands with it.",
    "useful": "Thank you: it is noted that the alert helped.",
    "not_useful": "Thank you: it is noted that the alert did not help.",
    "silenced": "Nobody is told of it until the silence ends.",
}
HOURS = {"1": "1 hour", "8": "8 hours", "24": "1 day", "168": "7 days", "720": "30 days"}
"""How long a silence may be, in hours"""


@router.get("/alerts/{alert_id}")
def alert(  # noqa: PLR0913, PLR0917 - each is a part of the request
    request: Request,
    database: Database,
    person: SomePerson,
    now: Now,
    acting: Acting,
    log: Logged,
    alert_id: str,
    said: str = "",
) -> Response:
    """Show what an episode is about, what was done, what became of it, and who was told."""
    page = _Page(request, database, person, now, episode_of(database, person, alert_id))
    log.homes([page.found.place_id])
    page.open(acting)
    return page.answer(said=_SAID.get(said))


class _Page:
    """The page of an episode, for looking at it and for a form that is to be written again."""

    def __init__(
        self,
        request: Request,
        database: Connection,
        person: Person,
        now: datetime,
        found: Episode,
    ) -> None:
        self._request, self._database, self._person = request, database, person
        self._now, self.found = now, found
        self._may_change = person.may_change(area_of(found))

    @property
    def _acts(self) -> list[Action]:
        return alert_actions.actions(self._database, [self.found.id])[self.found.id]

    def open(self, at: datetime) -> None:
        """Write down that somebody who can act on it knows of the alert, the first time."""
        reader = self._person.signature
        known = {act.actor for act in self._acts if act.kind is ActionKind.OPENED}
        if self._may_change and reader not in known:
            alert_actions.act(self._database, self.found.id, ActionKind.OPENED, actor=reader, at=at)

    def answer(
        self,
        *,
        status: int = 200,
        said: str | None = None,
        errors: Errors | None = None,
        written: Mapping[str, str] | None = None,
    ) -> Response:
        """Make the page.

        Args:
            status: of the answer.
            said: what has just been done.
            errors: what is wrong with a form, by its field.
            written: what the form holds.
        """
        found, person, acts = self.found, self._person, self._acts
        known = in_hand(acts, found.severity)
        known_units = units.of_rules(self._database)
        unit = known_units.get(found.rule_id, "")
        return view(
            self._request,
            "alert.html",
            title=found.title,
            status=status,
            crumbs=[{"text": "Alerts", "href": "/alerts"}],
            tables=[
                actions_table(acts),
                history_table(pages_alerts.history(self._database, found.id), unit),
                notices_table(pages_alerts.notices(self._database, found.id)),
            ],
            sentence=_story(found, person, known, self._now),
            alert=found,
            place=where(found, person),
            worst=units.words(found.peak, found.rule_id, known_units),
            silent=why_silent.of_episode(self._database, found, self._now),
            hand=known,
            may_change=self._may_change,
            scopes=scopes(found, person),
            hours=list(HOURS.items()),
            said=said,
            errors=errors or [],
            written=written or {},
            me=person.signature,
            case=self._case(),
            categories=CATEGORIES,
        )

    def _case(self) -> "CaseOffer | None":
        """Give what the page shows of cases; None to whoever has no business with one."""
        found, person = self.found, self._person
        if found.place_kind not in privacy.HOME or not person.may_change(Area.HOUSING):
            return None
        offered = cases.awareness(self._database, found.id)
        if offered is None:
            return None
        known = cases.cases(
            self._database, place_id=offered.place_id, patches=person.patches, closed=True
        )
        return CaseOffer(
            offered,
            field_time(offered.aware_at),
            hazard_choices(),
            [case for case in known if case.alert_id == found.id],
            [case for case in known if case.alert_id != found.id and not case.is_closed],
        )


@dataclass(frozen=True, slots=True)
class CaseOffer:
    """What the page of an alert about a home says of cases."""

    begin: Awareness
    aware: str
    """When we became aware, for a field"""
    hazards: list[tuple[str, str]]
    of_alert: Sequence[HazardCase]
    of_home: Sequence[HazardCase]
    """Others of the same home that are open"""


def _story(found: Episode, person: Person, known: InHand, now: datetime) -> str:
    name = place_words(found, person)
    if found.status == "withdrawn":
        return f"At {name}: readings that came later say that it was not so."
    if found.resolved_at is not None and found.status == "resolved":
        lasted = wording.span(found.resolved_at - found.fired_at)
        return f"At {name}: over since {wording.when(found.resolved_at)}, after {lasted}."
    gap = " No valid reading has come since a while." if found.stale else ""
    who = (
        f"acknowledged by {wording.name(known.acknowledged_by)}"
        if known.acknowledged_by
        else "nobody has acknowledged it"
    )
    return f"At {name}: open for {wording.span(now - found.fired_at)}, and {who}.{gap}"


class Act(BaseModel):
    """What the form of the acts sends."""

    kind: Literal["acknowledged", "assigned", "commented", "useful", "not_useful"]
    note: str = Field(default="", max_length=1000)
    assignee: str = Field(default="", max_length=200)


@router.post("/alerts/{alert_id}/actions")
def act(  # noqa: PLR0913, PLR0917 - each is a part of the request
    request: Request,
    database: Database,
    person: SomePerson,
    _: FromOurForm,
    now: Now,
    acting: Acting,
    alert_id: str,
    written: Annotated[Act, Form()],
) -> Response:
    """Acknowledge, assign or comment an episode, or say whether it helped."""
    found = changeable(database, person, alert_id)
    kind = ActionKind(written.kind)
    assignee = written.assignee.strip() if kind is ActionKind.ASSIGNED else ""
    note = written.note.strip()
    errors: Errors = []
    if kind is ActionKind.ASSIGNED and not assignee:
        errors.append(("assignee", "Write whom it is assigned to"))
    if kind is ActionKind.COMMENTED and not note:
        errors.append(("comment", "Write a comment"))
    if errors:
        page = _Page(request, database, person, now, found)
        return page.answer(status=422, errors=errors, written=words(written.model_dump()))
    alert_actions.act(
        database,
        alert_id,
        kind,
        actor=person.signature,
        at=acting,
        assignee=assignee,
        note=note,
    )
    return RedirectResponse(f"/alerts/{alert_id}?said={kind}", 303)


def changeable(database: Connection, person: Person, alert_id: str) -> Episode:
    """Read an episode that the person may act on: 404 for one that is not theirs to see."""
    found = episode_of(database, person, alert_id)
    if not person.may_change(area_of(found)):
        raise HTTPException(403, "Your role may look at this alert, and not act on it.")
    return found


def scopes(found: Episode, person: Person) -> dict[str, tuple[str, dict[str, str]]]:
    """Give what may be silenced from an episode: by its name in the form, words and matchers."""
    place = place_words(found, person)
    offered: dict[str, tuple[str, dict[str, str]]] = {}
    if found.dev_eui:
        words_of = f"everything of the device {found.device or found.dev_eui}"
        offered["device"] = (words_of, {"dev_eui": found.dev_eui})
    if found.place_id is not None:
        at = {"place": found.place_id}
        offered = {
            "rule": (f"this kind of alert at {place}", {**at, "rule": found.rule_id}),
            "place": (f"every alert at {place}", at),
            **offered,
        }
    return offered


class Hush(BaseModel):
    """What the form of a silence sends."""

    scope: str = Field(max_length=20)
    hours: str = Field(max_length=5)
    reason: str = Field(default="", max_length=500)


@router.post("/alerts/{alert_id}/silence")
def silence(  # noqa: PLR0913, PLR0917 - each is a part of the request
    request: Request,
    database: Database,
    person: SomePerson,
    _: FromOurForm,
    now: Now,
    acting: Acting,
    alert_id: str,
    written: Annotated[Hush, Form()],
) -> Response:
    """Have nobody told of an episode, its place or its device for a while."""
    found = changeable(database, person, alert_id)
    offered, errors = scopes(found, person), Errors()
    if written.scope not in offered:
        errors.append(("scope", "Choose what is silenced"))
    if written.hours not in HOURS:
        errors.append(("hours", "Choose how long"))
    if not written.reason.strip():
        errors.append(("reason", "Write why: it is read when somebody asks why nobody was told"))
    if errors:
        page = _Page(request, database, person, now, found)
        return page.answer(status=422, errors=errors, written=words(written.model_dump()))
    alert_actions.silence(
        database,
        Silence(offered[written.scope][1], acting, acting + timedelta(hours=int(written.hours))),
        author=person.signature,
        reason=written.reason.strip(),
        at=acting,
    )
    return RedirectResponse(f"/alerts/{alert_id}?said=silenced", 303)


@router.post("/alerts/{alert_id}/case")
def open_case(  # noqa: PLR0913, PLR0917 - each is a part of the request
    request: Request,
    database: Database,
    person: SomePerson,
    _: FromOurForm,
    now: Now,
    acting: Acting,
    alert_id: str,
    written: Annotated[NewCase, Form()],
) -> Response:
    """Open a case from an alert about a home, in one step."""
    found = episode_of(database, person, alert_id)
    offered = cases.awareness(database, alert_id)
    if found.place_kind not in privacy.HOME or offered is None:
        raise HTTPException(404, "A case is opened from an alert about a home.")
    if not person.may_change(Area.HOUSING):
        raise HTTPException(403)
    ready, errors = begin(written, offered, acting)
    if ready is None:
        page = _Page(request, database, person, now, found)
        return page.answer(status=422, errors=errors, written=words(written.model_dump()))
    number = cases.open_case(
        database,
        ready.awareness,
        hazard=ready.hazard,
        category=ready.category,
        actor=person.signature,
        at=acting,
        alert_id=alert_id,
    )
    return RedirectResponse(f"/cases/{number}?said=opened", 303)
