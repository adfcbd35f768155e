"""England's bank holidays, from GOV.UK's own list, which comes with the package."""

from datetime import date
from functools import cache

from govuk_bank_holidays.bank_holidays import BankHolidays


@cache
def bank_holidays() -> frozenset[date]:
    """Give the bank holidays of England and Wales that are known."""
    known = BankHolidays(use_cached_holidays=True).get_holidays(division="england-and-wales")
    return frozenset(holiday["date"] for holiday in known)
