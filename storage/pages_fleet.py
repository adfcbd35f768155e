"""What the pages of gateways and of rules read."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import msgspec

from alerts.model import AlertRule
from decoders.model import Reception
from storage.connection import Connection, translated
from storage.queries import SQL

_RULE = msgspec.json.Decoder(AlertRule)
_DETAIL = msgspec.json.Decoder(dict[str, str | float | bool | None])
_RECEPTIONS = msgspec.json.Decoder(tuple[Reception, ...])
_NOTHING: Mapping[str, str | float | bool | None] = {}


@dataclass(frozen=True, slots=True)
class Gateway:
    """A gateway by what it told of itself."""

    gateway_id: str
    told_at: datetime | None
    """When its newest statistics are of"""
    statistics: Mapping[str, str | float | bool | None]
    state: str | None
    """ONLINE or OFFLINE; None: it never said"""
    state_at: datetime | None


@dataclass(frozen=True, slots=True)
class Heard:
    """One uplink's copies."""

    received_at: datetime
    device_id: int
    receptions: tuple[Reception, ...]


@dataclass(frozen=True, slots=True)
class RuleInForce:
    """A rule with what it has concluded."""

    rule_id: str
    since: datetime
    version: str
    rule: AlertRule | None
    """None: it was taken away"""
    open_episodes: int
    oldest: datetime | None
    """When the oldest open episode fired"""


def gateways(connection: Connection) -> list[Gateway]:
    """List the gateways that told of themselves."""
    with translated():
        rows = connection.execute(SQL["pages_gateways"]).fetchall()
    return [
        Gateway(
            subject,
            told_at,
            _DETAIL.decode(detail) if detail else _NOTHING,
            str(state) if state else None,
            state_at,
        )
        for subject, told_at, detail, state, state_at in rows
    ]


def newest_receptions(connection: Connection, most: int = 2000) -> list[Heard]:
    """Read who received the newest uplinks."""
    with translated():
        rows = connection.execute(SQL["pages_receptions"], {"most": most})
        return [Heard(at, device, _RECEPTIONS.decode(text)) for at, device, text in rows]


def rules(connection: Connection) -> list[RuleInForce]:
    """List every rule that there ever was, as it is now."""
    with translated():
        rows = connection.execute(SQL["pages_rules"]).fetchall()
    return [
        RuleInForce(name, since, version, _RULE.decode(text) if version else None, number, oldest)
        for name, since, version, text, number, oldest in rows
    ]
