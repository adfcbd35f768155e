"""Why rules did or did not fire at a place and a past moment: read only, from what is stored.

What is explained is what an evaluator knew by the clock of that moment: the intervals that were
closed then, as they are stored today, and the version of the rule that was in force.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from alerts import durations, evaluate, explaining, silence
from alerts.derived.model import midnight
from alerts.explaining import Window
from alerts.figures import Figures
from alerts.history import Entry, History
from alerts.intervals import running_samples
from alerts.model import EPOCH, AlertRule, AlertState, Evaluation, Interval, Status, Watches
from alerts.steps import closed
from ingest import series_values
from ingest.court import applies
from ingest.judging_logs import fold
from ingest.series_values import Wanted
from storage import alert_actions, alert_states, device_logs, rollups
from storage import explaining as stored
from storage.alert_actions import ActionKind
from storage.connection import Connection, translated
from storage.explaining import Named
from storage.schedules import Subject


class NothingToExplain(Exception):
    """The question has no answer, for the reason that is told."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """One rule for one subject at a moment."""

    rule: AlertRule
    subject: Subject
    inputs: Mapping[str, object]
    window: Window | None
    """None for a rule on silence or on logs"""
    state: AlertState
    episode: str | None
    """The id of what is stored"""
    suppression: tuple[str, ...]
    """Why nobody need have been told, in sentences"""
    reason: str


def explain(
    connection: Connection,
    histories: Sequence[History],
    rule_id: str,
    named: Named,
    figures: Figures,
) -> list[Explanation]:
    """Explain a rule, or all those that its id begins, at a place; those that fire come first.

    Raises:
        NothingToExplain: there is no such rule, nor place, or nothing there that it judges.
    """
    asked = [
        history
        for history in histories
        if history.rule_id == rule_id or history.rule_id.startswith(f"{rule_id}-")
    ]
    if not asked:
        known = ", ".join(sorted(history.rule_id for history in histories))
        raise NothingToExplain(f"{rule_id} is no rule: there are {known}")
    with translated():
        found = [each for history in asked for each in _of(connection, history, named, figures)]
        if found:
            return sorted(found, key=lambda each: each.state.status is not Status.FIRING)
        if not named.places and not named.devices(connection):
            raise NothingToExplain(
                f"{named.named} is no place and no device: give a place's identifier or name,"
                " or a dev_eui"
            )
    what = ", ".join(sorted({_about(rule) for each in asked for rule in each.rules()}))
    raise NothingToExplain(f"nothing at {named.named} has {what}: {rule_id} judges nothing there")


def in_force(stored_histories: Sequence[History], loaded: Sequence[AlertRule]) -> list[History]:
    """Give the histories of a database; before the first evaluation, the rules as they are."""
    return [*stored_histories] or [History(r.id, (Entry(EPOCH, r),)) for r in loaded]


def _about(rule: AlertRule) -> str:
    where = f"{rule.environment} " if rule.environment else ""
    return where + (rule.observed_property or "a device")


def _of(
    connection: Connection, history: History, named: Named, figures: Figures
) -> list[Explanation]:
    rule = _version(history, named.at)
    if rule is None:
        return []
    if rule.watches is not Watches.VALUES:
        explain_one = _of_silence if rule.silence else _of_logs
        devices = [each for each in named.devices(connection) if applies_to(rule, each)]
        return [explain_one(connection, rule, device, named) for device in devices]
    series = named.series(connection, [rule.observed_property])
    return [
        _of_values(connection, history, rule, each, named, figures)
        for each in series
        if applies(rule, each)
    ]


def applies_to(rule: AlertRule, device: Subject) -> bool:
    """Say whether a rule on silence or on logs speaks about a device."""
    return rule.environment in {"", device.environment}


def _version(history: History, at: datetime) -> AlertRule | None:
    entries = [entry for entry in history.entries if entry.since <= at]
    return entries[-1].rule if entries else None


def _of_values(  # noqa: PLR0913, PLR0917 - a rule, a series and a moment
    connection: Connection,
    history: History,
    rule: AlertRule,
    subject: Subject,
    named: Named,
    figures: Figures,
) -> Explanation:
    until = closed(named.at, rule.step, subject.reporting_interval)
    begin = _state(connection, rule, subject, until)
    since = begin.until if begin.until > EPOCH else until
    wanted = Wanted(subject, rule.step, min(since, until) - rule.window, until)
    values = series_values.read(connection, [wanted], figures)[subject.id, rule.step]

    def fold(version: AlertRule, state: AlertState, end: datetime) -> Evaluation:
        return evaluate.evaluate(version, state, values, end)

    state = history.judge(begin, until, lambda version: applies(version, subject), fold).state
    seen = explaining.window(rule, values, until, _sample(rule, values, until))
    episode, suppression = _suppression(connection, rule, subject, named, state)
    last = until - rule.step
    ignored = stored.not_counted(connection, subject.id, until - rule.window, until)
    inputs = {
        "interval": last,
        "stored": stored.hour(connection, subject.id, last),
        "beside": named.beside(connection, last.replace(minute=0)),
        "left_out": [
            {"time": time, "value": value, "why": why} for time, value, why in ignored.newest
        ],
    }
    why = explaining.reason(rule, state, seen) + explaining.left_out(ignored.number)
    return Explanation(rule, subject, inputs, seen, state, episode, suppression, why)


def _sample(rule: AlertRule, values: Mapping[datetime, Interval], until: datetime) -> float | None:
    (sample,) = running_samples(values, rule, until - rule.step, until)
    return sample.value


def _state(
    connection: Connection, rule: AlertRule, subject: Subject, until: datetime
) -> AlertState:
    """Give a state to begin with: of the last midnight, or where the rule stands if that is older.

    No state at a midnight means that nothing was wrong.
    """
    begin = midnight(until)
    if begin <= subject.until:
        known = alert_states.checkpoints(connection, [(subject.id, begin)], [rule.id])
        return known.get((subject.id, rule.id), AlertState(begin))
    standing = alert_states.states(connection, [subject.id], [rule.id])
    return standing.get((subject.id, rule.id), AlertState(min(subject.until, begin)))


def _of_silence(
    connection: Connection, rule: AlertRule, subject: Subject, named: Named
) -> Explanation:
    patience = silence.patience(rule, subject.reporting_interval)
    begin = named.at - patience - rule.silence_at_least
    activity = rollups.activity(connection, [(subject.id, begin)])[subject.id]
    heard = stored.heard(connection, subject.id, named.at)
    known = [each for each in activity if each.first <= named.at]
    if known and heard.last is not None:
        known[-1] = replace(known[-1], last=min(heard.last, named.at))
    first = known[0].first if known else named.at
    state = silence.evaluate(
        rule, AlertState(first), known, subject.reporting_interval, named.at
    ).state
    episode, suppression = _suppression(connection, rule, subject, named, state)
    inputs = {
        "last_heard": heard.last,
        "patience": patience,
        "gateways": list(heard.gateways),
        "others_through_them": heard.others,
    }
    why = _why_silent(heard, state, named.at, patience=patience)
    return Explanation(rule, subject, inputs, None, state, episode, suppression, why)


def _why_silent(
    heard: stored.Heard, state: AlertState, at: datetime, *, patience: timedelta
) -> str:
    """Say whether a device is silent, and where to look first."""
    if heard.last is None:
        return "It does not fire: the device was never heard, so it is not silent."
    quiet, told = durations.write(at - heard.last), durations.write(patience)
    if state.status is not Status.FIRING:
        return f"It does not fire: the device was heard {quiet} before, within {told}."
    through = ", ".join(heard.gateways) or "no gateway that it named"
    cause = (
        f"{heard.others} other devices were heard through {through} in the hour before, so look"
        " at the device and its place first"
        if heard.others
        else f"nothing else was heard through {through} in the hour before either, so look at the"
        " gateway first"
    )
    return f"It fires: the device was not heard for {quiet}, longer than {told}; {cause}."


def _of_logs(
    connection: Connection, rule: AlertRule, subject: Subject, named: Named
) -> Explanation:
    begin = midnight(named.at) - rule.log_quiet - rule.reopen_within
    logged = device_logs.read(connection, [(subject, begin)], [rule.log])
    heard = rollups.activity(connection, [(subject.id, begin)])[subject.id]
    state = fold(subject.id, logged, heard)(rule, AlertState(begin), named.at).state
    logs = (subject.dev_eui, rule.log)
    known = [at for at in logged.get((subject.id, rule.log), ()) if at <= named.at]
    episode, suppression = _suppression(connection, rule, subject, named, state)
    inputs = {
        "code": rule.log,
        "logs": len(known),
        "last_log": known[-1] if known else None,
        "last_heard": max((each.last for each in heard if each.last <= named.at), default=None),
        "says": device_logs.told_of(connection, [logs]).get(logs),
    }
    why = explaining.of_logs(rule, state, known, begin)
    return Explanation(rule, subject, inputs, None, state, episode, suppression, why)


def _suppression(
    connection: Connection,
    rule: AlertRule,
    subject: Subject,
    named: Named,
    state: AlertState,
) -> tuple[str | None, tuple[str, ...]]:
    """Give the episode that stood, and why nobody need have been told of it."""
    if state.status is not Status.FIRING:
        return None, ()
    standing = stored.episode(connection, subject.id, rule.id, named.at)
    if standing is None:
        return None, ("no episode is stored for it: the evaluator has not judged this moment yet",)
    found = []
    if standing.late:
        found.append("it was found over six hours late, and such a finding is not told")
    labels = {**standing.labels, "rule": rule.id, "severity": str(state.severity)}
    found += [
        f"silenced until {known.silence.ends_at.isoformat()} by {known.author}: {known.reason}"
        for known in alert_actions.silences(connection, named.at)
        if known.silence.covers(labels, named.at)
    ]
    done = alert_actions.actions(connection, [standing.id]).get(standing.id, [])
    found += [
        f"acknowledged by {action.actor} at {action.at.isoformat()}"
        for action in done
        if action.kind is ActionKind.ACKNOWLEDGED and action.at <= named.at
    ]
    return standing.id, tuple(found)
