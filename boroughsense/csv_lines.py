"""A CSV file that people write, a record a line: every mistake is told with its line and column."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, ValidationError

from boroughsense import options

_Line = TypeVar("_Line", bound=BaseModel)


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
    mistakes: list[Mistake] = []
    lines: list[_Line] = []
    for number, row in _rows(file):
        try:
            lines.append(kind.model_validate(row))
        except ValidationError as error:
            mistakes += _mistakes(number, error)
    if mistakes:
        raise WrongFile(mistakes)
    return lines


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
