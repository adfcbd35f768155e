"""Which episodes there are after a correction of history, and who must be told what of them.

An episode that later data only moved in time takes over what was told of the one it replaces. One
that never was is told so to those who had been told of it, unless the message still waits: then it
is never sent. Of what decoding stored uplinks again brings to light, or takes away, nobody is told.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from alerts import notices
from alerts.episodes import Episode, EpisodeStatus, episode, episode_id, overlap
from alerts.evaluate import key as alert_key
from alerts.model import Severity, Status, Transition
from alerts.notices import Notice, Told
from alerts.notify.log_channel import LOG
from alerts.notify.message import Message
from ingest.court import Ruling, Times
from storage import alerts, outbox
from storage.alert_states import Key
from storage.alerts import AlertRow, EpisodeKey, KnownAlert
from storage.connection import Connection
from storage.outbox import OutgoingNotice
from storage.redecoding import quiet_until
from storage.schedules import Subject

SETTLING = timedelta(minutes=10)
"""So long people are not told of a silence: after an outage of ours all devices seem silent until
what the broker kept is stored"""


@dataclass(slots=True)
class Case:
    """An episode of which something changed."""

    ruling: Ruling
    fired_at: datetime
    appended: list[Transition] = field(default_factory=list)
    episode: Episode | None = None
    """None: it never was"""
    told: dict[str, Told] = field(default_factory=dict)
    notices: list[tuple[str, Notice]] = field(default_factory=list)
    """By channel"""

    @property
    def key(self) -> str:
        """What the alert is about."""
        return alert_key(self.ruling.rule.id, _scope(self.ruling.subject))

    @property
    def id(self) -> str:
        """The episode's id."""
        return episode_id(self.key, self.fired_at)


def _scope(subject: Subject) -> Mapping[str, str]:
    if not subject.observed_property:
        return {"dev_eui": subject.dev_eui}
    owner = {"place": subject.place} if subject.place else {"dev_eui": subject.dev_eui}
    return {
        **owner,
        "channel": subject.channel,
        "observed_property": subject.observed_property,
    }


def tell(
    connection: Connection,
    cases: Mapping[EpisodeKey, Case],
    channels: Sequence[str],
    times: Times,
) -> None:
    """Set what the episodes are, and put in the outbox what is to be told."""
    if not cases:
        return
    standing = alerts.of_episodes(connection, list(cases))
    for key, case in cases.items():
        case.episode = _with_peak(case, episode(standing[key]))
    known = alerts.known(
        connection,
        [case.id for case in cases.values()],
        list({case.ruling.key for case in cases.values()}),
    )
    for case in cases.values():
        case.told = dict(known[case.id].told) if case.id in known else {}
    heirs = _hand_over(cases, known)
    never = [case for case in cases.values() if case.episode is None and case.id in known]
    orphans = [case for case in never if case.id not in heirs]
    cancelled = outbox.cancel(connection, [case.id for case in orphans], times.wall)
    quiet = _quiet(connection, [case.ruling.subject for case in cases.values()])
    for case in cases.values():
        if case.episode:
            _tell_what_stands(case, channels, times, quiet.get(case.ruling.subject.id))
    for case in orphans:
        hushed = quiet.get(case.ruling.subject.id)
        told = channels if hushed is None or case.fired_at > hushed else ()
        _tell_what_never_was(case, told, cancelled, known[case.id].worst)
    gone = {case.id: case.told for case in never} | heirs
    alerts.withdraw_alerts(connection, gone, times.wall)
    _write(connection, list(cases.values()), times)


def _quiet(connection: Connection, subjects: Sequence[Subject]) -> dict[int, datetime]:
    """Give up to when nobody is told of subjects: of a place, if of any device that was there."""
    places = {subject.id: subject.place_id for subject in subjects if subject.place_id is not None}
    there = alerts.devices_at(connection, sorted(set(places.values())))
    devices = {
        subject.id: there.get(subject.place_id, [])
        if subject.place_id is not None
        else [subject.device_id]
        for subject in subjects
    }
    wanted = {device for several in devices.values() for device in several if device is not None}
    quiet = quiet_until(connection, sorted(wanted))
    found = {
        number: [quiet[device] for device in several if device in quiet]
        for number, several in devices.items()
    }
    return {number: max(until) for number, until in found.items() if until}


def _with_peak(case: Case, found: Episode | None) -> Episode | None:
    """Take the worst value from the state as long as the episode fires: it may be newer."""
    state = case.ruling.conclusion.state
    if found and state.status is Status.FIRING and state.fired_at == case.fired_at:
        return replace(found, peak=state.peak)
    return found


def _hand_over(
    cases: Mapping[EpisodeKey, Case], known: Mapping[str, KnownAlert]
) -> dict[str, dict[str, Told]]:
    """Let episodes that stand take over from those that do not, where they overlap.

    Gives what remains told of those that were taken over, by their ids.
    """
    standing: dict[Key, list[Case]] = {}
    for case in cases.values():
        if case.episode:
            standing.setdefault(case.ruling.key, []).append(case)
    live = {case.id for group in standing.values() for case in group}
    taken: dict[str, dict[str, Told]] = {}
    for past in known.values():
        heir = _heir(past, standing.get(past.key[:2], []))
        is_told = any(told.severity for told in past.told.values())
        if past.id not in live and heir and is_told:
            _take_over(heir, past.told)
            taken[past.id] = {
                channel: Told(notices=told.notices) for channel, told in past.told.items()
            }
    return taken


