"""The tables of one alert: what was done with it, what became of it, who was told."""

from collections.abc import Sequence

from storage.alert_actions import Action, ActionKind
from storage.pages_alerts import Change, Notice
from web import wording
from web.tables import Column, Table

_DONE = {
    ActionKind.OPENED: "read for the first time",
    ActionKind.ACKNOWLEDGED: "acknowledged",
    ActionKind.ASSIGNED: "assigned",
    ActionKind.COMMENTED: "comment",
    ActionKind.USEFUL: "said that it helped",
    ActionKind.NOT_USEFUL: "said that it did not help",
}


def actions_table(acts: Sequence[Action], *, caption: str = "What was done") -> Table:
    """List what people did with an episode."""
    return Table(
        "actions",
        caption,
        [Column("When"), Column("Who"), Column("What"), Column("Note", nothing="")],
        [(act.at, wording.name(act.actor), _done(act), act.note) for act in acts],
        nothing="Nobody has done anything about it yet.",
    )


def _done(act: Action) -> str:
    to = f" to {wording.name(act.assignee)}" if act.assignee else ""
    return f"{_DONE[act.kind]}{to}"


def history_table(changes: Sequence[Change], unit: str) -> Table:
    """List what became of an episode; the unit is a UCUM code."""
    return Table(
        "history",
        "What became of it",
        [
            Column("Change"),
            Column("Interval from"),
            Column("Known at"),
            Column("Value", unit, digits=1),
            Column("Written down"),
            Column("Remark", nothing=""),
        ],
        [
            (
                change.kind,
                change.at,
                change.known_at,
                change.value,
                change.recorded_at,
                _remark(change),
            )
            for change in changes
        ],
    )


def _remark(change: Change) -> str:
    if change.withdrawn_at is None:
        return ""
    return f"withdrawn {wording.when(change.withdrawn_at)}: {change.withdrawn_why}"


def notices_table(notices: Sequence[Notice]) -> Table:
    """List who was told of an episode."""
    return Table(
        "notices",
        "Who was told",
        [
            Column("Of"),
            Column("By"),
            Column("State"),
            Column("Written"),
            Column("Settled", nothing="not yet"),
            Column("Tries", digits=0),
            Column("Failure", nothing=""),
        ],
        [
            (
                notice.kind,
                notice.channel,
                notice.status,
                notice.created_at,
                notice.settled_at,
                notice.attempts,
                notice.failure,
            )
            for notice in notices
        ],
        nothing="Nobody was told.",
    )
