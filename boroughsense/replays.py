"""What `replay` can play again, made from the words of the command line."""

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import typer
from pydantic import ValidationError

from boroughsense import options
from boroughsense.commands.storage import connected
from boroughsense.past import as_heard
from simulators.faults import FaultPlan
from simulators.recording import Heard, ends, read
from simulators.replay import Choice, SeriesReplay
from simulators.scenario import FaultRates
from simulators.series import Series, SeriesWrong, describe
from storage.past_uplinks import past_uplinks


@contextmanager
def messages(
    file: Path | None, choice: Choice, database_url: str | None
) -> Iterator[Iterable[Heard]]:
    """Give what is to be replayed: a file's messages, or the database's uplinks."""
    if file is not None:
        yield read(file)
        return
    with connected(options.settings(database_url=database_url)) as connection:
        yield as_heard(past_uplinks(connection, choice.since, choice.until))


def choice(since: str | None, until: str | None, topics: list[str] | None) -> Choice:
    """Read which messages are wanted."""
    return Choice(
        tuple(topics or ()),
        options.moment(since) if since else None,
        options.moment(until) if until else None,
    )


def series(  # noqa: PLR0913 - each is an option of the command
    file: Path, described: str, weeks: str, plan: FaultPlan, rate: float | None, *, skip: int
) -> SeriesReplay:
    """Give a CSV file as devices, or leave with what is wrong with it."""
    moved = _weeks(weeks)
    with options.said(SeriesWrong, OSError):
        return SeriesReplay(Series(file, describe(described), weeks=moved), plan, rate, skip=skip)


def watched(progress: Path | None) -> bool:
    """Say whether anybody looks at how far a replay is: then its end is worth looking up."""
    return progress is not None or sys.stderr.isatty()


def series_end(replay: SeriesReplay) -> float | None:
    """Give when a series ends; None when a row is wrong, which is told in its place."""
    try:
        return replay.ends
    except SeriesWrong:
        return None


def recording_end(file: Path | None, choice: Choice) -> float | None:
    """Give when what is chosen of a recording ends; of the database's uplinks as it was asked."""
    last = ends(file) if file is not None else None
    times = [time for time in (last, choice.until) if time is not None]
    return min(times).timestamp() if times else None


def _weeks(text: str) -> int | None:
    if text == "now":
        return None
    try:
        return int(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is not a number of weeks, nor now") from error


def plan(seed: int, given: list[str]) -> FaultPlan:
    """Read faults, each `name=share`."""
    try:
        rates = FaultRates.model_validate(dict(entry.split("=", 1) for entry in given))
    except (ValidationError, ValueError) as error:
        known = ", ".join(FaultRates.model_fields)
        raise typer.BadParameter(
            f"{' '.join(given)} are not faults: name=share, with {known}"
        ) from error
    return FaultPlan(seed, rates)


def reached(position: Path | None) -> int:
    """Read how far the last run came; 0 when there was none."""
    if position is None or not position.exists():
        return 0
    try:
        return int(json.loads(position.read_text("utf-8"))["published"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        options.fail(f"{position}: does not say how far it came: {error}", code=2)
