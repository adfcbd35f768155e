"""`rules explain`: why a rule did or did not fire at a place, at any past minute."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from alerts.model import Watches
from boroughsense import options
from boroughsense.commands.decoders import JsonOption
from boroughsense.commands.storage import DatabaseOption, connected
from ingest.explaining import Explanation

RulesOption = Annotated[
    Path | None,
    typer.Option(
        "--rules",
        exists=True,
        file_okay=False,
        help="A folder of rule files. Absent: the rules that come with the product.",
    ),
]


def explain(  # noqa: PLR0913 - the options of a command
    *,
    rule: Annotated[str, typer.Option(help="A rule's id; `H4` takes H4-30d, H4-7d and H4-1d.")],
    place: Annotated[str, typer.Option(help="A place's identifier or name, or a dev_eui.")],
    at: Annotated[str, typer.Option(help="A time, or how long ago, such as 2h.")] = "0m",
    database_url: DatabaseOption = None,
    rules_folder: RulesOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show inputs, window, state, suppression, and why the rule did or did not fire."""
    from alerts import figures, rules
    from ingest import explaining
    from storage import explaining as stored
    from storage.rule_versions import RuleVersions

    moment = options.moment(at)
    with options.said(rules.RulesWrong, explaining.NothingToExplain):
        loaded = rules.load(rules_folder)
        with connected(options.settings(database_url=database_url)) as connection:
            histories = explaining.in_force(RuleVersions(connection).histories(), loaded)
            named = stored.find(connection, place, moment)
            found = explaining.explain(connection, histories, rule, named, figures.load())
    documents = [document(each) for each in found]
    if as_json:
        first, *others = documents
        places = [{"id": public_id, "name": name} for public_id, name in named.places.values()]
        told = {"place": place, "places": places, "at": options.clock(moment)}
        options.answer({**told, **first, "others": others})
        return
    for each in documents:
        _show(each)


def document(found: Explanation) -> dict[str, object]:
    """Give an explanation as JSON has it; times in UTC, durations in seconds."""
    rule, state, seen = found.rule, found.state, found.window
    window = None
    if seen is not None:
        window = {
            "from": _plain(seen.since),
            "until": _plain(seen.until),
            "step_seconds": rule.step.total_seconds(),
            "values": [[_plain(start), value] for start, value in seen.values],
            "valid": seen.valid,
            "expected": len(seen.values),
            "needed": seen.needed,
            "capture": seen.valid / len(seen.values),
            "mean": seen.value,
        }
    return {
        "rule": rule.id,
        "version": rule.version,
        "title": rule.title,
        "subject": {
            "dev_eui": found.subject.dev_eui or None,
            "place": found.subject.place or None,
            "property": rule.observed_property or None,
            "channel": found.subject.channel,
        },
        "inputs": {name: _plain(value) for name, value in found.inputs.items()},
        "window": window,
        "levels": [
            {
                "severity": level.severity,
                "threshold": level.threshold,
                "clear": level.clear,
                "on_delay_seconds": level.on_delay.total_seconds(),
                "off_delay_seconds": level.off_delay.total_seconds(),
            }
            for level in (rule.levels if rule.watches is Watches.VALUES else ())
        ],
        "state": {
            "status": state.status,
            "severity": state.severity,
            "fired_at": _plain(state.fired_at),
            "resolved_at": _plain(state.resolved_at),
            "peak": state.peak,
            "stale": state.stale,
            "reopened": state.reopened,
            "judged_until": _plain(state.until),
        },
        "fires": str(state.status) == "firing",
        "episode": found.episode,
        "suppression": list(found.suppression),
        "reason": found.reason,
    }


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return options.clock(value)
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value


def _show(each: dict[str, object]) -> None:
    told = {name: each[name] for name in ("rule", "title", "version", "subject", "episode")}
    for name, value in told.items():
        typer.echo(f"{name:<12}{value}")
    typer.echo(f"{'state':<12}{each['state']}")
    window = each["window"]
    if isinstance(window, dict):
        typer.echo(
            f"{'window':<12}{window['from']} to {window['until']}: {window['valid']} of"
            f" {window['expected']} valid, {window['needed']} needed, mean {window['mean']}"
        )
        for start, value in window["values"][-24:]:
            typer.echo(f"            {start}  {'-' if value is None else f'{value:.6g}'}")
    inputs = each["inputs"]
    if isinstance(inputs, dict):
        for name, value in inputs.items():
            typer.echo(f"{name:<12}{value}")
    suppression = each["suppression"]
    for sentence in suppression if isinstance(suppression, list) else []:
        typer.echo(f"{'suppression':<12}{sentence}")
    typer.echo(f"{each['reason']}\n")
