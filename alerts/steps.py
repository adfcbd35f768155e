"""How long the intervals are that a property is judged by, and when one of them is closed.

Measured properties have hours, and quarters of an hour where a rule asks for them. What is worked
out has one step of its own: five minutes for what happens in a street, an hour, or a UTC day.
"""

from datetime import datetime, timedelta

from alerts.intervals import HOUR, lateness

FIVE_MINUTES = timedelta(minutes=5)
QUARTER = timedelta(minutes=15)
DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)

_BY_FIVE_MINUTES = frozenset({"overstay", "zone_occupancy"})
_BY_DAY = frozenset(
    {"busy_co2", "data_capture", "flat_line", "battery_days_left", "clock_drift", "sensor_doubts"}
)
_STREET_LATENESS = timedelta(minutes=2)
"""What comes later corrects what was concluded; an officer on patrol cannot wait (a decision)"""


def steps_of(name: str, *, derived: bool) -> tuple[timedelta, ...]:
    """Give the steps that a rule on a property may have, the usual one first."""
    if name in _BY_FIVE_MINUTES:
        return (FIVE_MINUTES,)
    if name in _BY_DAY:
        return (DAY,)
    return (HOUR,) if derived else (HOUR, QUARTER)


def closed(moment: datetime, step: timedelta, reporting_interval: timedelta) -> datetime:
    """Give the end of the last interval that waits for no more readings."""
    wait = _STREET_LATENESS if step == FIVE_MINUTES else lateness(reporting_interval)
    return floor(moment - wait, step)


def closes_after(step: timedelta, reporting_interval: timedelta) -> timedelta:
    """Give how long after its beginning an interval is closed."""
    wait = _STREET_LATENESS if step == FIVE_MINUTES else lateness(reporting_interval)
    return step + wait


def floor(moment: datetime, step: timedelta) -> datetime:
    """Give the beginning of the interval that a moment lies in; a day divides into whole steps."""
    since_midnight = (60 * moment.hour + moment.minute) * 60 + moment.second
    into = since_midnight % (step // _SECOND)
    if into or moment.microsecond:
        return moment - timedelta(seconds=into, microseconds=moment.microsecond)
    return moment
