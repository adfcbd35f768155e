"""The second loop, on stored data alone: marked hours in, alerts and messages out.

    step()
        settle bays                of which the registry tells something else
        adopt the rules            once, from the next full hour on
        read the clock             the wall's; in a simulation the newest reading's
        judge readings             among their neighbours: those that fail count in no mean
        recompute marked hours     and note what was judged already and has changed; days when over
        work out what is due       what follows from hours: surfaces, mould
    judge what is due          series whose hour closed, devices whose patience ran out, or logged
        record                     transitions, states, episodes, messages

A step is one transaction under a lock that only one evaluator holds, so that any number of them
conclude what one does, and whoever dies in the middle has done nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from alerts.figures import Figures
from alerts.figures import load as shipped_figures
from alerts.history import History
from alerts.model import AlertRule, Watches
from alerts.notify.log_channel import LOG
from alerts.quality_settings import QualitySettings
from alerts.quality_settings import shipped as shipped_quality
from ingest.court import Times
from ingest.deriving import derive
from ingest.judging import judge_devices, judge_series
from ingest.judging_logs import judge_logs
from ingest.recording import record
from ingest.themes import asked_for, mark, themes
from storage import device_logs, occupancy, rollups, schedules, street
from storage.connection import Connection, translated
from storage.instance import Mode, mode
from storage.rule_versions import RuleVersions, refuse
from storage.schedules import Watched


@dataclass(frozen=True, slots=True)
class Portions:
    """How much one step takes on."""

    marks: int = 20_000
    """Marks of hours to compute again"""
    subjects: int = 5000
    """Series to judge, and as many devices"""
    owners: int = 1000
    """Places to work out by each theme, and as many devices"""
    patience: int = 20
    """After so many steps with more marks than it takes, what is due is judged nevertheless"""


def _wall() -> datetime:
    return datetime.now(UTC)


Reload = Callable[[], Sequence[AlertRule] | None]
"""Gives the rules again when they were changed; None: they were not."""


def _unchanged() -> None:
    return None


Refused = Callable[[], str]
"""Says why the rules are not those of their files; empty: they are."""


def _right() -> str:
    return ""


class Evaluator:
    """Evaluates what is stored; make a new one with a new connection.

    Args:
        connection: of its own; no other work may be in its transactions.
        rules: what to watch for. Those of another start of the program give way to them; None:
            those that are in force stay so.
        figures: what is worked out by; those that come with the product without them.
        quality: by what readings fail among their neighbours; the same.
        channels: the names of those who are told; a simulation has the log alone.
        wall: the clock of a live instance.
        reload: asked before each step for rules that were changed.
        refused: asked after it why they were not taken, which is stored for all to see.

    Raises:
        DatabaseUnavailable: the connection is lost.
        WrongSchema: the database was not migrated.
    """

    def __init__(  # noqa: PLR0913 - what it judges by, whom it tells, and its clock
        self,
        connection: Connection,
        rules: Sequence[AlertRule] | None,
        *,
        channels: Sequence[str] = (LOG,),
        portions: Portions | None = None,
        figures: Figures | None = None,
        quality: QualitySettings | None = None,
        wall: Callable[[], datetime] = _wall,
        reload: Reload = _unchanged,
        refused: Refused = _right,
    ) -> None:
        self._connection = connection
        self._rules = rules or ()
        self._adopted = rules is None
        self._versions = RuleVersions(connection)
        self._mode = mode(connection)
        self._channels = tuple(channels) if self._mode is Mode.LIVE else (LOG,)
        self._portions = portions or Portions()
        self._figures = figures or shipped_figures()
        self._quality = quality or shipped_quality()
        self._themes = themes(self._figures, self._quality)
        self._wall = wall
        self._reload = reload
        self._refused = refused
        self._noted: str | None = None
        self._put_off = 0

    def step(self) -> bool:
        """Do one portion of work; True when there may be more at once.

        Raises:
            DatabaseUnavailable: nothing of the portion is done.
            DatabaseRefused: a rule watches something else than it did.
        """
        changed = self._reload()
        if changed is not None:
            self._rules, self._adopted = changed, False
        self._note_refusal()
        occupancy.settle(self._connection)
        with translated(), self._connection.transaction():
            if not schedules.lock(self._connection):
                return False
            now = self._clock()
            if not self._adopted:
                self._versions.adopt(self._rules, now)
            busy = now is not None and self._work(now)
        self._adopted = True
        return busy

    def _note_refusal(self) -> None:
        why = self._refused()
        if why != self._noted:
            with translated(), self._connection.transaction():
                refuse(self._connection, why, self._wall())
            self._noted = why

    def _clock(self) -> datetime | None:
        if self._mode is Mode.LIVE:
            return self._wall()
        return schedules.newest_reading(self._connection)

    def _work(self, now: datetime) -> bool:
        histories = self._versions.histories()
        kinds = {kind: [each for each in histories if each.watches is kind] for kind in Watches}
        values = kinds[Watches.VALUES]
        more = self._take_marks(now, kinds)
        self._put_off = self._put_off + 1 if more else 0
        if more and self._put_off < self._portions.patience:
            return True
        self._put_off = 0
        limit = self._portions.marks
        days = rollups.recompute_days(self._connection, limit, now) >= limit
        judged = [
            days or self._derive(values, now),
            self._judge(Watched.SERIES, values, now),
            self._judge(Watched.DEVICES, kinds[Watches.SILENCE], now),
            self._judge(Watched.LOGS, kinds[Watches.LOGS], now),
        ]
        return more or any(judged)

    def _take_marks(self, now: datetime, kinds: Mapping[Watches, Sequence[History]]) -> bool:
        """Recompute marked hours; True when there are more marks than one step takes."""
        limit, values = self._portions.marks, kinds[Watches.VALUES]
        hours = rollups.recompute(self._connection, limit, now, quality=self._quality)
        self._mark(values, hours.earliest, now)
        mark(self._connection, asked_for(self._themes, values), hours.earliest, now)
        heard = rollups.take_activity(self._connection, limit)
        silences = [history.rule_id for history in kinds[Watches.SILENCE]]
        schedules.mark_devices(self._connection, heard.earliest, now, silences)
        logs = [history.rule_id for history in kinds[Watches.LOGS]]
        schedules.mark_logs(self._connection, heard.earliest, now, logs)
        logged = device_logs.take(self._connection, limit, now)
        return max(hours.marks, heard.marks, logged) >= limit

    def _mark(
        self, values: Sequence[History], changed: Mapping[int, datetime], now: datetime
    ) -> None:
        """Have series judged that rules speak about, of which an hour changed."""
        asked = sorted({rule.observed_property for each in values for rule in each.rules()})
        if changed:
            on_streets = street.mark(self._connection, changed, asked)
            schedules.mark_series(self._connection, {**changed, **on_streets}, now, asked)

    def _derive(self, values: Sequence[History], now: datetime) -> bool:
        """Work out what is due; True when there is more than one step takes."""
        busy = False
        for theme in asked_for(self._themes, values):
            changed, more = derive(self._connection, theme, now, self._portions.owners)
            self._mark(values, changed, now)
            busy = busy or more
        return busy

    def _judge(self, watched: Watched, histories: Sequence[History], now: datetime) -> bool:
        """Judge what is due of one kind; True when there is more than one step takes."""
        subjects = schedules.due(self._connection, watched, now, self._portions.subjects)
        if not subjects:
            return False
        if watched is Watched.SERIES:
            rulings, judged = judge_series(
                self._connection, histories, subjects, now, self._figures
            )
        else:
            judge = judge_devices if watched is Watched.DEVICES else judge_logs
            rulings, judged = judge(self._connection, histories, subjects, now)
        times = Times(now, self._wall())
        record(self._connection, rulings, self._channels, times)
        schedules.judged(self._connection, watched, judged)
        return len(subjects) >= self._portions.subjects