def _heir(past: KnownAlert, standing: Sequence[Case]) -> Case | None:
    gone = (past.key[2], past.resolved_at)
    for case in standing:
        if case.episode and overlap(gone, (case.fired_at, case.episode.resolved_at)):
            return case
    return None


def _take_over(heir: Case, inherited: Mapping[str, Told]) -> None:
    for channel, told in inherited.items():
        if told.severity is not None:
            own = heir.told.get(channel, Told())
            heir.told[channel] = Told(
                severity=max(own.severity or told.severity, told.severity, key=_rank),
                over=told.over and (own.over or own.severity is None),
                notices=own.notices,
            )


def _rank(severity: Severity) -> int:
    return severity.rank


def _tell_what_stands(
    case: Case, channels: Sequence[str], times: Times, quiet: datetime | None
) -> None:
    """Tell of what is new, but not of what is of the past of uplinks that were decoded again."""
    new = sorted(
        (each for each in case.appended if quiet is None or each.known_at > quiet),
        key=lambda transition: transition.known_at,
    )
    for channel in channels:
        told, notes = notices.notices(case.told.get(channel, Told()), new, times.clock)
        case.told[channel] = told
        case.notices += [(channel, note) for note in notes]


def _tell_what_never_was(
    case: Case, channels: Sequence[str], cancelled: set[tuple[str, str]], worst: Severity
) -> None:
    for channel, told in case.told.items():
        if (case.id, channel) in cancelled:
            case.told[channel] = Told(notices=told.notices)
        elif channel in channels:
            case.told[channel], notes = notices.withdrawal(told, worst)
            case.notices += [(channel, note) for note in notes]


def _write(
    connection: Connection,
    cases: Sequence[Case],
    times: Times,
) -> None:
    """Write the episodes, those that are over first: a key has one open episode at any moment."""
    labels = _said(connection, [case.ruling.subject for case in cases])
    rows = [
        _row(case, case.episode, labels[case.ruling.subject.id], times)
        for case in cases
        if case.episode
    ]
    rows.sort(key=lambda row: row.episode.status is EpisodeStatus.FIRING)
    alerts.write_alerts(connection, rows, times.wall)
    outbox.write(
        connection,
        [
            _outgoing(case, channel, notice, labels[case.ruling.subject.id])
            for case in cases
            for channel, notice in case.notices
        ],
        times.wall,
    )


def _said(connection: Connection, subjects: Sequence[Subject]) -> dict[int, Mapping[str, str]]:
    """Read what is said of the devices or places of subjects, by the subjects' numbers."""
    devices = {subject.device_id for subject in subjects if subject.device_id is not None}
    places = {subject.place_id for subject in subjects if subject.place_id is not None}
    of_devices = alerts.labels(connection, sorted(devices))
    of_places = alerts.labels_of_places(connection, sorted(places))
    found: dict[int, Mapping[str, str]] = {}
    for subject in subjects:
        if subject.place_id is not None:
            said = of_places[subject.place_id]
            found[subject.id] = {**said, "environment": subject.environment}
        elif subject.device_id is not None:
            found[subject.id] = of_devices[subject.device_id]
    return found


def _row(case: Case, found: Episode, labels: Mapping[str, str], times: Times) -> AlertRow:
    subject = case.ruling.subject
    return AlertRow(
        id=case.id,
        key=case.key,
        rule_id=case.ruling.rule.id,
        subject_id=subject.id,
        device_id=subject.device_id,
        place_id=subject.place_id,
        series_id=subject.id if subject.observed_property else None,
        labels=_labels(case, labels),
        title=case.ruling.rule.title,
        episode=found,
        late=notices.is_late(found.known_at, times.clock),
        told=case.told,
    )


def _labels(case: Case, labels: Mapping[str, str]) -> dict[str, str]:
    subject = case.ruling.subject
    group = labels.get(case.ruling.rule.group_by) or subject.place or subject.dev_eui
    logged = {"log": case.ruling.rule.log} if case.ruling.rule.log else {}
    return {**labels, **_scope(subject), **logged, "group": group}


def _outgoing(
    case: Case, channel: str, notice: Notice, labels: Mapping[str, str]
) -> OutgoingNotice:
    rule, cause = case.ruling.rule, notice.transition
    return OutgoingNotice(
        idempotency_key=f"{case.id}:{notice.kind}:{notice.step}:{channel}",
        alert_id=case.id,
        channel=channel,
        message=Message(
            episode=case.id,
            kind=notice.kind,
            severity=notice.severity,
            rule=rule.id,
            rule_version=case.episode.version if case.episode else rule.version,
            title=rule.title,
            advice=rule.message,
            fired_at=case.fired_at,
            at=cause.at if cause else None,
            known_at=cause.known_at if cause else None,
            value=cause.value if cause else None,
            labels=_labels(case, labels),
        ),
        hold=SETTLING if rule.silence and channel != LOG else timedelta(0),
    )
