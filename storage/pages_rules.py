"""What the pages of one rule read: its versions, what is open, and where its episodes would be."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import msgspec

from alerts.model import AlertRule
from storage.connection import Connection, translated
from storage.queries import SQL

_RULE = msgspec.json.Decoder(AlertRule)


@dataclass(frozen=True, slots=True)
class RuleVersion:
    """A rule as it was, or is, from some time on."""

    since: datetime
    version: str
    """Empty: the rule was taken away"""
    rule: AlertRule | None


@dataclass(frozen=True, slots=True)
class Spot:
    """Where an episode would be."""

    place_id: str | None
    kind: str | None
    """None: the device is nowhere"""
    place: str | None
    within_id: str | None
    within: str | None
    home: bool
    """It is a home, or the device was ever in one"""


def history(connection: Connection, rule_id: str) -> list[RuleVersion]:
    """List the versions of a rule, the newest first; none of a rule that there never was."""
    with translated():
        rows = connection.execute(SQL["pages_rule_history"], {"rule": rule_id})
        return [
            RuleVersion(since, version, _RULE.decode(text) if version else None)
            for since, version, text in rows
        ]


def open_episodes(connection: Connection, rule_id: str) -> tuple[int, datetime | None]:
    """Count a rule's open episodes, everybody's, and tell when the oldest of them fired."""
    with translated():
        ((number, oldest),) = connection.execute(SQL["pages_rule_open"], {"rule": rule_id})
    return number, oldest


def properties(connection: Connection) -> dict[str, str]:
    """Tell which observed property each rule judges; empty for a rule on silence."""
    with translated():
        return dict(connection.execute(SQL["pages_rule_properties"]).fetchall())


def spots(connection: Connection, keys: Iterable[str]) -> dict[str, Spot]:
    """Find where episodes would be, by the identifiers of places and of devices."""
    with translated():
        rows = connection.execute(SQL["pages_preview_places"], {"keys": sorted(set(keys))})
        return {key: Spot(*rest) for key, *rest in rows}


def is_on_silence(connection: Connection, rule_id: str) -> bool:
    """Say whether a rule is on silence, which a rule is or is not for ever."""
    return any(each.rule is not None and each.rule.silence for each in history(connection, rule_id))
