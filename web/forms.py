"""What forms have in common: times as people write them, and mistakes beside their fields."""

from collections.abc import Mapping
from datetime import UTC, datetime

from web import wording

Errors = list[tuple[str, str]]
"""What is wrong with a form: the field, and a sentence."""


def time_of(text: str) -> datetime | None:
    """Read a time of the clock on the wall in London; None when it is none."""
    try:
        time = datetime.fromisoformat(text.strip())
        return (time if time.tzinfo else time.replace(tzinfo=wording.LONDON)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def field_time(time: datetime) -> str:
    """Write a time for a field of the kind `datetime-local`, in London's time.

    A time is rounded down to the minute, which is what such a field holds.
    """
    return f"{time.astimezone(wording.LONDON):%Y-%m-%dT%H:%M}"


def past_time(text: str, name: str, now: datetime, errors: Errors) -> datetime:
    """Read when something happened: empty is now; what is no time, or is to come, is a mistake."""
    if not text.strip():
        return now
    time = time_of(text)
    if time is None:
        errors.append((name, "Write the time as 2026-11-23 11:20"))
    elif time > now:
        errors.append((name, f"Give a time that is past: it is {wording.when(now)} now"))
    return now if time is None else time


def words(form: Mapping[str, object]) -> dict[str, str]:
    """Give what a form holds, to be shown again."""
    return {name: "" if value is None else str(value) for name, value in form.items()}
