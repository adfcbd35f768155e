"""`cases`: hazards in homes under Awaab's Law, their events and their clocks."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

import typer

from alerts.case_clocks import Clock, EventKind
from alerts.hazards import Category
from boroughsense import options
from boroughsense.commands.calibrations import ActorOption, actor
from boroughsense.commands.decoders import JsonOption
from boroughsense.commands.storage import DatabaseOption, connected
from storage.cases import Awareness, HazardCase
from storage.connection import Connection

CaseArgument = Annotated[str, typer.Argument(help="The case's id, see `list`.")]
_COLUMNS = ("id", "place", "hazard", "category", "aware_at", "next", "due", "state")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Hazards in homes, and the law's clocks.", no_args_is_help=True)
    group.command("open")(open_case)
    group.command("list")(list_cases)
    group.command("show")(show)
    group.command("event")(event)
    app.add_typer(group, name="cases")


def open_case(  # noqa: PLR0913 - each is an option of the command
    *,
    alert: Annotated[
        str | None, typer.Option(help="The alert that it is opened from: gives home and time.")
    ] = None,
    place: Annotated[str | None, typer.Option(help="The home's id, without an alert.")] = None,
    aware: Annotated[
        str | None, typer.Option(help="When we became aware; else the alert's time, or now.")
    ] = None,
    reported: Annotated[
        str | None, typer.Option(help="How we became aware; else that it was the alert.")
    ] = None,
    hazard: Annotated[str, typer.Option(help="A kind of hazard.")] = "damp_mould",
    category: Annotated[Category, typer.Option(help="How grave.")] = Category.SIGNIFICANT,
    by: ActorOption = None,
    database_url: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Open a case: its clocks run from when we became aware."""
    from alerts.hazards import UnknownHazard
    from storage import cases

    if (alert is None) == (place is None):
        options.fail("say from what: --alert or --place", code=2)
    now = datetime.now(UTC)
    with (
        connected(options.settings(database_url=database_url)) as connection,
        options.said(UnknownHazard),
    ):
        known = cases.awareness(connection, alert) if alert else None
        if alert and known is None:
            options.fail(f"there is no alert {alert} that is about a home")
        begin = Awareness(
            place_id=known.place_id if known else place or "",
            aware_at=options.moment(aware) if aware else known.aware_at if known else now,
            reported=reported or (known.reported if known else ""),
        )
        if not begin.reported.strip():
            options.fail("say how we became aware: --reported", code=2)
        if begin.aware_at > now:
            options.fail("nobody is aware of what is yet to come: --aware is after now", code=2)
        number = cases.open_case(
            connection,
            begin,
            hazard=hazard,
            category=category,
            actor=actor(by),
            at=now,
            alert_id=alert,
        )
        [opened] = cases.cases(connection, case_id=number)
    _tell(opened, now, as_json=as_json)


