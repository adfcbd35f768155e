"""A changed rule: what would it have done on what is stored?

The change stands in the address: numbers of the rule's levels, or its whole text. It is read as a
rule file is, so that every mistake is told at once. Nothing is written and nobody is told.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from threading import BoundedSemaphore
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from alerts import rule_writing, rules
from alerts.model import AlertRule, Severity, Watches
from alerts.problems import Problem, RulesWrong
from decoders.properties import PROPERTIES
from storage import pages_rules
from storage.pages_rules import Spot
from web import privacy, wording
from web.clock import Now
from web.days import Day, begins, london
from web.forms import Errors
from web.identity import Area, Person
from web.pages.homes import tag
from web.pages.rule import CRUMBS, known
from web.pages.rules import address
from web.read_log import Logged
from web.session import Database, SomePerson, reader_of
from web.tables import Column, Link, Table
from web.views import view
from web.wiring import Previewed, WouldBe

router = APIRouter(include_in_schema=False, dependencies=[Depends(reader_of(Area.ENGINEERING))])
AT_ONCE = 2
"""Previews that run at one time: each keeps a processor busy for some seconds"""
_USUAL = timedelta(days=30)
_LONGEST = timedelta(days=366)
_MOST_TEXT = 6000
_NOTHING = {
    "new": "No further alert would have begun.",
    "no_more": "Every alert that began would have begun.",
}
_BUSY = "Other previews run just now: try again in some seconds"
_LEVEL_FIELDS = ("threshold", "clear", "on_delay", "off_delay")
Written = Annotated[list[Annotated[str, Field(max_length=40)]], Field(max_length=20)]


class Turns:
    """Lets few previews run at one time.

    Args:
        most: so many.
    """

    def __init__(self, most: int) -> None:
        self._free = BoundedSemaphore(most)

    @contextmanager
    def one(self) -> Iterator[bool]:
        """Take a turn for the block; False: all are taken."""
        taken = self._free.acquire(blocking=False)
        try:
            yield taken
        finally:
            if taken:
                self._free.release()


class Changed(BaseModel):
    """What is changed, as the address says; a list has an entry for each level."""

    since: Day = None
    threshold: Written = []
    clear: Written = []
    on_delay: Written = []
    off_delay: Written = []
    intervals: str = Field(default="", max_length=40)
    at_least: str = Field(default="", max_length=40)
    quiet: str = Field(default="", max_length=40)
    text: str = Field(default="", max_length=_MOST_TEXT)

    def is_asked(self) -> bool:
        """Say whether anything is to be previewed."""
        numbers = self.threshold or self.intervals or self.at_least or self.quiet
        return bool(self.text or numbers)


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of a change."""

    rule: AlertRule
    found: Previewed
    spots: dict[str, Spot]


@router.get("/engineering/rules/{rule_id}/preview")
def preview(  # noqa: PLR0913, PLR0917 - each is a part of the request
    request: Request,
    database: Database,
    person: SomePerson,
    now: Now,
    log: Logged,
    rule_id: str,
    changed: Annotated[Changed, Query()],
) -> Response:
    """Show what a changed rule would have made and unmade."""
    _, standing = known(database, rule_id)
    if standing is None:
        raise HTTPException(404, "The rule was taken away: there is nothing to change.")
    if request.app.state.wiring.preview is None:
        raise HTTPException(503, "Nothing can be previewed here: use boroughsense rules preview.")
    since = changed.since or london(now - _USUAL)
    told = _fields(standing, changed)
    text = changed.text or rule_writing.text(told)
    rule, errors = _read(text, standing, changed) if changed.is_asked() else (None, [])
    errors += _wrong_since(since, now)
    tried = None
    if rule is not None and not errors:
        tried = _try(request, database, standing, rule, (begins(since), now))
        errors = [] if tried else [("since", _BUSY)]
    shown = [] if tried is None else _shown(tried, person)
    if person.may_read(Area.HOUSING):
        log.homes([spot.place_id for _, spot in shown], listed=True)
    return view(
        request,
        "rule_preview.html",
        title=f"What would rule {rule_id} have done with other numbers?",
        status=503 if errors == [("since", _BUSY)] else 200,
        crumbs=[*CRUMBS, {"text": rule_id, "href": address(rule_id)}],
        tables=[]
        if tried is None
        else [
            _table(
                "new", "Alerts that there would have been beside", tried.found.new, tried, person
            ),
            _table(
                "no_more",
                "Alerts that there would not have been",
                tried.found.no_more,
                tried,
                person,
            ),
        ],
        sentence=_sentence(standing, tried, since, errors),
        errors=errors,
        rule=standing,
        rule_side=f"{'above' if standing.above else 'below'}{' or at' * standing.inclusive}",
        rule_unit=_unit(standing),
        told=told,
        text=text,
        most_text=_MOST_TEXT,
        since=since.isoformat(),
        tried=tried,
        hidden=_hidden(tried, person) if tried else "",
    )


def _try(
    request: Request,
    database: Database,
    standing: AlertRule,
    rule: AlertRule,
    span: tuple[datetime, datetime],
) -> Tried | None:
    """Run a preview; None: too many others run."""
    with request.app.state.previews.one() as free:
        if not free:
            return None
        found: Previewed = request.app.state.wiring.preview(database, standing, rule, *span)
    keys = {each.place or each.dev_eui for each in (*found.new, *found.no_more)}
    return Tried(rule, found, pages_rules.spots(database, keys))


def _unit(rule: AlertRule) -> str:
    """Give the unit of a rule's numbers for a label, in brackets."""
    if rule.watches is not Watches.VALUES:
        return ""
    unit = wording.unit(PROPERTIES[rule.observed_property].unit_of_measurement)
    return f" ({unit})" if unit else ""


