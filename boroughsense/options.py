"""How the command line reads durations, times and hex, and how it answers."""

import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import NoReturn

import typer

from boroughsense.settings import Settings, WrongSettings, load

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


def duration(text: str) -> timedelta:
    """Read `90s`, `15m`, `2h`, `1d` or `1h30m`."""
    parts = re.findall(r"(\d+(?:\.\d+)?)([smhdw])", text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise typer.BadParameter(f"{text!r} is not a duration: write 90s, 15m, 2h, 1d or 1h30m")
    return timedelta(seconds=sum(float(number) * _UNITS[unit] for number, unit in parts))


def span(length: timedelta) -> str:
    """Write a duration as people say it, to the minute."""
    minutes = round(length.total_seconds() / 60)
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    words = [(days, "d"), (hours, "h"), (rest, "min")]
    return " ".join(f"{number} {unit}" for number, unit in words if number) or "0 min"


def moment(text: str) -> datetime:
    """Read an ISO 8601 time (UTC when it names no offset), or a duration before now."""
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        try:
            return datetime.now(UTC) - duration(text)
        except typer.BadParameter as error:
            raise typer.BadParameter(
                f"{text!r} is no time: write 2026-11-24T08:00Z, or 2h for two hours ago"
            ) from error
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def payload(words: Sequence[str]) -> bytes:
    """Read hex digits of either case, with spaces anywhere."""
    text = "".join("".join(words).split())
    try:
        return bytes.fromhex(text.removeprefix("0x"))
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is not hex, two digits a byte") from error


def answer(document: object) -> None:
    """Print one JSON document on standard output."""
    sys.stdout.write(json.dumps(document, ensure_ascii=False, allow_nan=False) + "\n")


def fail(sentence: str, *, code: int = 1) -> NoReturn:
    """Say on standard error what is wrong, and leave."""
    sys.stderr.write(sentence.rstrip("\n") + "\n")
    raise typer.Exit(code)


def settings(**options: object) -> Settings:
    """Gather the settings, or leave with a sentence for each that is wrong."""
    try:
        return load(options)
    except WrongSettings as error:
        fail(str(error), code=2)


def clock(time: datetime | None) -> str | None:
    """Write a time as ISO 8601 in UTC."""
    return time.astimezone(UTC).isoformat() if time else None


@contextmanager
def said(*kinds: type[Exception]) -> Iterator[None]:
    """Turn the errors that an operator can mend into one sentence and exit code 1."""
    try:
        yield
    except kinds as error:
        fail(str(error))


def table(rows: Sequence[Mapping[str, object]], columns: Sequence[str]) -> None:
    """Print rows for a person to read."""
    from rich.console import Console
    from rich.table import Column, Table

    heads = [Column(name, overflow="fold", no_wrap=name == "id") for name in columns]
    sheet = Table(*heads, box=None, header_style="bold")
    for row in rows:
        sheet.add_row(*(str(row.get(column, "")) for column in columns))
    Console().print(sheet)
