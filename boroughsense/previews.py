"""Previews of rules for the pages, which may not import what runs them.

A page waits for its preview, so a preview has a few seconds; what it has not come to by then it
says it has not. `boroughsense rules preview` has all the time that it needs.
"""

from collections.abc import Sequence
from datetime import datetime
from time import monotonic

from alerts import figures
from alerts.model import AlertRule
from ingest import previewing
from ingest.previewing import Change, Found
from storage.connection import Connection
from web.wiring import Previewed, WouldBe

SECONDS = 5.0
"""So long a preview begins further portions"""
PORTION = 40
"""So many series are looked at between two looks at the clock"""


def preview(
    connection: Connection, was: AlertRule, will_be: AlertRule, since: datetime, until: datetime
) -> Previewed:
    """Run a rule and a changed one over what is stored; nothing is written, nobody is told."""
    deadline = monotonic() + SECONDS
    found = previewing.preview(
        connection,
        Change(was.id, was, will_be),
        since,
        until,
        figures.load(),
        portion=PORTION,
        enough=lambda: monotonic() > deadline,
    )
    return Previewed(
        subjects=found.subjects,
        before=_plain(found.before),
        after=_plain(found.after),
        no_more=_plain(found.only_before()),
        new=_plain(found.only_after()),
        whole=found.whole,
    )


def _plain(found: Sequence[Found]) -> list[WouldBe]:
    return [
        WouldBe(
            each.subject.dev_eui,
            each.subject.place,
            each.subject.channel,
            each.episode.fired_at,
            each.episode.resolved_at,
            each.episode.worst,
            each.episode.peak,
        )
        for each in found
    ]
