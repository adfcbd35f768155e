"""Episodes are the fold of their transitions, and a history is corrected one by one."""

from datetime import UTC, datetime, timedelta

import pytest

from alerts.episodes import (
    CONTRADICTED,
    CORRECTED,
    Episode,
    EpisodeStatus,
    Stored,
    correct,
    episode,
    episode_id,
    overlap,
)
from alerts.history import Finding
from alerts.model import Kind, Severity, Transition

NOON = datetime(2026, 5, 11, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def finding(
    kind: Kind, hour: int = 0, severity: Severity = Severity.RED, value: float = 195
) -> Finding:
    """Give a finding on an hour after noon, of the episode that fired at noon."""
    at = NOON + hour * HOUR
    return Finding(Transition(kind, at, at + HOUR, severity, value, NOON, value), "1")


def test_episode_is_the_fold_of_its_findings() -> None:
    """Severity is the last, worst the highest, and an end counts until it is reopened."""
    told = [
        finding(Kind.FIRED, 0, Severity.AMBER),
        finding(Kind.RAISED, 1),
        finding(Kind.STALE, 2),
        finding(Kind.FRESH, 3),
        finding(Kind.LOWERED, 3, Severity.AMBER),
        finding(Kind.RESOLVED, 4, Severity.AMBER),
        finding(Kind.REOPENED, 5, Severity.AMBER, 160),
    ]
    assert episode(told) == Episode(
        fired_at=NOON,
        known_at=NOON + HOUR,
        version="1",
        status=EpisodeStatus.FIRING,
        severity=Severity.AMBER,
        worst=Severity.RED,
        resolved_at=None,
        peak=160,
        reopened=1,
        stale=False,
    )
    ended = episode(told[:6])
    assert ended
    assert (ended.status, ended.resolved_at) == (EpisodeStatus.RESOLVED, NOON + 5 * HOUR)
    stale = episode(told[:3])
    assert stale
    assert stale.stale


def test_no_episode_without_its_beginning() -> None:
    """What did not fire is no episode."""
    assert episode([]) is None
    assert episode([finding(Kind.RESOLVED)]) is None


def test_ids_tell_moments_apart() -> None:
    """An id is the key and the moment, to the microsecond where there is one."""
    assert episode_id("abc", NOON) == "abc-20260511T120000Z"
    assert episode_id("abc", NOON + timedelta(microseconds=7)) == "abc-20260511T120000.000007Z"


@pytest.mark.parametrize(
    ("first", "second", "shared"),
    [
        ((0, 2), (1, 3), True),
        ((0, 2), (2, 3), False),
        ((2, 3), (0, 2), False),
        ((0, None), (5, 6), True),
        ((5, 6), (0, None), True),
        ((5, None), (0, 5), False),
        ((0, None), (1, None), True),
    ],
)
def test_overlap_is_a_shared_moment(
    first: tuple[int, int | None], second: tuple[int, int | None], *, shared: bool
) -> None:
    """Two stretches overlap when they share a moment; one that touches the other does not."""

    def times(hours: tuple[int, int | None]) -> tuple[datetime, datetime | None]:
        start, end = hours
        return NOON + start * HOUR, None if end is None else NOON + end * HOUR

    assert overlap(times(first), times(second)) is shared


def test_correction_appends_what_is_missing_and_withdraws_the_rest() -> None:
    """What stands and should, stays; each withdrawal says why."""
    kept, changed, wrong = (
        Stored(1, finding(Kind.FIRED)),
        Stored(2, finding(Kind.RAISED, 1)),
        Stored(3, finding(Kind.RESOLVED, 2)),
    )
    new = [finding(Kind.RAISED, 1, value=200), finding(Kind.RESOLVED, 3)]
    correction = correct([kept, changed, wrong], [kept.finding, *new])
    assert correction.withdraw == ((changed, CORRECTED), (wrong, CONTRADICTED))
    assert list(correction.append) == new
