"""Who is told what: nobody twice, nobody of the past."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import event, given
from hypothesis import strategies as st

from alerts.model import Kind, Severity, Transition
from alerts.notices import LATE, Notice, NoticeKind, Told, is_late, notices, withdrawal

NOON = datetime(2026, 5, 11, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def change(kind: Kind, hour: int = 0, severity: Severity = Severity.RED) -> Transition:
    """Give a transition that could be known so many hours after noon."""
    known_at = NOON + hour * HOUR
    return Transition(kind, known_at - HOUR, known_at, severity, 195, NOON - HOUR)


def told(*changes: Transition, clock: datetime = NOON) -> list[tuple[NoticeKind, Severity, int]]:
    """Give what a channel that knows of nothing is told."""
    _, notes = notices(Told(), changes, clock)
    return [(note.kind, note.severity, note.step) for note in notes]


def test_story_of_an_episode() -> None:
    """It fires, rises, falls unsaid, and ends: three messages, numbered."""
    changes = (
        change(Kind.FIRED, severity=Severity.AMBER),
        change(Kind.RAISED, 1),
        change(Kind.LOWERED, 2, Severity.AMBER),
        change(Kind.STALE, 3, Severity.AMBER),
        change(Kind.RESOLVED, 9, Severity.AMBER),
    )
    assert told(*changes) == [
        (NoticeKind.FIRED, Severity.AMBER, 0),
        (NoticeKind.RAISED, Severity.RED, 1),
        (NoticeKind.RESOLVED, Severity.AMBER, 2),
    ]


def test_reopening_is_told_only_when_it_is_worse() -> None:
    """An episode that opens again is not told again, nor its second end, unless it rose."""
    amber = Severity.AMBER
    same = (
        change(Kind.FIRED, 0, amber),
        change(Kind.RESOLVED, 1, amber),
        change(Kind.REOPENED, 2, amber),
        change(Kind.RESOLVED, 3, amber),
    )
    assert [kind for kind, _, _ in told(*same)] == [NoticeKind.FIRED, NoticeKind.RESOLVED]
    worse = (*same[:2], change(Kind.REOPENED, 2), change(Kind.RESOLVED, 3))
    assert [kind for kind, _, _ in told(*worse)] == [
        NoticeKind.FIRED,
        NoticeKind.RESOLVED,
        NoticeKind.RAISED,
        NoticeKind.RESOLVED,
    ]


def test_late_finding_is_not_told_nor_its_end() -> None:
    """Six hours and a second after it could be known, nobody is told that it fired or ended."""
    late = NOON + LATE + timedelta(seconds=1)
    assert is_late(NOON, late)
    assert not is_late(NOON, NOON + LATE)
    changes = (change(Kind.FIRED), change(Kind.RESOLVED, 1))
    assert told(*changes, clock=late) == []
    assert len(told(*changes, clock=NOON + LATE)) == 2


def test_late_finding_that_rises_now_is_told_as_new() -> None:
    """Who was not told of the beginning is told that it fires, at what it has risen to."""
    changes = (change(Kind.FIRED, -9, Severity.AMBER), change(Kind.RAISED))
    assert told(*changes) == [(NoticeKind.FIRED, Severity.RED, 0)]


def test_end_is_told_however_late() -> None:
    """Who was told that it fires is told that it is over, also when we learn that late."""
    _, notes = notices(Told(Severity.RED, notices=1), [change(Kind.RESOLVED)], NOON + 2 * LATE)
    assert [(note.kind, note.step) for note in notes] == [(NoticeKind.RESOLVED, 1)]


def test_what_never_was_is_told_to_who_was_told() -> None:
    """A withdrawal is told once, to those who believe that it fires; it may fire anew then."""
    after, notes = withdrawal(Told(Severity.RED, notices=1), Severity.RED)
    assert [(note.kind, note.step, note.transition) for note in notes] == [
        (NoticeKind.WITHDRAWN, 1, None)
    ]
    assert withdrawal(after, Severity.RED) == (after, ())
    ended = Told(Severity.RED, over=True, notices=2)
    assert withdrawal(ended, Severity.RED) == (ended, ())
    assert notices(after, [change(Kind.FIRED)], NOON)[1][0].step == 2


@given(
    st.lists(st.tuples(st.sampled_from(list(Kind)), st.sampled_from(list(Severity)))),
    st.lists(st.integers(0, 30), max_size=4),
)
def test_batches_of_changes_are_told_as_one_by_one(
    drawn: list[tuple[Kind, Severity]], cuts: list[int]
) -> None:
    """However the changes come, the same is told, with steps that never repeat."""
    changes = [change(kind, hour, severity) for hour, (kind, severity) in enumerate(drawn)]
    _, at_once = notices(Told(), changes, NOON)
    state = Told()
    apart: list[Notice] = []
    bounds = sorted({0, len(changes), *(cut for cut in cuts if cut < len(changes))})
    for start, end in pairwise(bounds):
        state, notes = notices(state, changes[start:end], NOON)
        apart += notes
    assert apart == list(at_once)
    assert [note.step for note in at_once] == list(range(len(at_once)))
    event(f"{min(len(at_once), 4)} messages or more")
