"""`alerts`: what fires, and what people do about it: acknowledge, assign, comment, value it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Literal

import typer

from alerts.model import Severity
from boroughsense import options
from boroughsense.commands.calibrations import ActorOption, actor
from boroughsense.commands.decoders import JsonOption
from boroughsense.commands.storage import DatabaseOption, connected
from storage.alert_actions import Action, ActionKind
from storage.connection import Connection
from storage.pages_alerts import Episode, Sight

AlertArgument = Annotated[str, typer.Argument(help="The alert's id, see `list`.")]
_EVERYTHING = Sight(housing=True, environment=True, parking=True, engineering=True, patches=None)
_STATES = {"open": ("firing",), "over": ("resolved",), "all": ("firing", "resolved", "withdrawn")}


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="What fires, and what people do about it.", no_args_is_help=True)
    group.command("list")(list_alerts)
    group.command("show")(show)
    group.command("ack")(acknowledge)
    group.command("assign")(assign)
    group.command("comment")(comment)
    group.command("useful")(useful)
    app.add_typer(group, name="alerts")


def list_alerts(
    *,
    state: Annotated[Literal["open", "over", "all"], typer.Option(help="Which.")] = "open",
    severity: Annotated[Severity | None, typer.Option(help="Only of this severity.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000)] = 100,
    database_url: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """List alerts, the newest first."""
    from storage import pages_alerts

    with connected(options.settings(database_url=database_url)) as connection:
        found = pages_alerts.episodes(
            connection,
            _EVERYTHING,
            statuses=_STATES[state],
            severity=severity or "",
            limit=limit,
        )
        rows = _rows(connection, found)
    if as_json:
        options.answer({"alerts": rows})
        return
    for row in rows:
        typer.echo("{severity}: {title} - {where}".format(**row))
        typer.echo("  {id}, {status} since {fired_at}".format(**row) + _remarks(row))


def show(
    alert: AlertArgument,
    *,
    by: ActorOption = None,
    database_url: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show an alert: what became of it, what people did, who was told; that it was read is kept."""
    from storage import alert_actions, letters, pages_alerts

    with connected(options.settings(database_url=database_url)) as connection:
        found = pages_alerts.episodes(
            connection, _EVERYTHING, statuses=_STATES["all"], alert_id=alert, limit=1
        )
        if not found:
            options.fail(f"there is no alert {alert}")
        now = datetime.now(UTC)
        alert_actions.act(connection, alert, ActionKind.OPENED, actor=actor(by), at=now)
        [row] = _rows(connection, found)
        history = [
            {
                "kind": change.kind,
                "known_at": options.clock(change.known_at),
                "severity": change.severity,
                "value": change.value,
                "withdrawn": change.withdrawn_at is not None,
            }
            for change in pages_alerts.history(connection, alert)
        ]
        actions = [_action(act) for act in alert_actions.actions(connection, [alert])[alert]]
        told = [
            {
                "kind": said.kind,
                "recipient": said.recipient,
                "at": options.clock(said.at),
                "undelivered": said.undelivered,
            }
            for said in letters.said(connection, [alert]).get(alert, [])
        ]
    if as_json:
        options.answer({**row, "history": history, "actions": actions, "told": told})
        return
    for name, value in row.items():
        typer.echo(f"{name}: {'' if value is None else value}")
    for title, lines in (("history", history), ("actions", actions), ("told", told)):
        typer.echo(f"{title}:")
        for line in lines:
            typer.echo("  " + "  ".join(str(value) for value in line.values() if value))


