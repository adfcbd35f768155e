"""`alarms report`: whether people are told too much, too late, or of what does not help them."""

from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from alerts.telling_policy import Policy
from boroughsense import options
from boroughsense.commands.decoders import JsonOption
from boroughsense.commands.storage import DatabaseOption, connected
from storage.alarm_report import AlarmReport, Reader

_LONDON = ZoneInfo("Europe/London")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="How the alarms do.", no_args_is_help=True)
    group.command("report")(report)
    group.callback()(_group)
    app.add_typer(group, name="alarms")


def _group() -> None:
    """How the alarms do."""


def report(
    *,
    month: Annotated[
        str | None, typer.Option(help="Such as 2026-10; else the last one that is over.")
    ] = None,
    database_url: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Report a month's alarms: who was told how much, by which rules, and what came of it."""
    from alerts import telling_policy
    from storage.alarm_report import alarm_report

    now = datetime.now(UTC)
    since, until = _month(month, now)
    if since > now:
        options.fail(f"the month {since:%Y-%m} has not begun", code=2)
    settings = options.settings(database_url=database_url)
    with options.said(telling_policy.PolicyWrong):
        policy = telling_policy.load(settings.telling or telling_policy.SHIPPED)
    with connected(settings) as connection:
        found = alarm_report(connection, since, min(until, now), policy)
    days = max((min(until, now) - since).total_seconds() / 86_400, 1)
    document = {"month": f"{since:%Y-%m}", **_document(found, policy, days)}
    if as_json:
        options.answer(document)
    else:
        _show(found, f"{since:%B %Y}", policy, days)


def _month(text: str | None, now: datetime) -> tuple[datetime, datetime]:
    """Give a month's first moment and the next one's, in Europe/London."""
    if text is None:
        local = now.astimezone(_LONDON)
        year, number = (local.year, local.month - 1) if local.month > 1 else (local.year - 1, 12)
    else:
        try:
            given = datetime.strptime(text, "%Y-%m").replace(tzinfo=_LONDON)
        except ValueError:
            options.fail(f"`{text}` is no month: write 2026-10", code=2)
        year, number = given.year, given.month
    following = (year, number + 1) if number < 12 else (year + 1, 1)
    return datetime(year, number, 1, tzinfo=_LONDON), datetime(*following, 1, tzinfo=_LONDON)


def _document(found: AlarmReport, policy: Policy, days: float) -> dict[str, object]:
    judged = found.useful + found.not_useful
    items = sum(reader.items for reader in found.readers)
    return {
        "recipients": [_reader(each, policy, days) for each in found.readers],
        "noisiest_rules": [
            {
                "rule": rule.rule,
                "title": rule.title,
                "episodes": rule.episodes,
                "items": rule.items,
                "share": round(rule.items / items, 3) if items else None,
            }
            for rule in found.rules
        ],
        "acknowledgement": [
            {
                "severity": each.severity,
                "told": each.told,
                "acknowledged": each.acknowledged,
                "median_minutes": round(each.median.total_seconds() / 60, 1)
                if each.median is not None
                else None,
            }
            for each in found.acknowledgements
        ],
        "standing": [
            {
                "alert": each.alert,
                "rule": each.rule,
                "title": each.title,
                "severity": each.severity,
                "fired_at": options.clock(each.fired_at),
            }
            for each in found.standing
        ],
        "chattering": [
            {
                "rule": each.rule,
                "dev_eui": each.dev_eui,
                "place": each.place,
                "most": each.most,
                "ends": each.ends,
            }
            for each in found.chatter
        ],
        "useful": found.useful,
        "not_useful": found.not_useful,
        "useful_share": round(found.useful / judged, 3) if judged else None,
        "inspected_false": found.false,
        "inspected_missed": found.missed,
        "undelivered": found.undelivered,
    }


def _reader(reader: Reader, policy: Policy, days: float) -> dict[str, object]:
    a_day = reader.letters / days
    return {
        "recipient": reader.recipient,
        "letters": reader.letters,
        "items": reader.items,
        "letters_a_day": round(a_day, 2),
        "busiest_day": reader.busiest_day.isoformat(),
        "busiest_day_letters": reader.busiest_day_letters,
        "peak_items": reader.peak,
        "meets_goal": a_day < policy.report_letters_a_day,
        "flooded": reader.peak > policy.report_flood,
    }


def _show(found: AlarmReport, month: str, policy: Policy, days: float) -> None:
    typer.echo(f"Alarms of {month}")
    typer.echo(f"\nWho was told (goal: under {policy.report_letters_a_day} letters a day)")
    for reader in found.readers:
        mark = ", a flood" if reader.peak > policy.report_flood else ""
        typer.echo(
            f"  {reader.recipient}: {reader.letters} letters, {reader.letters / days:.1f} a day,"
            f" {reader.busiest_day_letters} on {reader.busiest_day};"
            f" at most {reader.peak} alerts at once{mark}"
        )
    typer.echo("\nNoisiest rules")
    for rule in found.rules:
        typer.echo(f"  {rule.rule} {rule.title}: {rule.items} told, {rule.episodes} episodes")
    typer.echo("\nTime to acknowledge")
    for each in found.acknowledgements:
        median = options.span(each.median) if each.median is not None else "never"
        typer.echo(f"  {each.severity}: {each.acknowledged} of {each.told}, median {median}")
    typer.echo("\nStanding for long")
    for alert in found.standing:
        since = options.clock(alert.fired_at)
        typer.echo(f"  {alert.rule} {alert.title} ({alert.severity}) since {since}: {alert.alert}")
    typer.echo("\nComing and going")
    for noise in found.chatter:
        typer.echo(
            f"  {noise.rule} of {noise.place_name or noise.dev_eui}: ended {noise.ends} times"
        )
    typer.echo(f"\nUseful: {found.useful}, not useful: {found.not_useful}")
    typer.echo(
        f"Inspected: {found.false} without a hazard, {found.missed} hazards without an alert"
    )
    typer.echo(f"Not delivered: {found.undelivered}")
