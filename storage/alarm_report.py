"""The monthly alarm report: is anybody told so much that they no longer listen?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from psycopg import Cursor

from alerts.telling_policy import Policy
from storage.connection import Connection, translated
from storage.queries import SQL

NOISIEST = 10
LONGEST_LIST = 100


@dataclass(frozen=True, slots=True)
class Reader:
    """What one recipient was told."""

    recipient: str
    letters: int
    items: int
    """What the letters tell: a letter has one or more"""
    busiest_day: date
    busiest_day_letters: int
    peak: int
    """The most items in the span that makes a flood"""


@dataclass(frozen=True, slots=True)
class NoisyRule:
    """A rule by how much it made people be told."""

    rule: str
    title: str
    episodes: int
    items: int


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """How fast people acknowledge what they are told of."""

    severity: str
    told: int
    """Episodes"""
    acknowledged: int
    median: timedelta | None
    """Of those that were acknowledged"""


@dataclass(frozen=True, slots=True)
class Standing:
    """An alert that has fired for so long that nobody sees it any more."""

    alert: str
    rule: str
    title: str
    severity: str
    fired_at: datetime


@dataclass(frozen=True, slots=True)
class Chatter:
    """An alert that comes and goes."""

    rule: str
    dev_eui: str
    """Empty: it is about a place alone, such as a zone"""
    place: str
    """The public id; empty: it is about a device alone"""
    place_name: str
    most: int
    """Ends in one window of the guard"""
    ends: int


@dataclass(frozen=True, slots=True)
class AlarmReport:
    """The report of a time."""

    readers: Sequence[Reader]
    rules: Sequence[NoisyRule]
    """The noisiest"""
    acknowledgements: Sequence[Acknowledgement]
    standing: Sequence[Standing]
    chatter: Sequence[Chatter]
    useful: int
    not_useful: int
    false: int
    """Cases from an alert in which the investigation found no hazard"""
    missed: int
    """Cases with a hazard that no alert had told of"""
    undelivered: int


def alarm_report(
    connection: Connection, since: datetime, until: datetime, policy: Policy
) -> AlarmReport:
    """Read the report of [since, until); the policy says what is a flood, and what stands long."""
    asked = {
        "since": since,
        "until": until,
        "span": policy.report_flood_span,
        "window": policy.chatter_window,
        "pairs": policy.chatter_pairs,
        "homes": policy.report_standing_homes,
        "others": policy.report_standing,
    }

    def rows(query: str, limit: int = LONGEST_LIST) -> Cursor[tuple[Any, ...]]:
        return connection.execute(SQL[query], {**asked, "limit": limit})

    with translated():
        [(useful, not_useful)] = rows("report_opinions")
        [(false, missed)] = rows("report_inspections")
        [(undelivered,)] = rows("report_undelivered")
        return AlarmReport(
            readers=[Reader(*row) for row in rows("report_recipients")],
            rules=[NoisyRule(*row) for row in rows("report_rules", NOISIEST)],
            acknowledgements=[Acknowledgement(*row) for row in rows("report_acknowledgements")],
            standing=[Standing(*row) for row in rows("report_standing")],
            chatter=[Chatter(*row) for row in rows("report_chatter")],
            useful=useful,
            not_useful=not_useful,
            false=false,
            missed=missed,
            undelivered=undelivered,
        )