def list_cases(
    *,
    closed: Annotated[bool, typer.Option("--closed", help="Those that are closed, too.")] = False,
    patch: Annotated[list[str] | None, typer.Option(help="Only in this patch.")] = None,
    database_url: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """List cases with the deadline that comes next, the newest first."""
    from storage import cases

    now = datetime.now(UTC)
    with connected(options.settings(database_url=database_url)) as connection:
        found = cases.cases(connection, patches=patch, closed=closed)
    if as_json:
        options.answer({"cases": [_document(case, now) for case in found]})
    else:
        options.table([_line(case, now) for case in found], _COLUMNS)


def show(
    case: CaseArgument,
    *,
    by: ActorOption = None,
    database_url: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show a case with its events and clocks; that it was read is recorded."""
    from storage import audit

    now = datetime.now(UTC)
    with connected(options.settings(database_url=database_url)) as connection:
        found = _case(connection, case)
        audit.write(connection, actor(by), "case read", found.id, at=now)
    _tell(found, now, as_json=as_json)


def event(  # noqa: PLR0913 - each is an option of the command
    case: CaseArgument,
    kind: Annotated[EventKind, typer.Argument(help="What happened.")],
    *,
    at: Annotated[str | None, typer.Option(help="When it happened; else now.")] = None,
    note: Annotated[str, typer.Option(help="What there is to say; some kinds need it.")] = "",
    retracts: Annotated[
        int | None, typer.Option(help="The number of the event that was a mistake.")
    ] = None,
    by: ActorOption = None,
    database_url: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Record what happened in a case; nothing recorded is changed, a mistake is retracted."""
    from storage import cases

    now = datetime.now(UTC)
    happened = options.moment(at) if at else now
    _check(kind, happened, note, retracts, now)
    with connected(options.settings(database_url=database_url)) as connection:
        cases.add_event(
            connection,
            case,
            kind,
            actor=actor(by),
            at=now,
            happened_at=happened,
            note=note,
            retracts=retracts,
        )
        found = _case(connection, case)
    _tell(found, now, as_json=as_json)


_SPOKEN = frozenset(
    {
        EventKind.EVIDENCE,
        EventKind.ACCESS_ATTEMPTED,
        EventKind.FIVE_DAYS_NOT_PRACTICABLE,
        EventKind.RETRACTED,
        EventKind.CLOSED,
    }
)
"""These need a note."""


def _check(
    kind: EventKind, happened: datetime, note: str, retracts: int | None, now: datetime
) -> None:
    wrong = []
    if kind in _SPOKEN and not note.strip():
        wrong.append(f"{kind} needs a --note")
    if (kind is EventKind.RETRACTED) != (retracts is not None):
        wrong.append("--retracts NUMBER goes with the kind `retracted`, and with no other")
    if happened > now:
        wrong.append("what is yet to come has not happened: --at is after now")
    if wrong:
        options.fail("\n".join(wrong), code=2)


def _case(connection: Connection, case: str) -> HazardCase:
    from storage import cases

    found = cases.cases(connection, case_id=case, closed=True)
    if not found:
        options.fail(f"there is no case {case}")
    return found[0]


def _clocks(case: HazardCase, now: datetime) -> Sequence[Clock]:
    from alerts import bank_holidays
    from alerts.clocks import HolidaysUnknown

    try:
        return case.clocks(bank_holidays.england(), now)
    except HolidaysUnknown as error:
        typer.echo(f"case {case.id}: {error}", err=True)
        return ()


def _document(case: HazardCase, now: datetime) -> dict[str, object]:
    return {
        "id": case.id,
        "alert": case.alert_id,
        "place_id": case.place_id,
        "place": case.place,
        "patch": case.patch,
        "hazard": case.hazard,
        "category": case.category,
        "aware_at": options.clock(case.aware_at),
        "reported": case.reported,
        "opened_by": case.opened_by,
        "opened_at": options.clock(case.opened_at),
        "closed": case.is_closed,
        "has_clocks": case.has_clocks,
        "clocks": [
            {
                "step": clock.deadline.step,
                "due": options.clock(clock.deadline.due),
                "state": clock.state,
                "done_at": options.clock(clock.done_at),
            }
            for clock in _clocks(case, now)
        ],
        "events": [
            {
                "number": each.id,
                "kind": each.kind,
                "at": options.clock(each.at),
                "note": each.note,
                "actor": each.actor,
                "retracts": each.retracts,
                "recorded_at": options.clock(each.recorded_at),
            }
            for each in case.events
        ],
    }


def _line(case: HazardCase, now: datetime) -> dict[str, object]:
    todo = [clock for clock in _clocks(case, now) if clock.done_at is None]
    coming = todo[0] if todo else None
    return {
        "id": case.id,
        "place": case.place,
        "hazard": case.hazard,
        "category": case.category,
        "aware_at": options.clock(case.aware_at),
        "next": coming.deadline.step if coming else "",
        "due": options.clock(coming.deadline.due) if coming else "",
        "state": coming.state if coming else "closed" if case.is_closed else "",
    }


def _tell(case: HazardCase, now: datetime, *, as_json: bool) -> None:
    document = _document(case, now)
    if as_json:
        options.answer(document)
        return
    for name, value in document.items():
        if not isinstance(value, list):
            typer.echo(f"{name}: {'' if value is None else value}")
    for name in ("clocks", "events"):
        typer.echo(f"{name}:")
        for line in document[name]:  # type: ignore[attr-defined]  # a list, made above
            typer.echo("  " + "  ".join(str(each) for each in line.values() if each))
