"""The history of alerts: transitions, which are never changed, and the episodes they make."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from alerts.episodes import Episode, EpisodeStatus, Stored
from alerts.history import Finding
from alerts.model import Kind, Severity, Transition
from alerts.notices import Told
from storage.alert_states import Key
from storage.connection import Connection
from storage.packing import to_json
from storage.queries import SQL

EpisodeKey = tuple[int, str, datetime]
"""The subject's number, the rule's id, and when it fired."""

Channels = Mapping[str, Told]
"""What each channel was told of an episode."""

_TOLD = msgspec.json.Decoder(dict[str, Told])


@dataclass(frozen=True, slots=True)
class KnownAlert:
    """An episode as it is stored, as far as telling people needs it."""

    id: str
    key: EpisodeKey
    status: EpisodeStatus
    worst: Severity
    resolved_at: datetime | None
    told: Channels


@dataclass(frozen=True, slots=True)
class AlertRow:
    """An episode to be stored."""

    id: str
    key: str
    rule_id: str
    subject_id: int
    device_id: int | None
    """None: the alert is of a place, and whatever device was there comes from the registry"""
    place_id: int | None
    series_id: int | None
    labels: Mapping[str, str]
    title: str
    episode: Episode
    late: bool
    told: Channels


def standing(connection: Connection, since: Mapping[Key, datetime]) -> dict[Key, list[Stored]]:
    """Read what stands of each rule and subject after a time."""
    if not since:
        return {}
    wanted = {**_keys(since), "since": list(since.values())}
    found: dict[Key, list[Stored]] = {}
    for subject, rule, *rest in connection.execute(SQL["transitions_standing"], wanted):
        found.setdefault((subject, rule), []).append(_stored(*rest))
    return found


def of_episodes(
    connection: Connection, episodes: Sequence[EpisodeKey]
) -> dict[EpisodeKey, list[Finding]]:
    """Read what stands of episodes, in the order of time; an end comes last at its moment."""
    wanted = {
        **_keys((subject, rule) for subject, rule, _ in episodes),
        "fired": [fired_at for _, _, fired_at in episodes],
    }
    found: dict[EpisodeKey, list[Finding]] = {key: [] for key in episodes}
    for subject, rule, *rest in connection.execute(SQL["transitions_of_episodes"], wanted):
        finding = _stored(*rest).finding
        fired_at = finding.transition.fired_at
        if fired_at is not None:
            found[subject, rule, fired_at].append(finding)
    for findings in found.values():
        findings.sort(key=_order)
    return found


def _order(finding: Finding) -> tuple[datetime, bool]:
    return finding.transition.known_at, finding.transition.kind is Kind.RESOLVED


def _stored(  # noqa: PLR0913, PLR0917 - the columns of a row
    number: int,
    version: str,
    kind: str,
    at: datetime,
    known_at: datetime,
    severity: str,
    value: float | None,
    fired_at: datetime | None,
    peak: float | None,
) -> Stored:
    transition = Transition(Kind(kind), at, known_at, Severity(severity), value, fired_at, peak)
    return Stored(number, Finding(transition, version))


def append(connection: Connection, findings: Sequence[tuple[Key, Finding]], now: datetime) -> None:
    """Record transitions."""
    if not findings:
        return
    told = [finding.transition for _, finding in findings]
    connection.execute(
        SQL["transitions_append"],
        {
            **_keys(key for key, _ in findings),
            "versions": [finding.version for _, finding in findings],
            "kinds": [transition.kind for transition in told],
            "at": [transition.at for transition in told],
            "known_at": [transition.known_at for transition in told],
            "severities": [transition.severity for transition in told],
            "values": [transition.value for transition in told],
            "fired_at": [transition.fired_at for transition in told],
            "peaks": [transition.peak for transition in told],
            "now": now,
        },
    )


def withdraw(
    connection: Connection, transitions: Sequence[tuple[Stored, str]], now: datetime
) -> None:
    """Mark transitions that should not have been, each with the reason."""
    if transitions:
        connection.execute(
            SQL["transitions_withdraw"],
            {
                "ids": [stored.id for stored, _ in transitions],
                "whys": [why for _, why in transitions],
                "now": now,
            },
        )


def labels(connection: Connection, devices: Sequence[int]) -> dict[int, dict[str, str]]:
    """Read what is said of devices; a tag gives way to a word of ours."""
    found: dict[int, dict[str, str]] = {}
    for number, *words, tags in connection.execute(SQL["labels_read"], {"devices": list(devices)}):
        names = ("dev_eui", "device_name", "device_profile", "application", "environment")
        found[number] = {**tags, **dict(zip(names, words, strict=True))}
    return found


def labels_of_places(connection: Connection, places: Sequence[int]) -> dict[int, dict[str, str]]:
    """Read what is said of places, with the dwelling, site or zone that each is or lies in."""
    found: dict[int, dict[str, str]] = {}
    rows = connection.execute(SQL["labels_of_places"], {"places": list(places)})
    for number, public_id, kind, name, parent_kind, parent in rows:
        found[number] = {"place": public_id, "place_kind": kind, "place_name": name}
        found[number][parent_kind or kind] = parent or public_id
    return found


def devices_at(connection: Connection, places: Sequence[int]) -> dict[int, list[int]]:
    """List the devices that are or were at places."""
    found: dict[int, list[int]] = {}
    for place, device in connection.execute(SQL["devices_at_places"], {"places": list(places)}):
        found.setdefault(place, []).append(device)
    return found


def known(connection: Connection, ids: Sequence[str], keys: Sequence[Key]) -> dict[str, KnownAlert]:
    """Read episodes by their ids, and all withdrawn ones of the same rules and subjects."""
    wanted = {**_keys(keys), "ids": list(ids)}
    return {
        row[0]: KnownAlert(
            row[0],
            (row[1], row[2], row[5]),
            EpisodeStatus(row[3]),
            Severity(row[4]),
            row[6],
            _TOLD.decode(row[7]),
        )
        for row in connection.execute(SQL["alerts_read"], wanted)
    }


def withdraw_alerts(connection: Connection, told: Mapping[str, Channels], now: datetime) -> None:
    """Mark episodes that never were."""
    if told:
        connection.execute(
            SQL["alerts_withdraw"],
            {"ids": list(told), "told": [_json(each) for each in told.values()], "now": now},
        )


def write_alerts(connection: Connection, rows: Sequence[AlertRow], now: datetime) -> None:
    """Set what episodes are."""
    if not rows:
        return
    columns: dict[str, list[Any]] = {name: [] for name in _columns(rows[0])}
    for row in rows:
        for name, value in _columns(row).items():
            columns[name].append(value)
    connection.execute(SQL["alerts_write"], {**columns, "now": now})


def _columns(row: AlertRow) -> dict[str, object]:
    episode = row.episode
    return {
        "ids": row.id,
        "keys": row.key,
        "rules": row.rule_id,
        "versions": episode.version,
        "subjects": row.subject_id,
        "devices": row.device_id,
        "places": row.place_id,
        "series": row.series_id,
        "labels": _json(row.labels),
        "titles": row.title,
        "statuses": episode.status,
        "severities": episode.severity,
        "worst": episode.worst,
        "fired_at": episode.fired_at,
        "known_at": episode.known_at,
        "resolved_at": episode.resolved_at,
        "peaks": episode.peak,
        "reopened": episode.reopened,
        "stale": episode.stale,
        "late": row.late,
        "told": _json(row.told),
    }


def write_peaks(
    connection: Connection, peaks: Mapping[EpisodeKey, float | None], now: datetime
) -> None:
    """Set the worst values of episodes that fire."""
    if peaks:
        connection.execute(
            SQL["alerts_peak"],
            {
                **_keys((subject, rule) for subject, rule, _ in peaks),
                "fired": [fired_at for _, _, fired_at in peaks],
                "peaks": list(peaks.values()),
                "now": now,
            },
        )


def _json(value: object) -> str:
    return to_json(value).decode()


def _keys(keys: Iterable[Key]) -> dict[str, object]:
    pairs = list(keys)
    return {"subjects": [subject for subject, _ in pairs], "rules": [rule for _, rule in pairs]}
