"""What of a home may be kept no longer: ends of tenancies, ages, and the cases that hold it."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from storage.retention_plan import (
    BEGINNING,
    END,
    HeldCase,
    Policy,
    Span,
    due,
    joined,
    midnight,
    months_before,
    within,
    without,
)

NOW = datetime(2026, 11, 24, 14, tzinfo=UTC)
POLICY = Policy()
MONTHS_AGO = datetime(2024, 11, 24, tzinfo=UTC)
YEARS_AGO = datetime(2020, 11, 24, tzinfo=UTC)
FIRST = Span(midnight(date(2022, 3, 1)), midnight(date(2026, 6, 1)))
SECOND = Span(midnight(date(2026, 6, 10)), END)


@pytest.mark.parametrize(
    ("now", "months", "expected"),
    [
        (datetime(2026, 11, 24, 0, 30, tzinfo=UTC), 24, datetime(2024, 11, 24, tzinfo=UTC)),
        (datetime(2026, 6, 30, 23, 30, tzinfo=UTC), 1, datetime(2026, 5, 31, 23, tzinfo=UTC)),
        (datetime(2026, 3, 31, 12, tzinfo=UTC), 1, datetime(2026, 2, 28, tzinfo=UTC)),
        (datetime(2024, 2, 29, 12, tzinfo=UTC), 12, datetime(2023, 2, 28, tzinfo=UTC)),
        (datetime(2026, 1, 15, 12, tzinfo=UTC), 13, datetime(2024, 12, 15, tzinfo=UTC)),
    ],
)
def test_months(now: datetime, months: int, expected: datetime) -> None:
    """Months are those of London's calendar; a day that a month does not have is its last."""
    assert months_before(now, months) == expected


def test_home_without_a_tenancy() -> None:
    """Readings are kept for 24 months and means for 6 years, whoever lives there."""
    found = due([], [], NOW, POLICY)
    assert found.readings == (Span(BEGINNING, MONTHS_AGO),)
    assert found.means == (Span(BEGINNING, YEARS_AGO),)


def test_tenancy_that_ended() -> None:
    """Both go for the whole tenancy; those of the next tenant stay."""
    found = due([FIRST, SECOND], [], NOW, POLICY)
    assert found.readings == (Span(BEGINNING, FIRST.end),)
    assert found.means == (Span(BEGINNING, YEARS_AGO), FIRST)


@pytest.mark.parametrize(("days", "is_over"), [(30, False), (31, True)])
def test_late_readings_are_waited_for(days: int, is_over: bool) -> None:  # noqa: FBT001
    """Nothing goes before a reading of the last day can come no more."""
    now = FIRST.end + timedelta(days=days)
    assert (FIRST.end in [span.end for span in due([FIRST], [], now, POLICY).means]) is is_over


def test_open_case_holds_its_tenancy() -> None:
    """Readings and means stay, of any age, of the tenancy that an open case is about alone."""
    case = HeldCase(FIRST.start + timedelta(days=100), None)
    found = due([FIRST, SECOND], [case], NOW, POLICY)
    assert found.readings == (Span(BEGINNING, FIRST.start),)
    assert found.means == (Span(BEGINNING, YEARS_AGO),)
    later = due([FIRST, SECOND], [case], NOW + timedelta(days=3000), POLICY)
    assert later.readings == (Span(BEGINNING, FIRST.start), Span(FIRST.end, later.readings[-1].end))


def test_closed_case_holds_means_for_six_years() -> None:
    """Hours stay for six years from its closing; readings no longer than others."""
    closed = midnight(date(2026, 5, 1))
    case = HeldCase(closed - timedelta(days=50), closed)
    found = due([FIRST, SECOND], [case], NOW, POLICY)
    assert found.readings == (Span(BEGINNING, FIRST.end),)
    assert found.means == (Span(BEGINNING, YEARS_AGO),)
    day_before = due([FIRST, SECOND], [case], midnight(date(2032, 4, 30)), POLICY)
    assert FIRST.end not in [span.end for span in day_before.means]
    assert day_before.means[0].end == FIRST.start
    after = due([FIRST, SECOND], [case], midnight(date(2032, 5, 1)), POLICY)
    assert after.means[0] == Span(BEGINNING, FIRST.end)


def test_case_of_no_tenancy_holds_all() -> None:
    """What a case between two tenancies is about nobody can say, so all stays while it is open."""
    case = HeldCase(FIRST.end + timedelta(days=2), None)
    found = due([FIRST, SECOND], [case], NOW, POLICY)
    assert (found.readings, found.means) == ((), ())


MOMENTS = st.datetimes(datetime(2012, 1, 1), datetime(2030, 1, 1)).map(  # noqa: DTZ001
    lambda moment: moment.replace(tzinfo=UTC)
)
SPANS = st.tuples(MOMENTS, st.integers(1, 3000)).map(
    lambda told: Span(told[0], told[0] + timedelta(days=told[1]))
)
CASES = st.builds(
    HeldCase, MOMENTS, st.none() | st.integers(0, 900).map(lambda days: NOW - timedelta(days))
)
POLICIES = st.builds(
    Policy, st.integers(1, 100), st.integers(1, 8), days_after_tenancy=st.integers(31, 90)
)


def _holds(spans: tuple[Span, ...], moment: datetime) -> bool:
    return any(span.start <= moment < span.end for span in spans)


@given(
    st.lists(SPANS, max_size=4),
    st.lists(CASES, max_size=3),
    POLICIES,
    st.lists(MOMENTS, min_size=1, max_size=20),
)
def test_every_moment_is_kept_or_erased_for_a_reason(
    tenancies: list[Span], cases: list[HeldCase], policy: Policy, moments: list[datetime]
) -> None:
    """Moment by moment: means go only with readings, what a case holds stays, the rest is due."""
    found = due(tenancies, cases, NOW, policy)
    over = [t for t in tenancies if t.end + timedelta(days=policy.days_after_tenancy) <= NOW]
    for moment in [*moments, *(span.start for span in tenancies)]:
        is_about = [
            case
            for case in cases
            if not (mine := [t for t in tenancies if t.start <= case.aware_at < t.end])
            or _holds(tuple(mine), moment)
        ]
        is_open = any(case.closed_at is None for case in is_about)
        is_old = moment < months_before(NOW, policy.readings_months)
        expected = (is_old or _holds(tuple(over), moment)) and not is_open
        event(f"held: {is_open}, erased: {expected}")
        assert _holds(found.readings, moment) is expected
        if _holds(found.means, moment):
            assert expected
            years = months_before(NOW, 12 * policy.means_years)
            assert all(case.closed_at and case.closed_at <= years for case in is_about)


@given(st.lists(SPANS, max_size=6), st.lists(SPANS, max_size=6), MOMENTS)
def test_spans(spans: list[Span], held: list[Span], moment: datetime) -> None:
    """Joined spans hold the same moments, do not touch, and lose what is held."""
    left = without(spans, held)
    expected = _holds(tuple(spans), moment) and not _holds(tuple(held), moment)
    assert _holds(left, moment) is expected
    whole = joined(spans)
    assert all(one.end < two.start for one, two in pairwise(whole))
    for period in held[:1]:
        inside = moment >= period.start and moment < period.end
        assert _holds(tuple(within(spans, period)), moment) is (
            _holds(tuple(spans), moment) and inside
        )
