"""England's bank holidays, as GOV.UK publishes them, from the copy that comes with a package.

Nothing is asked of the network. The copy ends some years ahead; a deadline beyond it is refused
(`alerts.clocks.HolidaysUnknown`) until the package is brought up to date.
"""

from datetime import date
from functools import cache

from govuk_bank_holidays.bank_holidays import BankHolidays

from alerts.clocks import Holidays


@cache
def england() -> Holidays:
    """Give the bank holidays of England and Wales, and up to when they are known."""
    division = BankHolidays.ENGLAND_AND_WALES
    known = BankHolidays(use_cached_holidays=True).get_holidays(division=division)
    days = frozenset(holiday["date"] for holiday in known)
    return Holidays(days, date(max(days).year, 12, 31))
