"""Whether amber dust at sites is dust everywhere: then one letter tells of it, not one for each.

Most monitors are over their own usual level in the hour in which it fired (`alerts.indices.dust`).
Red dust is never held back by it.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from alerts import figures
from alerts.concerns import Concern
from alerts.indices.dust import is_regional
from alerts.model import Severity
from alerts.recipients import Team
from alerts.telling_policy import Policy
from storage import dust_everywhere
from storage.connection import Connection

_DUST = frozenset({"pm10", "pm2_5"})


def explained(connection: Connection, concerns: Sequence[Concern], policy: Policy) -> list[Concern]:
    """Give amber dust of regional hours as one outage of clean air; all others as they are."""
    amber = [each for each in concerns if _is_amber_dust(each)]
    if all(each.said for each in amber):
        return list(concerns)
    found = {hour: _sentence(connection, hour, policy) for hour in sorted(map(_hour, amber))}
    why = {each.id: found[_hour(each)] for each in amber if found[_hour(each)]}
    return [
        replace(each, outage="regional", why=why[each.id], alike=len(why) - 1)
        if each.id in why
        else each
        for each in concerns
    ]


def _is_amber_dust(concern: Concern) -> bool:
    of_dust = concern.team is Team.ENVIRONMENT and concern.measure in _DUST
    return of_dust and concern.fires and concern.severity is Severity.AMBER


def _hour(concern: Concern) -> datetime:
    return concern.fired_at.replace(minute=0, second=0, microsecond=0)


def _sentence(connection: Connection, hour: datetime, policy: Policy) -> str:
    """Say that dust is everywhere in an hour; empty: it is not, or too few can tell."""
    dust = figures.load().dust
    monitors = dust_everywhere.read(
        connection,
        hour,
        percentile=dust.regional_percentile,
        since=hour - policy.regional_history,
        least=policy.regional_least_hours,
    )
    values = {each.monitor: each.mean for each in monitors}
    usual = {each.monitor: each.usual for each in monitors}
    if not is_regional(values, usual, dust):
        return ""
    over = sum(values[monitor] > usual[monitor] for monitor in usual)
    return f"{over} of {len(usual)} monitors are over their own usual level at once"
