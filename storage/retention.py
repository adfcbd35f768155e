"""Erasing what of homes may be kept no longer (`storage.retention_plan` says what that is).

Readings go with the payloads that they came in. History stays: alerts, cases, repairs and the audit
say what was concluded and done, and are never deleted. What is erased is written down first, so
that no mean is made again of readings that are gone, and nothing is judged again over them.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from storage import audit
from storage.connection import Connection, translated
from storage.queries import SQL
from storage.retention_plan import BEGINNING, END, Due, HeldCase, Policy, Span, due, within

What = Literal["readings", "means"]

_PORTION = timedelta(weeks=13)
"""The longest time of one device that one transaction erases"""


@dataclass(frozen=True, slots=True)
class Stay:
    """A device in a home for a time; or an indoor device while it was nowhere."""

    home: str
    """The dwelling's public id; empty: nowhere"""
    dev_eui: str
    """Empty: any that is in no home, of whose messages only refused ones are erased"""
    device: int | None
    """Its number; None: it was never heard"""
    series: tuple[int, ...]
    period: Span


_NOBODY = Stay("", "", None, (), Span(BEGINNING, END))
"""Refused messages of devices that are in no home, or of which nobody knows where they are"""


@dataclass(frozen=True, slots=True)
class Erasure:
    """What is to be erased, or was, of one device in one time."""

    home: str
    dev_eui: str
    what: What
    since: datetime
    until: datetime
    readings: int = 0
    uplinks: int = 0
    refused: int = 0
    """Messages in quarantine"""
    hours: int = 0
    waits: bool = False
    """An hour is still to be computed from these readings: not before that is done"""


@dataclass(slots=True)
class _Home:
    tenancies: list[Span] = field(default_factory=list)
    cases: list[HeldCase] = field(default_factory=list)


def planned(connection: Connection, now: datetime, policy: Policy) -> list[Erasure]:
    """List what may be kept no longer, with how much of it there is; nothing is changed."""
    with translated(), connection.transaction():
        return [
            found
            for stay, what, span in _spans(connection, now, policy)
            if (found := _counted(connection, stay, what, span)) is not None
        ]


def erase(connection: Connection, now: datetime, policy: Policy, *, actor: str) -> list[Erasure]:
    """Erase it, a part at a time, and give what was erased; the audit says so for each home.

    Running it again finishes what was cut off. What waits for its means is left for the next run.

    Raises:
        DatabaseUnavailable: the server failed; whole parts are erased, and the rest is not.
    """
    erased = []
    with translated():
        for stay, what, span in list(_spans(connection, now, policy)):
            found = _counted(connection, stay, what, span)
            if found is None:
                continue
            if not found.waits:
                _erase(connection, stay, found)
                _audit(connection, found, actor, now)
            erased.append(found)
    return erased


def _spans(
    connection: Connection, now: datetime, policy: Policy
) -> Iterator[tuple[Stay, What, Span]]:
    """Give what is due of each stay: readings before means."""
    for span in due((), (), now, policy).readings:
        yield _NOBODY, "readings", span
    homes = _homes(connection)
    for number, *columns in connection.execute(SQL["retention_stays"]).fetchall():
        public_id, dev_eui, device, series, since, until = columns
        stay = Stay(public_id, dev_eui, device, tuple(series), Span(since, until))
        home = homes.get(number, _Home())
        parts: Due = due(home.tenancies, home.cases, now, policy)
        for span in within(parts.readings, stay.period):
            yield stay, "readings", span
        for span in within(parts.means, stay.period):
            yield stay, "means", span


def _homes(connection: Connection) -> dict[int, _Home]:
    homes: dict[int, _Home] = {}
    for number, starts, ends in connection.execute(SQL["retention_tenancies"]):
        homes.setdefault(number, _Home()).tenancies.append(Span(starts, ends))
    for number, aware_at, closed_at in connection.execute(SQL["retention_cases"]):
        homes.setdefault(number, _Home()).cases.append(HeldCase(aware_at, closed_at))
    return homes


def _asked(stay: Stay, what: What, span: Span) -> dict[str, object]:
    return {
        "series": list(stay.series),
        "device": stay.device,
        "dev_eui": stay.dev_eui,
        "what": what,
        "since": span.start,
        "until": span.end,
    }


def _counted(connection: Connection, stay: Stay, what: What, span: Span) -> Erasure | None:
    """Give what there is to erase; None when there is nothing."""
    asked = _asked(stay, what, span)
    row = connection.execute(SQL["erase_count"], asked).fetchone()
    assert row is not None  # noqa: S101 - a row of counts
    readings, uplinks, hours, refused = row
    if what == "means":
        readings = uplinks = refused = 0
    else:
        hours = 0
    if not (readings or uplinks or hours or refused):
        return None
    waiting = connection.execute(SQL["erase_waits"], asked).fetchone()
    return Erasure(
        stay.home,
        stay.dev_eui,
        what,
        span.start,
        span.end,
        readings=readings,
        uplinks=uplinks,
        refused=refused,
        hours=hours,
        waits=waiting is not None and bool(waiting[0]),
    )


def _erase(connection: Connection, stay: Stay, erasure: Erasure) -> None:
    span = Span(erasure.since, erasure.until)
    if erasure.what == "means":
        asked = _asked(stay, "means", span)
        with connection.transaction():
            connection.execute(SQL["erase_note"], asked)
            connection.execute(SQL["erase_means"], asked)
        return
    for portion in _portions(connection, stay, span):
        asked = _asked(stay, "readings", portion)
        with connection.transaction():
            connection.execute(SQL["erase_note"], {**asked, "since": span.start})
            connection.execute(SQL["erase_readings"], asked)
            connection.execute(SQL["erase_uplinks"], asked)
    with connection.transaction():
        asked = _asked(stay, "readings", span)
        connection.execute(SQL["erase_note"], asked)
        connection.execute(SQL["erase_quarantine"], asked)


def _portions(connection: Connection, stay: Stay, span: Span) -> Iterator[Span]:
    """Cut a span, from the first thing that there is in it on."""
    row = connection.execute(SQL["erase_earliest"], _asked(stay, "readings", span)).fetchone()
    start = row[0] if row else None
    while start is not None and start < span.end:
        end = min(start + _PORTION, span.end)
        yield Span(start, end)
        start = end


def _audit(connection: Connection, erasure: Erasure, actor: str, now: datetime) -> None:
    told = {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in asdict(erasure).items()
        if name not in {"home", "waits"}
    }
    subject = erasure.home or f"device {erasure.dev_eui or 'in no home'}"
    audit.write(connection, actor, f"{erasure.what} erased", subject, at=now, detail=told)
