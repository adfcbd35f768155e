"""`status`: in one glance, what is stored, what waits, and by which rules it is judged."""

from datetime import UTC, datetime

import typer

from boroughsense import options
from boroughsense.commands.decoders import JsonOption
from boroughsense.commands.storage import DatabaseOption, connected


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(status)


def status(*, database_url: DatabaseOption = None, as_json: JsonOption = False) -> None:
    """Say what is stored and what waits, and whether the rules in force are those of their files.

    Changes nothing. What needs a person is told in full by `doctor`.
    """
    from storage import account, overview, rule_versions
    from storage.pages_health import evaluation

    with connected(options.settings(database_url=database_url)) as connection:
        counts = overview.overview(connection)
        committed = account.last_commit(connection)
        due_at = evaluation(connection).due_at
        histories = rule_versions.RuleVersions(connection).histories()
        refusal = rule_versions.refused(connection)
    rules = sum(history.latest is not None for history in histories)
    told = {
        "devices": counts.devices,
        "uplinks": counts.uplinks,
        "last_commit": options.clock(committed),
        "quarantined": counts.refused,
        "alerts_open": counts.alerts_open,
        "pending": counts.pending,
        "evaluation_due_at": options.clock(due_at),
        "rules": rules,
        "rules_refused": None
        if refusal is None
        else {"since": options.clock(refusal.refused_at), "reason": refusal.reason},
    }
    if as_json:
        options.answer(told)
        return
    typer.echo(
        f"{counts.devices} devices, {counts.uplinks} uplinks, the last stored "
        f"{options.clock(committed) or 'never'}; {counts.refused} held in quarantine"
    )
    behind = due_at is not None and due_at < datetime.now(UTC)
    typer.echo(
        f"{rules} rules in force, {counts.alerts_open} alerts open; {counts.pending} hours wait to "
        f"be computed, the next is to be judged {'since' if behind else 'at'} "
        f"{options.clock(due_at) or 'never'}"
    )
    if refusal is not None:
        typer.echo(
            f"PROBLEM: the rule files are wrong since {options.clock(refusal.refused_at)}, so the "
            f"last good rules stay in force:\n{refusal.reason}"
        )
