"""Rules: which are in force, and what have they found?"""

from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from alerts import durations
from alerts.model import AlertRule
from decoders.properties import PROPERTIES
from storage import pages_fleet
from storage.pages_fleet import RuleInForce
from web import wording
from web.identity import Area
from web.session import Database, reader_of
from web.tables import Cell, Column, Link, Table
from web.views import view

router = APIRouter(include_in_schema=False, dependencies=[Depends(reader_of(Area.ENGINEERING))])
_COLUMNS = (
    Column("Rule"),
    Column("What it watches"),
    Column("Fires"),
    Column("Resolves"),
    Column("Open now", digits=0),
    Column("Oldest since", nothing="none open"),
)


@router.get("/engineering/rules")
def rules(request: Request, database: Database) -> Response:
    """List the rules in force."""
    found = pages_fleet.rules(database)
    return view(
        request,
        "rules.html",
        title="Which rules are in force?",
        crumbs=[{"text": "Engineering", "href": "/engineering"}],
        tables=[
            Table(
                "rules",
                "Rules",
                _COLUMNS,
                [_row(each) for each in found],
                nothing="No rule was adopted yet: the service does that when it starts.",
                quiet=True,
            )
        ],
        sentence=_sentence(found),
    )


def _sentence(found: Sequence[RuleInForce]) -> str:
    standing = sum(each.rule is not None for each in found)
    episodes = sum(each.open_episodes for each in found)
    return (
        f"{wording.plural(standing, 'rule')} in force, with "
        f"{wording.plural(episodes, 'open alert')}."
    )


def _row(each: RuleInForce) -> tuple[Cell, ...]:
    rule = each.rule
    return (
        Link(each.rule_id, address(each.rule_id)),
        rule.title if rule else "taken away",
        fires(rule) if rule else None,
        resolves(rule) if rule else None,
        each.open_episodes,
        each.oldest,
    )


def address(rule_id: str) -> str:
    """Give the address of a rule's page."""
    return f"/engineering/rules/{quote(rule_id)}"


def fires(rule: AlertRule) -> str:
    """Say when a rule fires."""
    if rule.log:
        return f"the network server logs {rule.log} of a device"
    if rule.silence:
        least = durations.write(rule.silence_at_least)
        return f"not heard for {rule.silence_intervals} intervals and more than {least}"
    side = ("at or " if rule.inclusive else "") + ("above" if rule.above else "below")
    levels = ", ".join(
        f"{level.severity} {side} {_amount(rule, level.threshold)}{_delay(level.on_delay)}"
        for level in rule.levels
    )
    name = wording.quantity(rule.observed_property)
    return f"{name}, mean of {durations.write(rule.window)}: {levels}"


def resolves(rule: AlertRule) -> str:
    """Say when a rule's alert is over."""
    if rule.log:
        quiet = f"after {durations.write(rule.log_quiet)} without such a log"
        return f"when it is heard, or {quiet}" if rule.log_until_heard else quiet
    if rule.silence:
        return "when it is heard"
    level = rule.levels[0]
    side = ("" if rule.inclusive else "at or ") + ("below" if rule.above else "above")
    return f"{side} {_amount(rule, level.clear)}{_delay(level.off_delay)}"


def _amount(rule: AlertRule, value: float) -> str:
    unit = wording.unit(PROPERTIES[rule.observed_property].unit_of_measurement)
    return f"{value:g} {unit}".rstrip()


def _delay(delay: timedelta) -> str:
    return f" for {durations.write(delay)}" if delay else ""
