"""When a bay's stay limit holds: as it is registered, read into restrictions.

    limit_minutes            60
    limit_hours              Mon-Fri 08:30-18:30; Sat 08:30-13:00     absent: it always holds
    limit_on_bank_holidays   yes                                      absent: it does not

Hours are those of the clock in Europe/London. A day may have several spans of time, each a part of
its own. A span ends on its own day, at 24:00 at the latest.
"""

from collections.abc import Mapping
from datetime import UTC, time, timedelta

from alerts.indices.parking_measures import ALWAYS, Restriction

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_SHAPE = "write Mon-Fri 08:30-18:30; Sat 08:30-13:00"
_END_OF_DAY = "24:00"
_NO_TIME = time(tzinfo=UTC)
"""Is never taken: a limit goes by the clock in Europe/London"""


def restrictions(detail: Mapping[str, object]) -> tuple[Restriction, ...]:
    """Give the restrictions of a bay from the registry; none without a limit.

    Hours that nobody can read, which a list of devices would not have brought in, hold always.
    """
    minutes = detail.get("limit_minutes")
    if not isinstance(minutes, int | float):
        return ()
    limit, text = timedelta(minutes=minutes), detail.get("limit_hours")
    holidays = detail.get("limit_on_bank_holidays") == "yes"
    always = Restriction(*ALWAYS, limit, on_bank_holidays=True, is_always=True)
    try:
        return read(text, limit, on_bank_holidays=holidays) if isinstance(text, str) else (always,)
    except ValueError:
        return (always,)


def read(text: str, limit: timedelta, *, on_bank_holidays: bool) -> tuple[Restriction, ...]:
    """Read the hours of a limit.

    Raises:
        ValueError: a part is not of days and a span of time, or the span does not go forward.
    """
    found = []
    for part in text.split(";"):
        named, space, span = part.strip().partition(" ")
        days, (begins, ends) = _days(part, named), _span(part, span if space else "")
        found.append(Restriction(days, begins, ends, limit, on_bank_holidays=on_bank_holidays))
    return tuple(found)


def _days(part: str, named: str) -> frozenset[int]:
    first, _, last = named.partition("-")
    last = last or first
    if first not in _DAYS or last not in _DAYS or _DAYS.index(last) < _DAYS.index(first):
        raise ValueError(f"`{part.strip()}` begins with no days: {_SHAPE}")
    return frozenset(range(_DAYS.index(first), _DAYS.index(last) + 1))


def _span(part: str, span: str) -> tuple[time, time]:
    begin, _, end = span.strip().partition("-")
    try:
        begins = time.fromisoformat(begin)
        ends = time.max if end == _END_OF_DAY else time.fromisoformat(end)
    except ValueError:
        begins = ends = _NO_TIME
    if begins.tzinfo or ends.tzinfo:
        raise ValueError(f"`{part.strip()}` ends with no span of time: {_SHAPE}")
    if ends <= begins:
        raise ValueError(
            f"`{part.strip()}` does not go forward: one that goes past midnight is two parts, "
            f"each with its days"
        )
    return begins, ends
