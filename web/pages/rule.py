"""One rule: what does it watch, on what do its numbers rest, and what has it found?"""

from collections.abc import Sequence
from datetime import datetime

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import Response

from alerts import durations, rule_writing
from alerts.model import EPOCH, AlertRule, Level, Watches
from decoders.properties import PROPERTIES
from storage import pages_alerts, pages_rules
from storage.pages_alerts import Episode
from storage.pages_rules import RuleVersion
from web import units, wording
from web.clock import Now
from web.episodes import sight_of, where
from web.identity import Area, Person
from web.pages.homes import tag
from web.pages.rules import address, fires, resolves
from web.read_log import Logged
from web.session import Database, SomePerson, reader_of
from web.tables import Column, Link, Table
from web.units import Units, quantity
from web.views import view

router = APIRouter(include_in_schema=False, dependencies=[Depends(reader_of(Area.ENGINEERING))])
MOST_OPEN = 200
"""Open alerts that the page lists"""
_GROUPS = {
    "device": "the device",
    "gateway": "the gateway",
    "dwelling": "the home",
    "site": "the site",
    "zone": "the zone",
}
CRUMBS = [
    {"text": "Engineering", "href": "/engineering"},
    {"text": "Rules", "href": "/engineering/rules"},
]


@router.get("/engineering/rules/{rule_id}")
def rule(  # noqa: PLR0913, PLR0917 - each is a part of the request
    request: Request,
    database: Database,
    person: SomePerson,
    now: Now,
    log: Logged,
    rule_id: str,
) -> Response:
    """Show a rule whole, with its open alerts and its versions."""
    versions, standing = known(database, rule_id)
    number, oldest = pages_rules.open_episodes(database, rule_id)
    seen = pages_alerts.episodes(database, sight_of(person), rule=rule_id, limit=MOST_OPEN)
    if person.may_read(Area.HOUSING):
        log.homes([each.place_id for each in seen], listed=True)
    return view(
        request,
        "rule.html",
        title=f"What does rule {rule_id} watch?",
        crumbs=CRUMBS,
        tables=[
            *([_levels(standing)] if standing and standing.watches is Watches.VALUES else []),
            _open(seen, person, now, units.of_rules(database)),
            _versions(versions),
        ],
        sentence=_sentence(standing, number, oldest),
        rule=standing,
        facts=_facts(standing, versions[0]) if standing else [],
        hidden=number - len(seen),
        text=rule_writing.text(rule_writing.fields(standing)) if standing else "",
        preview=f"{address(rule_id)}/preview",
    )


def known(database: Database, rule_id: str) -> tuple[Sequence[RuleVersion], AlertRule | None]:
    """Read a rule's versions, and the newest; one that there never was is not there (404)."""
    versions = pages_rules.history(database, rule_id)
    if not versions:
        raise HTTPException(404, "No rule of this name was ever in force.")
    return versions, versions[0].rule


def _sentence(rule: AlertRule | None, number: int, oldest: datetime | None) -> str:
    if rule is None:
        return "It was taken away, and finds nothing any more."
    standing = "none of its alerts is open"
    if oldest is not None:
        since = "is open, since" if number == 1 else "are open, the oldest since"
        standing = f"{wording.plural(number, 'alert')} {since} {wording.when(oldest)}"
    return f"{rule.title}: {fires(rule)}; {standing}."


def _facts(rule: AlertRule, newest: RuleVersion) -> list[tuple[str, str]]:
    since = "the beginning" if newest.since == EPOCH else wording.when(newest.since)
    return [
        ("Version", rule.version),
        ("In force since", since),
        ("It is over", resolves(rule)),
        *(_watched(rule) if rule.watches is Watches.VALUES else []),
        ("Opened again within", durations.write(rule.reopen_within)),
        ("One letter for", _GROUPS.get(rule.group_by, rule.group_by)),
        ("What to do", rule.message),
        ("What its numbers rest on", rule.source or "nothing is written down"),
        *([("How sure that is", remark)] if (remark := basis(rule)) else []),
    ]


def _watched(rule: AlertRule) -> list[tuple[str, str]]:
    months = "all year"
    if len(rule.months) < 12:
        names = [f"{datetime(2000, month, 1):%B}" for month in _in_turn(rule.months)]  # noqa: DTZ001 - a name, not a time
        months = ", ".join(names)
    share = f"{rule.capture:.0%} of its intervals of {durations.write(rule.step)}"
    return [
        ("Judged by", f"the mean of {durations.write(rule.window)}, with {share} valid"),
        ("Where", {"": "indoors and outdoors"}.get(rule.environment, f"{rule.environment}s")),
        ("Months", months),
    ]


def _in_turn(months: frozenset[int]) -> list[int]:
    """Give months in the order in which they follow each other, after the longest pause."""
    ordered = sorted(months)
    pauses = [
        ((later - month) % 12, later)
        for month, later in zip(ordered, ordered[1:] + ordered[:1], strict=True)
    ]
    first = max(pauses)[1]
    return sorted(months, key=lambda month: (month - first) % 12)


def basis(rule: AlertRule) -> str:
    """Say how sure a rule's numbers are, by the words that its source marks them with."""
    said = []
    if "practice" in rule.source:
        said.append(
            "Practice, known but not confirmed in the source itself: check the number before"
            " it is put to anybody as a limit."
        )
    if "decision" in rule.source:
        said.append("A decision, with no authority behind it: the borough may set another number.")
    return " ".join(said)


def _levels(rule: AlertRule) -> Table:
    unit = PROPERTIES[rule.observed_property].unit_of_measurement
    side = "above" if rule.above else "below"
    return Table(
        "levels",
        "Levels",
        [
            Column("Risk"),
            Column(f"Fires {side}" + (" or at" if rule.inclusive else ""), unit),
            Column("After", nothing="at once"),
            Column("Over at", unit),
            Column("For", nothing="at once"),
        ],
        [_level(level) for level in rule.levels],
    )


def _level(level: Level) -> tuple[str, ...]:
    return (
        str(level.severity),
        f"{level.threshold:g}",
        durations.write(level.on_delay) if level.on_delay else "",
        f"{level.clear:g}",
        durations.write(level.off_delay) if level.off_delay else "",
    )


def _open(seen: Sequence[Episode], person: Person, now: datetime, known_units: Units) -> Table:
    return Table(
        "open",
        "Open alerts",
        [
            Column("Where"),
            Column("Risk"),
            Column("Since"),
            Column("For"),
            Column("Worst", digits=1, nothing="no value"),
            Column("Alert"),
        ],
        [
            (
                where(each, person),
                tag(each.severity),
                each.fired_at,
                now - each.fired_at,
                quantity(each.peak, each.rule_id, known_units),
                Link("look at it", f"/alerts/{each.id}"),
            )
            for each in seen
        ],
        nothing="None is open that you may see.",
    )


def _versions(versions: Sequence[RuleVersion]) -> Table:
    return Table(
        "versions",
        "Versions",
        [
            Column("In force from", nothing="the beginning"),
            Column("Version"),
            Column("Fires when"),
            Column("Over"),
        ],
        [
            (
                None if each.since == EPOCH else each.since,
                each.version or "taken away",
                fires(each.rule) if each.rule else "",
                resolves(each.rule) if each.rule else "",
            )
            for each in versions
        ],
    )