def _fields(standing: AlertRule, changed: Changed) -> dict[str, Any]:
    """Give the rule's fields with the numbers that the address changes."""
    told = rule_writing.fields(standing)
    for name in ("intervals", "at_least"):
        if standing.silence and (written := getattr(changed, name)):
            told["silence"][name] = _value(written)
    if standing.log and changed.quiet:
        told["log"]["quiet"] = changed.quiet
    for name in _LEVEL_FIELDS:
        for level, written in zip(told.get("levels", ()), getattr(changed, name), strict=False):
            if written.strip():
                level[name] = _value(written)
    return told


def _value(written: str) -> float | str:
    """Give what somebody wrote as a number, or as they wrote it: then reading the rule says why."""
    text = written.strip()
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _read(text: str, standing: AlertRule, changed: Changed) -> tuple[AlertRule | None, Errors]:
    """Read the changed rule, and tell every mistake beside its field."""
    try:
        found = rules.read(text)
    except RulesWrong as wrong:
        return None, [_error(problem, in_text=bool(changed.text)) for problem in wrong.problems]
    if len(found) != 1 or found[0].id != standing.id:
        names = ", ".join(each.id for each in found)
        return None, [("text", f"Keep to the one rule {standing.id}: the text has {names}")]
    if found[0].watches is not standing.watches:
        return None, [("text", f"It is a rule on {standing.watches}, and stays one")]
    return found[0], []


def _error(problem: Problem, *, in_text: bool) -> tuple[str, str]:
    path = problem.path.removeprefix("rules[0].")
    said = f"{path}: {problem.message}" if path else problem.message
    parts = path.replace("[", ".").replace("]", "").split(".")
    match parts:
        case ["levels", number, name] if not in_text and name in _LEVEL_FIELDS:
            return f"{name}-{int(number) + 1}", said
        case ["silence" | "log", name] if not in_text:
            return name, said
    return "text", said


def _wrong_since(since: date, now: datetime) -> Errors:
    if since > london(now):
        return [("since", f"Give a day that is past: it is {wording.day(now)}")]
    if since < london(now - _LONGEST):
        return [("since", f"Give a day of the last year, after {wording.day(now - _LONGEST)}")]
    return []


def _may_see(each: WouldBe, spot: Spot, person: Person) -> bool:
    """Say whether a person may see an episode: of homes, engineers see maintenance alone."""
    if not spot.home or each.severity == Severity.MAINTENANCE:
        return True
    return person.may_read(Area.HOUSING) and person.patches is None


def _shown(tried: Tried, person: Person) -> list[tuple[WouldBe, Spot]]:
    both = [
        (each, tried.spots[each.place or each.dev_eui])
        for each in (*tried.found.new, *tried.found.no_more)
    ]
    return [(each, spot) for each, spot in both if _may_see(each, spot, person)]


def _hidden(tried: Tried, person: Person) -> str:
    """Say how many of the differences are in homes and not for this reader."""
    number = len(tried.found.new) + len(tried.found.no_more) - len(_shown(tried, person))
    if not number:
        return ""
    verb = "is" if number == 1 else "are"
    return (
        f"{wording.plural(number, 'further difference')} {verb} in homes: which, the housing"
        " officers of their patch see alone."
    )


def _sentence(standing: AlertRule, tried: Tried | None, since: date, errors: Errors) -> str:
    if errors:
        return "Nothing was run: there is something to put right below."
    if tried is None:
        return (
            f"Change a number of “{standing.title}”, and see which alerts it would have made and"
            " unmade on stored readings. Nothing is written, and nobody is told."
        )
    found = tried.found
    was, would = len(found.before), len(found.after)
    said = (
        f"Since {wording.day(begins(since))} there would have been"
        f" {wording.plural(would, 'alert')} instead of {was:,}:"
        f" {len(found.new):,} new, {len(found.no_more):,} no more."
    )
    if tried.rule.version == standing.version:
        said = (
            f"Nothing that decides was changed: since {wording.day(begins(since))} there were"
            f" {wording.plural(was, 'alert')} either way."
        )
    if found.whole:
        return said
    return (
        f"{said} The time was up after the first {found.subjects:,} series or devices; for all of"
        " them: boroughsense rules preview."
    )


def _table(name: str, caption: str, rows: Sequence[WouldBe], tried: Tried, person: Person) -> Table:
    unit = (
        ""
        if tried.rule.watches is not Watches.VALUES
        else PROPERTIES[tried.rule.observed_property].unit_of_measurement
    )
    told = [(each, tried.spots[each.place or each.dev_eui]) for each in rows]
    return Table(
        name,
        caption,
        [
            Column("Where", nothing="nowhere"),
            Column("Device", nothing="worked out of the place"),
            Column("Risk"),
            Column("Fired"),
            Column("Over", nothing="still open"),
            Column("Worst", unit, digits=1, nothing="no value"),
        ],
        [
            (
                _place(spot, person),
                Link(each.dev_eui, f"/engineering/devices/{each.dev_eui}")
                if each.dev_eui
                else None,
                tag(each.severity),
                each.fired_at,
                each.resolved_at,
                each.peak,
            )
            for each, spot in told
            if _may_see(each, spot, person)
        ],
        nothing=_NOTHING[name] if not rows else "None of them that you may see.",
    )


def _place(spot: Spot, person: Person) -> str | None:
    if spot.home and person.may_read(Area.HOUSING) and person.patches is None:
        return f"{spot.within}, {spot.place}" if spot.within else spot.place
    return privacy.A_HOME if spot.home else privacy.place_words(spot.kind, spot.place, spot.within)
