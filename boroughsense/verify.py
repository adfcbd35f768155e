"""A database held against a truth file: every difference is one sentence.

What is compared: the account by outcome and reason, the uplinks, the readings of every series, the
valid hourly means that are closed, and the episodes of the rules that the truth speaks of.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from math import isclose
from typing import Any

from storage import account, conclusions, overview
from storage.account import Account
from storage.conclusions import Episode, Hour, Series
from storage.connection import Connection

_SPOKEN_OF = ("D1", "E1", "H3")
"""The rules of a truth file that does not say which it predicts"""
TOLERANCE = 1e-6


def differences(connection: Connection, truth: Mapping[str, Any]) -> Iterator[str]:
    """Give a sentence for everything in which the database is not what the truth says."""
    yield from _account(connection, truth)
    yield from _readings(connection, truth)
    yield from _hours(connection, truth)
    yield from _episodes(connection, truth)


def _differs(what: str, held: object, expected: object) -> Iterator[str]:
    if held != expected:
        yield f"{what}: {held} in the database, {expected} expected"


def _account(connection: Connection, truth: Mapping[str, Any]) -> Iterator[str]:
    books = account.account(connection)
    if "stored" in truth:
        yield from _messages(books, truth)
        yield from _differs("other events", conclusions.events(connection), truth.get("events", {}))
    yield from _differs("messages refused", dict(books.by_reason), truth["by_reason"])
    yield from _differs("uplinks", overview.overview(connection).uplinks, truth["uplinks"])
    for gap in books.possible_gaps:
        yield f"a possible gap from {gap.start.isoformat()} to {gap.end.isoformat()}: {gap.why}"


def _messages(books: Account, truth: Mapping[str, Any]) -> Iterator[str]:
    """Compare the numbers of messages; through gateways only the network server knows them."""
    doubtful = int(truth.get("repeated", 0)) + int(truth.get("unconfirmed", 0))
    yield from _differs("messages stored", books.stored, truth["stored"])
    if not 0 <= books.duplicates - truth["duplicates"] <= doubtful:
        yield from _differs("duplicates", books.duplicates, truth["duplicates"])


def _key(told: Mapping[str, Any]) -> Series:
    return told["dev_eui"], told["property"], told["channel"]


def _name(series: Series) -> str:
    return " ".join(filter(None, series))


def _readings(connection: Connection, truth: Mapping[str, Any]) -> Iterator[str]:
    held = conclusions.readings(connection)
    expected = {_key(told): told["readings"] for told in truth["series"]}
    for series in sorted(held.keys() | expected.keys()):
        yield from _differs(
            f"readings of {_name(series)}", held.get(series, 0), expected.get(series, 0)
        )


def _hours(connection: Connection, truth: Mapping[str, Any]) -> Iterator[str]:
    """Compare the means; an hour after the last closed one may be there or not."""
    held: dict[Series, dict[datetime, Hour]] = {}
    for hour in conclusions.hours(connection):
        held.setdefault(hour.series, {})[hour.interval_start.astimezone(UTC)] = hour
    for told in truth["series"]:
        if "closed_until" not in told:
            continue
        series = _key(told)
        closed = datetime.fromisoformat(told["closed_until"])
        known = {start: h for start, h in held.get(series, {}).items() if start < closed}
        if "hours" in told:
            yield from _each_hour(series, known, told["hours"])
        else:
            yield from _all_hours(series, known, told)


def _each_hour(
    series: Series, held: Mapping[datetime, Hour], told: list[tuple[str, int, float]]
) -> Iterator[str]:
    expected = {datetime.fromisoformat(start): (count, mean) for start, count, mean in told}
    for start in sorted(held.keys() | expected.keys()):
        what = f"hour {start.isoformat()} of {_name(series)}"
        hour, wanted = held.get(start), expected.get(start)
        if hour is None or wanted is None:
            yield from _differs(
                what, "valid" if hour else "not valid", "valid" if wanted else "not"
            )
        elif hour.count != wanted[0] or not isclose(hour.mean, wanted[1], abs_tol=TOLERANCE):
            yield from _differs(what, f"{hour.mean} of {hour.count}", f"{wanted[1]} of {wanted[0]}")


def _all_hours(
    series: Series, held: Mapping[datetime, Hour], told: Mapping[str, Any]
) -> Iterator[str]:
    yield from _differs(f"valid hours of {_name(series)}", len(held), told["valid_hours"])
    total = sum(hour.mean for hour in held.values())
    if not isclose(total, told["sum_of_means"], rel_tol=1e-9, abs_tol=TOLERANCE):
        yield from _differs(f"sum of the means of {_name(series)}", total, told["sum_of_means"])


_Episode = tuple[str, str, str, str, str]
"""rule, dev_eui, property, channel, when it fired"""


def _episodes(connection: Connection, truth: Mapping[str, Any]) -> Iterator[str]:
    unknown = set(truth.get("undated", ()))
    held = {
        _stands(e): e
        for e in conclusions.episodes(connection, tuple(truth.get("rules", _SPOKEN_OF)))
        if e.dev_eui not in unknown
    }
    expected = {(a["rule"], *_key(a), a["fired_at"]): a for a in truth["alerts"]}
    for key in sorted(held.keys() | expected.keys()):
        what = f"episode {' '.join(filter(None, key))}"
        episode, wanted = held.get(key), expected.get(key)
        if episode is None or wanted is None:
            yield from _differs(
                what, "there" if episode else "not there", "it" if wanted else "none"
            )
            continue
        yield from _differs(f"{what}, resolved", _iso(episode.resolved_at), wanted["resolved_at"])
        yield from _differs(f"{what}, reopened", episode.reopened, wanted["reopened"])
        yield from _peak(what, episode.peak, wanted["peak"])


def _peak(what: str, held: float | None, expected: float | None) -> Iterator[str]:
    same = held == expected
    if held is not None and expected is not None:
        same = isclose(held, expected, abs_tol=TOLERANCE)
    if not same:
        yield from _differs(f"{what}, peak", held, expected)


def _stands(episode: Episode) -> _Episode:
    return (
        episode.rule_id,
        episode.dev_eui,
        episode.name,
        episode.channel,
        _iso(episode.fired_at) or "",
    )


def _iso(time: datetime | None) -> str | None:
    return time.astimezone(UTC).isoformat() if time else None
