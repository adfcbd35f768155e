"""`silences`: in which time nobody is told of some alerts, and maintenance windows."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated

import typer

from alerts.silences import LONGEST, Silence
from boroughsense import options
from boroughsense.commands.calibrations import ActorOption, actor
from boroughsense.commands.decoders import JsonOption
from boroughsense.commands.storage import DatabaseOption, connected
from storage.alert_actions import KnownSilence
from storage.connection import Connection

_COLUMNS = ("id", "matchers", "starts_at", "ends_at", "maintenance", "author", "reason")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="When nobody is told of some alerts.", no_args_is_help=True)
    group.command("add")(add)
    group.command("list")(list_silences)
    group.command("end")(end)
    group.command("undo")(undo)
    app.add_typer(group, name="silences")


def add(  # noqa: PLR0913 - each is an option of the command
    match: Annotated[
        list[str],
        typer.Argument(
            help="Labels that must all hold: rule=E1, place=ID, within=ID, dev_eui=...,"
            " team=housing, severity=amber, or a tag of the device.",
        ),
    ],
    *,
    reason: Annotated[str, typer.Option(help="Why.")],
    last: Annotated[str | None, typer.Option("--for", help="How long: 90m, 2h, 7d.")] = None,
    until: Annotated[str | None, typer.Option(help="Up to when, in place of --for.")] = None,
    since: Annotated[str | None, typer.Option("--from", help="From when; else from now.")] = None,
    maintenance: Annotated[
        bool, typer.Option("--maintenance", help="Leave the data of this time out of means too.")
    ] = False,
    by: ActorOption = None,
    database_url: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let nobody be told of alerts with some labels for a time; they go on, and are shown."""
    from storage import alert_actions

    now = datetime.now(UTC)
    wanted = _silence(match, reason, (since, until, last), None if maintenance else now)
    with connected(options.settings(database_url=database_url)) as connection:
        number = alert_actions.silence(
            connection,
            wanted,
            author=actor(by),
            reason=reason,
            at=now,
            maintenance=maintenance,
        )
        covered = _covered(connection, wanted, now)
    if as_json:
        told = {"silence": number, "ends_at": options.clock(wanted.ends_at), "alerts": covered}
        options.answer(told)
        return
    typer.echo(f"silence {number} until {options.clock(wanted.ends_at)}")
    typer.echo(f"alerts that fire now and match: {len(covered)}")


def list_silences(
    *,
    over: Annotated[
        str, typer.Option(help="Also those that ended since a time, or a duration before now.")
    ] = "0s",
    database_url: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """List silences and maintenance windows that have not ended, the newest first."""
    from storage import alert_actions

    since = options.moment(over)
    with connected(options.settings(database_url=database_url)) as connection:
        rows = [_row(known) for known in alert_actions.silences(connection, since)]
    if as_json:
        options.answer({"silences": rows})
    else:
        options.table(rows, _COLUMNS)


def end(
    number: Annotated[int, typer.Argument(help="The silence's number, see `list`.")],
    *,
    by: ActorOption = None,
    database_url: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """End a silence now: what still fires is told."""
    from storage import alert_actions

    now = datetime.now(UTC)
    with connected(options.settings(database_url=database_url)) as connection:
        ended = alert_actions.end_silence(connection, number, actor=actor(by), at=now)
    if not ended:
        options.fail(f"there is no silence {number} that could be ended")
    if as_json:
        options.answer({"silence": number, "ends_at": options.clock(now)})
    else:
        typer.echo(f"silence {number} ended")


def undo(
    number: Annotated[int, typer.Argument(help="The window's number, see `list --over 30d`.")],
    *,
    reason: Annotated[str, typer.Option(help="Why it was wrong.")],
    by: ActorOption = None,
    database_url: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take back a maintenance window that was wrong: its readings count, and are judged, again."""
    from storage import alert_actions

    if not reason.strip():
        options.fail("say why it was wrong: --reason", code=2)
    now = datetime.now(UTC)
    with connected(options.settings(database_url=database_url)) as connection:
        done = alert_actions.undo_maintenance(
            connection, number, actor=actor(by), reason=reason, at=now
        )
    if not done:
        options.fail(f"there is no maintenance window {number} that could be undone")
    if as_json:
        options.answer({"silence": number, "undone_at": options.clock(now)})
    else:
        typer.echo(f"maintenance window {number} undone: its readings are judged again")


def _silence(
    match: Sequence[str],
    reason: str,
    when: tuple[str | None, str | None, str | None],
    ahead_of: datetime | None,
) -> Silence:
    """Read a silence, or leave with all that is wrong with it; it ends after a time, if given."""
    since, until, last = when
    wrong = [f"`{each}` is no label: write name=value" for each in match if not _is_label(each)]
    if not reason.strip():
        wrong.append("a silence needs a reason")
    if (until is None) == (last is None):
        wrong.append("say how long it lasts: --for or --until")
    starts = options.moment(since) if since else datetime.now(UTC)
    ends = starts
    if until:
        ends = options.moment(until)
    elif last:
        ends = starts + options.duration(last)
    if (until or last) and ahead_of is not None and ends <= ahead_of:
        wrong.append("it should end in the future")
    if (until or last) and ends <= starts:
        wrong.append("it should end after it starts")
    if ends - starts > LONGEST:
        wrong.append(f"a silence lasts at most {LONGEST.days} days: change the rule instead")
    if wrong:
        options.fail("\n".join(wrong), code=2)
    return Silence(_labels(match), starts, ends)


def _is_label(text: str) -> bool:
    name, sign, value = text.partition("=")
    return bool(name.strip() and sign and value.strip())


def _labels(match: Sequence[str]) -> Mapping[str, str]:
    pairs = (each.partition("=") for each in match)
    return {name.strip(): value.strip() for name, _, value in pairs}


def _covered(connection: Connection, silence: Silence, now: datetime) -> list[str]:
    from alerts import telling_policy
    from storage import letters

    window = telling_policy.load().chatter_window
    concerns = letters.concerns(connection, now, window)
    return [each.id for each in concerns if each.fires and silence.matches(each.labels)]


def _row(known: KnownSilence) -> dict[str, object]:
    return {
        "id": known.id,
        "matchers": dict(known.silence.matchers),
        "starts_at": options.clock(known.silence.starts_at),
        "ends_at": options.clock(known.silence.ends_at),
        "maintenance": known.maintenance,
        "author": known.author,
        "reason": known.reason,
        "ended_by": known.ended_by or None,
    }
