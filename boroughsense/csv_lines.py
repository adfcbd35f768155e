"""A CSV file that people write, a record a line: every mistake is told with its line and column."""

import csv
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, ValidationError

from boroughsense import options
from storage.connection import Connection
from storage.errors import DatabaseRefused

_SQLSTATE = re.compile(r" \([0-9A-Z]{5}\)$")
"""Behind what the server says: of no use to who wrote the line"""
_Line = TypeVar("_Line", bound=BaseModel)
_Entry = TypeVar("_Entry")
_Made = TypeVar("_Made")


@dataclass(frozen=True, slots=True)
class Mistake:
    """Something wrong with one line."""

    line: int
    column: str
    """Empty when the line as a whole is wrong"""
    message: str

    def __str__(self) -> str:
        column = f", {self.column}" if self.column else ""
        return f"line {self.line}{column}: {self.message}"


class WrongFile(Exception):
    """The file cannot be taken; `mistakes` holds all of them."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        self.mistakes = mistakes
        super().__init__("\n".join(map(str, mistakes)))


def _time(text: str) -> datetime:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("write 2026-05-01 or 2026-05-01T08:00Z") from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _span(text: str) -> timedelta:
    try:
        return options.duration(text)
    except typer.BadParameter as error:
        raise ValueError(error.message) from None


Time = Annotated[datetime, BeforeValidator(_time)]
Span = Annotated[timedelta, BeforeValidator(_span)]
Eui = Annotated[str, AfterValidator(str.lower), Field(pattern=r"^[0-9a-fA-F]{16}$")]


def read(file: Path, kind: type[_Line]) -> list[_Line]:
    """Read the lines of a file; an empty cell is one that is not there.

    Raises:
        WrongFile: all mistakes at once, each with its line.
    """
    return [line for _, line in numbered(file, kind)]


def numbered(file: Path, kind: type[_Line]) -> list[tuple[int, _Line]]:
    """Read the lines of a file, each with its number.

    Raises:
        WrongFile: all mistakes at once, each with its line.
    """
    mistakes: list[Mistake] = []
    lines: list[tuple[int, _Line]] = []
    for number, row in _rows(file):
        try:
            lines.append((number, kind.model_validate(row)))
        except ValidationError as error:
            mistakes += _mistakes(number, error)
    if mistakes:
        raise WrongFile(mistakes)
    return lines


def enter(
    connection: Connection,
    lines: Sequence[tuple[int, _Entry]],
    enter_one: Callable[[_Entry], _Made],
) -> list[_Made]:
    """Enter what the lines of a file say, all or nothing; call it in a transaction.

    Raises:
        WrongFile: what the database refuses, all at once, each with its line.
    """
    mistakes: list[Mistake] = []
    made: list[_Made] = []
    for number, entry in lines:
        try:
            with connection.transaction():
                made.append(enter_one(entry))
        except DatabaseRefused as error:
            mistakes.append(Mistake(number, "", _SQLSTATE.sub("", str(error))))
    if mistakes:
        raise WrongFile(mistakes)
    return made


def _rows(file: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise WrongFile([Mistake(0, "", f"{file} cannot be read: {error}")]) from error
    reader = csv.DictReader(text.splitlines(), restkey="too many columns")
    for row in reader:
        yield reader.line_num, {name: value for name, value in row.items() if value}


def _mistakes(number: int, error: ValidationError) -> list[Mistake]:
    return [
        Mistake(number, ".".join(map(str, e["loc"])), e["msg"].removeprefix("Value error, "))
        for e in error.errors()
    ]
