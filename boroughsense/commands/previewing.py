"""`rules preview`: what changed rules would have done on what is stored."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from boroughsense import options
from boroughsense.commands.decoders import JsonOption
from boroughsense.commands.explaining import RulesOption
from boroughsense.commands.storage import DatabaseOption, connected
from ingest.previewing import Found, Preview

MOST = 50
"""So many episodes of a kind are listed"""


def preview(  # noqa: PLR0913 - the options of a command
    *,
    since: Annotated[str, typer.Option(help="From the UTC day of a time on, or 30d back.")] = "30d",
    until: Annotated[str, typer.Option(help="Up to a time; else up to now.")] = "",
    rule: Annotated[
        list[str] | None, typer.Option(help="Only this rule, changed or not; may be repeated.")
    ] = None,
    database_url: DatabaseOption = None,
    rules_folder: RulesOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say which episodes changed rules would have made and unmade; writes nothing, tells nobody."""
    from alerts import figures, rules
    from alerts.steps import DAY, floor
    from ingest import previewing
    from storage.rule_versions import RuleVersions

    begin = floor(options.moment(since).astimezone(UTC), DAY)
    end = options.moment(until) if until else datetime.now(UTC)
    with options.said(rules.RulesWrong):
        loaded = rules.load(rules_folder)
    with connected(options.settings(database_url=database_url)) as connection:
        histories = RuleVersions(connection).histories()
        wanted = previewing.changes(histories, loaded, rule or ())
        told = figures.load()
        found = [previewing.preview(connection, each, begin, end, told) for each in wanted]
    rows = [_row(each) for each in found]
    if as_json:
        told_times = {"since": options.clock(begin), "until": options.clock(end)}
        options.answer({**told_times, "rules": rows})
    elif not rows:
        typer.echo("No rule differs from those in force.")
    for each in [] if as_json else found:
        _show(each)


def _row(found: Preview) -> dict[str, object]:
    was, will_be = found.change.was, found.change.will_be
    gone, new = found.only_before(), found.only_after()
    return {
        "rule": found.change.rule_id,
        "version_in_force": was.version if was else None,
        "version_previewed": will_be.version if will_be else None,
        "subjects": found.subjects,
        "episodes_in_force": len(found.before),
        "episodes_previewed": len(found.after),
        "no_more": [_episode(each) for each in gone[:MOST]],
        "new": [_episode(each) for each in new[:MOST]],
        "left_off": max(0, len(gone) - MOST) + max(0, len(new) - MOST),
    }


def _episode(found: Found) -> dict[str, object]:
    return {
        "dev_eui": found.subject.dev_eui or None,
        "place": found.subject.place or None,
        "channel": found.subject.channel,
        "fired_at": options.clock(found.episode.fired_at),
        "resolved_at": options.clock(found.episode.resolved_at),
        "severity": found.episode.worst,
        "peak": found.episode.peak,
    }


def _show(found: Preview) -> None:
    change = found.change
    what = " is new" if change.was is None else " is taken away" if change.will_be is None else ""
    typer.echo(
        f"{change.rule_id}{what}: {len(found.before)} episodes as in force,"
        f" {len(found.after)} as previewed, of {found.subjects} series or devices"
    )
    for sign, episodes in (("-", found.only_before()), ("+", found.only_after())):
        for each in episodes[:MOST]:
            row = _episode(each)
            typer.echo(
                f"  {sign} {row['place'] or row['dev_eui']} {row['channel']} {row['severity']}"
                f" {row['fired_at']} to {row['resolved_at'] or 'now'} peak {row['peak']}"
            )
        if len(episodes) > MOST:
            typer.echo(f"  {sign} and {len(episodes) - MOST} more")
