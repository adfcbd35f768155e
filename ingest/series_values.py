"""The values that rules judge, by series and step: hours and days stored, shorter ones not."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from alerts.figures import Figures
from alerts.model import ValidMeans
from alerts.steps import FIVE_MINUTES, QUARTER
from ingest import street_values
from storage import intervals, rollups
from storage.connection import Connection
from storage.intervals import Length
from storage.schedules import Subject

Values = dict[tuple[int, timedelta], ValidMeans]
"""By series and step"""


class Wanted(msgspec.Struct, frozen=True):
    """The values of one subject by one step, from a time up to and without another."""

    subject: Subject
    step: timedelta
    since: datetime
    until: datetime


def read(connection: Connection, wanted: Sequence[Wanted], figures: Figures) -> Values:
    """Read what is wanted; of several stretches of one series and step, all from first to last."""
    spans = _spans(wanted)
    quarters = {key: span for key, span in spans.items() if key[1] == QUARTER}
    street = {key[0]: span for key, span in spans.items() if key[1] == FIVE_MINUTES}
    stored = {key: span for key, span in spans.items() if key[1] not in (QUARTER, FIVE_MINUTES)}
    hours = rollups.hours(
        connection, [(series, since, until) for (series, _), (since, until) in stored.items()]
    )
    found: Values = {key: hours[key[0]] for key in stored}
    subjects = {each.subject.id: each.subject for each in wanted if each.subject.id in street}
    minutes = street_values.read(connection, [*subjects.values()], street, figures.parking)
    found |= {(series, FIVE_MINUTES): values for series, values in minutes.items()}
    return found | _quarters(connection, quarters)


def _spans(wanted: Sequence[Wanted]) -> dict[tuple[int, timedelta], tuple[datetime, datetime]]:
    spans: dict[tuple[int, timedelta], tuple[datetime, datetime]] = {}
    for each in wanted:
        key = (each.subject.id, each.step)
        since, until = spans.get(key, (each.since, each.until))
        spans[key] = (min(since, each.since), max(until, each.until))
    return spans


def _quarters(
    connection: Connection, spans: Mapping[tuple[int, timedelta], tuple[datetime, datetime]]
) -> Values:
    together: dict[tuple[datetime, datetime], list[int]] = {}
    for (series, _), span in spans.items():
        together.setdefault(span, []).append(series)
    found: Values = {}
    for (since, until), several in together.items():
        means_of = intervals.read(connection, Length.QUARTER, several, since, until)
        for number, means in means_of.items():
            found[number, QUARTER] = ValidMeans(
                {mean.start: mean.value for mean in means if mean.value is not None}
            )
    return found
