"""Rulings become history: all in the transaction that found them.

transitions   what is missing is appended, what should not have been is withdrawn
states        where each rule stands now, and stood at midnights
episodes      follow from the transitions that stand, messages from those that are new
"""

from collections.abc import Sequence

from alerts.episodes import Correction, correct
from alerts.model import Status
from ingest.court import Ruling, Times
from ingest.telling import Case, tell
from storage import alert_states, alerts
from storage.alerts import EpisodeKey
from storage.connection import Connection


def record(
    connection: Connection, rulings: Sequence[Ruling], channels: Sequence[str], times: Times
) -> None:
    """Make what is stored agree with what was concluded, and say so to the channels."""
    corrections = _corrections(connection, rulings)
    wrong = [entry for correction in corrections.values() for entry in correction.withdraw]
    new = [
        (ruling.key, finding) for ruling in rulings for finding in corrections[ruling.key].append
    ]
    alerts.withdraw(connection, wrong, times.wall)
    alerts.append(connection, new, times.wall)
    _record_states(connection, rulings)
    cases = _cases(rulings, corrections)
    tell(connection, cases, channels, times)
    alerts.write_peaks(connection, _peaks(rulings, cases), times.wall)


def _corrections(connection: Connection, rulings: Sequence[Ruling]) -> dict[object, Correction]:
    since = {ruling.key: ruling.start for ruling in rulings if ruling.is_again}
    standing = alerts.standing(connection, since)
    found: dict[object, Correction] = {}
    for ruling in rulings:
        findings = ruling.conclusion.findings
        if ruling.is_again:
            later = [each for each in findings if each.transition.known_at > ruling.start]
            found[ruling.key] = correct(standing.get(ruling.key, []), later)
        else:
            found[ruling.key] = Correction((), findings)
    return found


def _record_states(connection: Connection, rulings: Sequence[Ruling]) -> None:
    standing = {ruling.key: ruling.conclusion.state for ruling in rulings}
    wrong = {key: state for key, state in standing.items() if state.stands}
    over = [ruling.key for ruling in rulings if ruling.before and ruling.key not in wrong]
    alert_states.write_states(connection, wrong)
    alert_states.clear_states(connection, over)
    again = {ruling.key: ruling.start for ruling in rulings if ruling.is_again}
    alert_states.clear_checkpoints(connection, again)
    points = [
        (ruling.key, point)
        for ruling in rulings
        for point in ruling.conclusion.checkpoints
        if point.until > ruling.start
    ]
    alert_states.write_checkpoints(connection, points)
    calm = {ruling.key: ruling.calm_until for ruling in rulings if ruling.calm_until}
    alert_states.write_calm(connection, calm)


def _cases(
    rulings: Sequence[Ruling], corrections: dict[object, Correction]
) -> dict[EpisodeKey, Case]:
    """Gather the episodes of which a transition is new or withdrawn."""
    cases: dict[EpisodeKey, Case] = {}
    for ruling in rulings:
        correction = corrections[ruling.key]
        changed = [entry.finding.transition for entry, _ in correction.withdraw]
        new = [finding.transition for finding in correction.append]
        for transition in (*changed, *new):
            if transition.fired_at is not None:
                key = (*ruling.key, transition.fired_at)
                cases.setdefault(key, Case(ruling, transition.fired_at))
        for transition in new:
            if transition.fired_at is not None:
                cases[*ruling.key, transition.fired_at].appended.append(transition)
    return cases


def _peaks(
    rulings: Sequence[Ruling], cases: dict[EpisodeKey, Case]
) -> dict[EpisodeKey, float | None]:
    """Give the worst values, where they may have changed, of what fires and is no case."""
    peaks: dict[EpisodeKey, float | None] = {}
    for ruling in rulings:
        state = ruling.conclusion.state
        if state.status is Status.FIRING and state.fired_at is not None:
            key = (*ruling.key, state.fired_at)
            if key not in cases and (ruling.before is None or ruling.before.peak != state.peak):
                peaks[key] = state.peak
    return peaks
