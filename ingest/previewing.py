"""What changed rules would have done on stored data, beside what those in force would have.

Both start with nothing wrong at one moment and judge the same intervals, so that only the rule
makes a difference. Nothing is written, and nobody is told.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from alerts import evaluate, silence
from alerts.episodes import Episode, episode
from alerts.figures import Figures
from alerts.history import Finding, History
from alerts.model import Activity, AlertRule, AlertState, Interval, Transition, Watches
from alerts.steps import closed
from ingest import series_values
from ingest.court import applies
from ingest.judging_logs import fold
from ingest.series_values import Wanted
from storage import device_logs, rollups
from storage import explaining as stored
from storage.connection import Connection, translated
from storage.schedules import Subject

PORTION = 500
"""So many series are read at once"""


@dataclass(frozen=True, slots=True)
class Change:
    """A rule as it is in force and as it would be."""

    rule_id: str
    was: AlertRule | None
    """None: it is new"""
    will_be: AlertRule | None
    """None: it is taken away"""


@dataclass(frozen=True, slots=True)
class Found:
    """An episode of a subject."""

    subject: Subject
    episode: Episode

    @property
    def key(self) -> tuple[int, datetime]:
        """What makes two episodes the same one."""
        return self.subject.id, self.episode.fired_at


@dataclass(slots=True)
class Preview:
    """What a change would have made of the episodes."""

    change: Change
    subjects: int = 0
    before: list[Found] = field(default_factory=list)
    after: list[Found] = field(default_factory=list)
    whole: bool = True
    """False: it was ended before everything was looked at"""

    def only_before(self) -> list[Found]:
        """Give the episodes that there would not have been any more."""
        kept = {each.key for each in self.after}
        return [each for each in self.before if each.key not in kept]

    def only_after(self) -> list[Found]:
        """Give the episodes that there would have been beside."""
        known = {each.key for each in self.before}
        return [each for each in self.after if each.key not in known]


def changes(
    histories: Sequence[History], rules: Sequence[AlertRule], wanted: Sequence[str]
) -> list[Change]:
    """Give the rules that differ from those in force, or those that are named."""
    standing = {history.rule_id: history.latest for history in histories}
    given = {rule.id: rule for rule in rules}
    ids = [*given, *(rule_id for rule_id in standing if rule_id not in given)]
    found = [Change(rule_id, standing.get(rule_id), given.get(rule_id)) for rule_id in ids]
    if wanted:
        return [each for each in found if each.rule_id in wanted]
    return [each for each in found if _version(each.was) != _version(each.will_be)]


def _version(rule: AlertRule | None) -> str:
    return rule.version if rule else ""


def preview(  # noqa: PLR0913 - what is previewed, from when to when, and how much at once
    connection: Connection,
    change: Change,
    since: datetime,
    until: datetime,
    figures: Figures,
    *,
    portion: int = PORTION,
    enough: Callable[[], bool] = lambda: False,
) -> Preview:
    """Run both versions over the stored intervals between two times.

    Args:
        connection: read only.
        change: the rule as it is and as it would be.
        since: from here on.
        until: up to here.
        figures: of what is worked out.
        portion: so many series are read at once.
        enough: asked before each portion but the first; True ends the preview there.
    """
    found = Preview(change)
    rules = [rule for rule in (change.was, change.will_be) if rule is not None]
    with translated():
        for name in sorted({rule.observed_property for rule in rules}):
            for number, subjects in enumerate(_portions(connection, name, portion)):
                if number and enough():
                    found.whole = False
                    return found
                _compare(connection, found, subjects, (since, until), figures)
    return found


def _portions(connection: Connection, name: str, portion: int) -> Iterator[list[Subject]]:
    after = 0
    while subjects := stored.subjects(connection, name, after, portion):
        yield subjects
        after = subjects[-1].id


def _compare(
    connection: Connection,
    found: Preview,
    subjects: Sequence[Subject],
    span: tuple[datetime, datetime],
    figures: Figures,
) -> None:
    change = found.change
    spoken = {
        subject.id
        for rule in (change.was, change.will_be)
        if rule is not None
        for subject in subjects
        if _applies(rule, subject)
    }
    found.subjects += len(spoken)
    for rule, episodes in ((change.was, found.before), (change.will_be, found.after)):
        if rule is not None:
            about = [subject for subject in subjects if _applies(rule, subject)]
            run = _RUNS[rule.watches]
            episodes.extend(run(connection, rule, about, span, figures))


def _applies(rule: AlertRule, subject: Subject) -> bool:
    return applies(rule, subject)


def _values(
    connection: Connection,
    rule: AlertRule,
    subjects: Sequence[Subject],
    span: tuple[datetime, datetime],
    figures: Figures,
) -> list[Found]:
    since, until = span
    ends = {each.id: closed(until, rule.step, each.reporting_interval) for each in subjects}
    wanted = [
        Wanted(each, rule.step, since - rule.window, ends[each.id])
        for each in subjects
        if since < ends[each.id]
    ]
    values = series_values.read(connection, wanted, figures)
    found: list[Found] = []
    for each in wanted:
        known: Mapping[datetime, Interval] = values[each.subject.id, rule.step]
        told = evaluate.evaluate(rule, AlertState(since), known, each.until).transitions
        found += _episodes(each.subject, rule, told)
    return found


def _silences(
    connection: Connection,
    rule: AlertRule,
    subjects: Sequence[Subject],
    span: tuple[datetime, datetime],
    _figures: Figures,
) -> list[Found]:
    since, until = span
    heard = rollups.activity(connection, [(each.id, since) for each in subjects])
    found: list[Found] = []
    for each in subjects:
        known: Sequence[Activity] = heard[each.id]
        state = AlertState(min([since, *(activity.first for activity in known)]))
        told = silence.evaluate(rule, state, known, each.reporting_interval, until).transitions
        later = [transition for transition in told if transition.known_at > since]
        found += _episodes(each, rule, later)
    return found


def _logs(
    connection: Connection,
    rule: AlertRule,
    subjects: Sequence[Subject],
    span: tuple[datetime, datetime],
    _figures: Figures,
) -> list[Found]:
    since, until = span
    logged = device_logs.read(connection, [(each, since) for each in subjects], [rule.log])
    heard = rollups.activity(connection, [(each.id, since) for each in subjects])
    found: list[Found] = []
    for each in subjects:
        judge = fold(each.id, logged, heard[each.id])
        found += _episodes(each, rule, judge(rule, AlertState(since), until).transitions)
    return found


_RUNS = {Watches.VALUES: _values, Watches.SILENCE: _silences, Watches.LOGS: _logs}


def _episodes(subject: Subject, rule: AlertRule, told: Sequence[Transition]) -> list[Found]:
    by_episode: dict[datetime, list[Finding]] = {}
    for transition in told:
        if transition.fired_at is not None:
            finding = Finding(transition, rule.version)
            by_episode.setdefault(transition.fired_at, []).append(finding)
    episodes = (episode(findings) for findings in by_episode.values())
    return [Found(subject, each) for each in episodes if each is not None]
