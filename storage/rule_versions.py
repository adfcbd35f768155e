"""Which version of a rule is in force from when on, for every evaluator of a database alike."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

import msgspec

from alerts.history import Entry, History
from alerts.model import EPOCH, AlertRule
from storage.connection import Connection, translated
from storage.errors import DatabaseRefused
from storage.queries import SQL

_DECODER = msgspec.json.Decoder(AlertRule)
_GONE = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A running service found wrong rule files, and goes on by the last good rules."""

    refused_at: datetime
    reason: str
    """Every mistake, a line each"""


def refuse(connection: Connection, reason: str, at: datetime) -> None:
    """Note that the rule files are wrong; without a reason that they are right again."""
    if reason:
        connection.execute(SQL["rule_refusal_write"], {"reason": reason, "at": at})
    else:
        connection.execute(SQL["rule_refusal_clear"])


def refused(connection: Connection) -> Refusal | None:
    """Tell whether the rule files are wrong, so that the last good rules go on."""
    with translated():
        row = connection.execute(SQL["rule_refusal_read"]).fetchone()
    return Refusal(*row) if row else None


class RuleVersions:
    """The histories of all rules, read again whenever they have changed."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows: list[tuple[str, datetime, str, str]] = []
        self._histories: tuple[History, ...] = ()

    def histories(self) -> tuple[History, ...]:
        """Give the history of every rule that there ever was."""
        rows = list(self._connection.execute(SQL["rule_versions_read"]))
        if rows != self._rows:
            self._histories = tuple(
                History(rule, tuple(_entry(*row) for row in versions))
                for rule, versions in groupby(rows, key=lambda row: row[0])
            )
            self._rows = rows
        return self._histories

    def adopt(self, rules: Sequence[AlertRule], clock: datetime | None) -> None:
        """Put rules in force from the next full hour on, and take away those that are not given.

        In a database where nothing was judged yet they hold from the beginning.

        Raises:
            DatabaseRefused: a rule watches something else than it did.
        """
        standing = {history.rule_id: history.latest for history in self.histories()}
        changed = {
            rule.id: rule for rule in rules if _version(standing.get(rule.id)) != rule.version
        }
        given = {rule.id for rule in rules}
        gone = [rule for rule, latest in standing.items() if latest and rule not in given]
        for rule in changed.values():
            self._check_kind(rule)
        if changed or gone:
            self._put(changed, gone, self._since(clock))

    def _check_kind(self, rule: AlertRule) -> None:
        for history in self._histories:
            if history.rule_id == rule.id and history.watches is not rule.watches:
                raise DatabaseRefused(f"rule {rule.id} watched something else: give it a new id")

    def _since(self, clock: datetime | None) -> datetime:
        begun = self._connection.execute(SQL["evaluation_has_begun"]).fetchone()
        if clock is None or not (begun and begun[0]):
            return EPOCH
        return clock.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)

    def _put(self, changed: dict[str, AlertRule], gone: list[str], since: datetime) -> None:
        names = [*changed, *gone]
        definitions = [msgspec.json.encode(rule).decode() for rule in changed.values()]
        self._connection.execute(
            SQL["rule_versions_write"],
            {
                "rules": names,
                "since": [since] * len(names),
                "versions": [rule.version for rule in changed.values()] + [_GONE] * len(gone),
                "definitions": definitions + ["{}"] * len(gone),
            },
        )
        self._connection.execute(SQL["rules_changed"], {"since": since})
        self._connection.execute(SQL["calm_clear"], {"rules": names})


def _version(rule: AlertRule | None) -> str:
    return rule.version if rule else _GONE


def _entry(_rule: str, since: datetime, version: str, definition: str) -> Entry:
    return Entry(since, _DECODER.decode(definition) if version else None)