def acknowledge(
    alert: AlertArgument,
    *,
    note: Annotated[str, typer.Option(help="What is being done.")] = "",
    by: ActorOption = None,
    database_url: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Acknowledge: no reminders and no escalation, unless it becomes worse."""
    _act(alert, ActionKind.ACKNOWLEDGED, by, database_url, as_json=as_json, note=note)


def assign(  # noqa: PLR0913 - each is an option of the command
    alert: AlertArgument,
    to: Annotated[str, typer.Argument(help="Whose it is; a recipient's name is told by letter.")],
    *,
    note: Annotated[str, typer.Option(help="Why.")] = "",
    by: ActorOption = None,
    database_url: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Assign an alert to somebody."""
    _act(alert, ActionKind.ASSIGNED, by, database_url, as_json=as_json, note=note, assignee=to)


def comment(
    alert: AlertArgument,
    note: Annotated[str, typer.Argument(help="The comment.")],
    *,
    by: ActorOption = None,
    database_url: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Comment on an alert; a comment acknowledges nothing."""
    _act(alert, ActionKind.COMMENTED, by, database_url, as_json=as_json, note=note)


def useful(  # noqa: PLR0913 - each is an option of the command
    alert: AlertArgument,
    *,
    no: Annotated[bool, typer.Option("--no", help="It was not.")] = False,
    note: Annotated[str, typer.Option(help="Why.")] = "",
    by: ActorOption = None,
    database_url: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say whether an alert was useful, for the monthly report."""
    kind = ActionKind.NOT_USEFUL if no else ActionKind.USEFUL
    _act(alert, kind, by, database_url, as_json=as_json, note=note)


def _act(  # noqa: PLR0913 - each is a part of the record
    alert: str,
    kind: ActionKind,
    by: str | None,
    database_url: str | None,
    *,
    as_json: bool,
    note: str,
    assignee: str = "",
) -> None:
    from storage import alert_actions

    if kind is ActionKind.COMMENTED and not note.strip():
        options.fail("a comment needs words", code=2)
    if kind is ActionKind.ASSIGNED and not assignee.strip():
        options.fail("say to whom it is assigned", code=2)
    who = actor(by)
    with connected(options.settings(database_url=database_url)) as connection:
        severity = alert_actions.act(
            connection,
            alert,
            kind,
            actor=who,
            at=datetime.now(UTC),
            assignee=assignee,
            note=note,
        )
    if as_json:
        options.answer({"alert": alert, "kind": kind, "severity": severity, "actor": who})
    else:
        typer.echo(f"{alert}: {kind} ({severity}) by {who}")


def _rows(connection: Connection, found: Sequence[Episode]) -> list[dict[str, object]]:
    from alerts import telling_policy
    from alerts.concerns import is_chattering
    from alerts.silences import silenced_until
    from storage import alert_actions, letters

    now = datetime.now(UTC)
    actions = alert_actions.actions(connection, [each.id for each in found])
    silences = [known.silence for known in alert_actions.silences(connection, now)]
    window = telling_policy.load().chatter_window
    concerns = letters.concerns(connection, now, window)
    labels = {each.id: each.labels for each in concerns}
    chatter = {each.id for each in concerns if is_chattering(each, telling_policy.load())}
    return [
        {
            "id": each.id,
            "rule": each.rule_id,
            "title": each.title,
            "severity": each.severity,
            "status": each.status,
            "where": _where(each),
            "dev_eui": each.dev_eui,
            "fired_at": options.clock(each.fired_at),
            "resolved_at": options.clock(each.resolved_at),
            "peak": each.peak,
            "stale": each.stale,
            "late": each.late,
            **_standing(actions[each.id], each),
            "chattering": each.id in chatter,
            "silenced_until": options.clock(silenced_until(silences, labels.get(each.id, {}), now)),
        }
        for each in found
    ]


def _remarks(row: Mapping[str, object]) -> str:
    words = {
        "acknowledged_by": "acknowledged by",
        "assignee": "assigned to",
        "silenced_until": "silenced until",
    }
    said = "".join(f", {word} {row[name]}" for name, word in words.items() if row[name])
    return f"{said}, comes and goes" if row["chattering"] else said


def _where(found: Episode) -> str:
    if found.place is None:
        return found.device or found.dev_eui
    return f"{found.within}, {found.place}" if found.within else found.place


def _standing(actions: Sequence[Action], found: Episode) -> Mapping[str, str | None]:
    """Say who acknowledged it, as far as that still holds, and whose it is."""
    acknowledged: str | None = None
    assignee: str | None = None
    for act in actions:
        holds = act.severity.rank >= Severity(found.severity).rank
        if act.kind is ActionKind.ACKNOWLEDGED and holds:
            acknowledged = act.actor
        if act.kind is ActionKind.ASSIGNED:
            assignee = act.assignee
    return {"acknowledged_by": acknowledged, "assignee": assignee}


def _action(act: Action) -> dict[str, object]:
    return {
        "kind": act.kind,
        "actor": act.actor,
        "assignee": act.assignee,
        "note": act.note,
        "at": options.clock(act.at),
    }
