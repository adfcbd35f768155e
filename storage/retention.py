"""Erasing what of homes may be kept no longer (`storage.retention_plan` says what that is).

Readings go with the payloads that they came in. History stays: alerts, cases, repairs and the audit
say what was concluded and done, and are never deleted. What is erased is written down first, so
that no mean is made again of readings that are gone, and nothing is judged again over them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
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
    dev_eui: str | None
    """Empty: any that is in no home, of whose messages only refused ones are erased; None: the
    series are worked out for a room, whatever device is there"""
    device: int | None
    """Its number; None: it was never heard"""
    series: tuple[int, ...]
    period: Span


_NOBODY = Stay("", "", None, (), Span(BEGINNING, END))
"""Refused messages of devices that are in no home, or of which nobody knows where they are"""


@dataclass(frozen=True, slots=True)
class _Part:
    """What is due of a stay."""

    stay: Stay
    what: What
    span: Span

    def asked(self) -> dict[str, object]:
        """Give it as the statements ask for it."""
        return {
            "series": list(self.stay.series),
            "device": self.stay.device,
            "dev_eui": self.stay.dev_eui,
            "what": self.what,
            "since": self.span.start,
            "until": self.span.end,
        }


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
        parts = _found(connection, list(_parts(connection, now, policy)))
        counted = [_counted(connection, part) for part in parts]
    return [each for each in counted if each is not None]


def erase(connection: Connection, now: datetime, policy: Policy, *, actor: str) -> list[Erasure]:
    """Erase it, a part at a time, and give what was erased; the audit says so for each home.

    Running it again finishes what was cut off. What waits for its means is left for the next run.

    Raises:
        DatabaseUnavailable: the server failed; whole parts are erased, and the rest is not.
    """
    erased = []
    with translated():
        for part in _found(connection, list(_parts(connection, now, policy))):
            found = _counted(connection, part)
            if found is None:
                continue
            if not found.waits:
                _erase(connection, part)
                _audit(connection, found, actor, now)
            erased.append(found)
    return erased


def _parts(connection: Connection, now: datetime, policy: Policy) -> Iterator[_Part]:
    """Give what is due of each stay: readings before means."""
    for span in due((), (), now, policy).readings:
        yield _Part(_NOBODY, "readings", span)
    homes = _homes(connection)
    for number, *columns in connection.execute(SQL["retention_stays"]).fetchall():
        public_id, dev_eui, device, series, since, until = columns
        stay = Stay(public_id, dev_eui, device, tuple(series), Span(since, until))
        home = homes.get(number, _Home())
        parts: Due = due(home.tenancies, home.cases, now, policy)
        for span in within(parts.readings, stay.period):
            yield _Part(stay, "readings", span)
        for span in within(parts.means, stay.period):
            yield _Part(stay, "means", span)


def _found(connection: Connection, parts: Sequence[_Part]) -> list[_Part]:
    """Leave out the parts of which there is nothing: on most nights nearly all."""
    readings = [n for n, part in enumerate(parts) if part.what == "readings"]
    means = [n for n, part in enumerate(parts) if part.what == "means"]
    there = {
        *_items(connection, "erase_found_refused", parts, [(n, None) for n in readings]),
        *_items(connection, "erase_found_uplinks", parts, [(n, None) for n in readings]),
        *_items(connection, "erase_found_readings", parts, _of_series(parts, readings)),
        *_items(connection, "erase_found_means", parts, _of_series(parts, means)),
    }
    return [part for number, part in enumerate(parts) if number in there]


def _of_series(parts: Sequence[_Part], numbers: Sequence[int]) -> list[tuple[int, int | None]]:
    return [(number, series) for number in numbers for series in parts[number].stay.series]


def _items(
    connection: Connection,
    query: str,
    parts: Sequence[_Part],
    asked: Sequence[tuple[int, int | None]],
) -> Iterator[int]:
    told = {
        "items": [number for number, _ in asked],
        "series": [series for _, series in asked],
        "devices": [parts[number].stay.device for number, _ in asked],
        "euis": [parts[number].stay.dev_eui for number, _ in asked],
        "since": [parts[number].span.start for number, _ in asked],
        "until": [parts[number].span.end for number, _ in asked],
    }
    for (number,) in connection.execute(SQL[query], told):
        yield number


def _homes(connection: Connection) -> dict[int, _Home]:
    homes: dict[int, _Home] = {}
    for number, starts, ends in connection.execute(SQL["retention_tenancies"]):
        homes.setdefault(number, _Home()).tenancies.append(Span(starts, ends))
    for number, aware_at, closed_at in connection.execute(SQL["retention_cases"]):
        homes.setdefault(number, _Home()).cases.append(HeldCase(aware_at, closed_at))
    return homes


def _counted(connection: Connection, part: _Part) -> Erasure | None:
    """Give what there is to erase; None when there is nothing."""
    asked = part.asked()
    row = connection.execute(SQL["erase_count"], asked).fetchone()
    assert row is not None  # noqa: S101 - a row of counts
    readings, uplinks, hours, refused = row
    if part.what == "means":
        readings = uplinks = refused = 0
    else:
        hours = 0
    if not (readings or uplinks or hours or refused):
        return None
    waiting = connection.execute(SQL["erase_waits"], asked).fetchone()
    return Erasure(
        part.stay.home,
        part.stay.dev_eui or "",
        part.what,
        part.span.start,
        part.span.end,
        readings=readings,
        uplinks=uplinks,
        refused=refused,
        hours=hours,
        waits=waiting is not None and bool(waiting[0]),
    )


def _erase(connection: Connection, part: _Part) -> None:
    if part.what == "means":
        with connection.transaction():
            connection.execute(SQL["erase_note"], part.asked())
            connection.execute(SQL["erase_means"], part.asked())
        return
    for portion in _portions(connection, part):
        with connection.transaction():
            noted = {**portion.asked(), "since": part.span.start}
            connection.execute(SQL["erase_note"], noted)
            connection.execute(SQL["erase_readings"], portion.asked())
            connection.execute(SQL["erase_uplinks"], portion.asked())
    with connection.transaction():
        connection.execute(SQL["erase_note"], part.asked())
        connection.execute(SQL["erase_quarantine"], part.asked())


def _portions(connection: Connection, part: _Part) -> Iterator[_Part]:
    """Cut a part, from the first thing that there is in it on."""
    row = connection.execute(SQL["erase_earliest"], part.asked()).fetchone()
    start = row[0] if row else None
    while start is not None and start < part.span.end:
        end = min(start + _PORTION, part.span.end)
        yield replace(part, span=Span(start, end))
        start = end


def _audit(connection: Connection, erasure: Erasure, actor: str, now: datetime) -> None:
    told = {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in asdict(erasure).items()
        if name not in {"home", "waits"}
    }
    subject = erasure.home or f"device {erasure.dev_eui or 'in no home'}"
    audit.write(connection, actor, f"{erasure.what} erased", subject, at=now, detail=told)
