"""The rule files of a running service: read again when they change, kept when they are wrong."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import structlog

from alerts import rules
from alerts.model import AlertRule
from alerts.rules import RulesWrong

log = structlog.get_logger(__name__)

REFUSED = "the rule files are wrong, so the last good rules stay in force"
EVERY = 5.0
"""Seconds between two looks at the folder"""


class RuleWatch:
    """The rules of a folder, the shipped ones without one, as they were last right.

    Args:
        folder: of rule files.
        loaded: what was read of it before; None: it is wrong, and what was right is not here.
        refused: what is wrong with it.
        clock: seconds that only rise.
    """

    def __init__(
        self,
        folder: Path | None,
        loaded: Sequence[AlertRule] | None,
        clock: Callable[[], float] = time.monotonic,
        *,
        refused: str = "",
    ) -> None:
        self._folder = folder or rules.SHIPPED
        self._good = None if loaded is None else tuple(loaded)
        self._refused = refused
        self._clock = clock
        self._seen = self._signature()
        self._looked = clock()

    @property
    def rules(self) -> tuple[AlertRule, ...] | None:
        """The last good rules; None: those that are in force in the database."""
        return self._good

    def refused(self) -> str:
        """Say what is wrong with the files as they are now; empty: the rules are theirs."""
        return self._refused

    def remark(self) -> str:
        """Say that the last good rules are in force, if the files are wrong; else nothing."""
        return f"{REFUSED}: {self._refused}" if self._refused else ""

    def changed(self) -> tuple[AlertRule, ...] | None:
        """Give the rules when they were changed and are right; None: those of before go on.

        What is wrong is logged once for each change of the files, every mistake of it, and stands
        in `refused` until they are right.
        """
        if self._clock() - self._looked < EVERY:
            return None
        self._looked = self._clock()
        signature = self._signature()
        if signature == self._seen:
            return None
        self._seen = signature
        try:
            found = rules.load(self._folder)
        except (RulesWrong, OSError) as error:
            self._refuse(str(error))
            return None
        watched = {rule.id: rule.watches for rule in self._good or ()}
        turned = [rule.id for rule in found if watched.get(rule.id) not in {None, rule.watches}]
        if turned:
            self._refuse(f"{', '.join(turned)} watched something else: give it a new id")
            return None
        self._good, self._refused = found, ""
        log.info("the rules were changed", rules=len(found), folder=str(self._folder))
        return found

    def _refuse(self, why: str) -> None:
        self._refused = why
        log.error(REFUSED, folder=str(self._folder), reason=why)

    def _signature(self) -> tuple[tuple[str, int, int], ...]:
        """Give what tells one state of the files from another; tests of rules do not matter."""
        found = []
        for path in sorted(self._folder.glob("*.yaml")):
            try:
                told = path.stat()
            except FileNotFoundError:
                continue
            found.append((path.name, told.st_mtime_ns, told.st_size))
        return tuple(found)
