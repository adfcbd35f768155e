"""Working days of the law rest on GOV.UK's own list."""

from datetime import date

from alerts.bank_holidays import england


def test_substitute_days() -> None:
    """Boxing Day 2026 is a Saturday, so Monday is the holiday; Christmas 2027 has two."""
    days = england().days
    assert date(2026, 12, 28) in days
    assert {date(2027, 12, 27), date(2027, 12, 28)} <= days
    assert date(2026, 12, 29) not in days


def test_how_far_the_list_reaches() -> None:
    """The list says up to when it is whole."""
    assert england().known_until >= date(2027, 12, 31)
