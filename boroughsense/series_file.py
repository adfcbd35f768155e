"""A file of measured series, a column for each: CSV or Parquet, read with pandas.

Every mistake of the file is told, with its line; then nothing of it is stored. An empty cell is no
value. A time without an offset is UTC; a line without a time is left out, and counted.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd

from alerts import quality
from decoders.properties import PROPERTIES
from storage.imports import Value

_MOST = 20
"""Mistakes that are told of one column"""


class WrongSeries(Exception):
    """The file cannot be taken; the message names every mistake."""


@dataclass(frozen=True, slots=True)
class Columns:
    """What the file's columns are."""

    time: str
    measured: Mapping[str, str]
    """A column to a property; `property/channel` for a further probe"""
    factors: Mapping[str, float]
    """A column to what its values are multiplied by: another unit, or a named correction"""


@dataclass(frozen=True, slots=True)
class Series:
    """What a file holds."""

    values: list[Value]
    without_time: int
    """Lines that are left out"""


def read(file: Path, columns: Columns, shift: timedelta = timedelta(0)) -> Series:
    """Read the file.

    Args:
        file: CSV, or Parquet by its name.
        columns: what its columns are.
        shift: added to every time.

    Raises:
        WrongSeries: all mistakes at once.
    """
    table = _table(file)
    _check_names(table, columns)
    times = pd.to_datetime(table[columns.time], utc=True, errors="coerce", format="ISO8601")
    given = table[columns.time].notna() & (table[columns.time].astype(str).str.strip() != "")
    problems = [
        f"line {int(number) + 2}, {columns.time}: {table[columns.time][number]!r} is no time"
        for number in table.index[given & times.isna()][:_MOST]
    ]
    numbers = {}
    for name in columns.measured:
        numbers[name], wrong = _numbers(table, name)
        problems += wrong
    if problems:
        raise WrongSeries("\n".join(problems))
    values = [
        value
        for name, told in columns.measured.items()
        for value in _values(
            times[given] + shift, numbers[name][given] * columns.factors.get(name, 1.0), told
        )
    ]
    return Series(values, int((~given).sum()))


def _table(file: Path) -> pd.DataFrame:
    try:
        if file.suffix == ".parquet":
            return pd.read_parquet(file)
        return pd.read_csv(file, dtype=str, keep_default_na=True)
    except (OSError, ValueError, ImportError) as error:
        raise WrongSeries(f"{file} cannot be read: {error}") from error


def _check_names(table: pd.DataFrame, columns: Columns) -> None:
    problems = [
        f"the file has no column {name!r}: it has {', '.join(map(str, table.columns))}"
        for name in (columns.time, *columns.measured, *columns.factors)
        if name not in table.columns
    ]
    problems += [
        f"{told!r} is not an observed property"
        for told in columns.measured.values()
        if told.split("/")[0] not in PROPERTIES
    ]
    if problems:
        raise WrongSeries("\n".join(problems))


def _numbers(table: pd.DataFrame, name: str) -> "tuple[pd.Series[float], list[str]]":
    column = table[name]
    numbers = pd.to_numeric(column, errors="coerce")
    wrong = column.notna() & numbers.isna()
    return numbers, [
        f"line {int(number) + 2}, {name}: {column[number]!r} is no number"
        for number in table.index[wrong][:_MOST]
    ]


def _values(
    times: "pd.Series[pd.Timestamp]", numbers: "pd.Series[float]", told: str
) -> Iterator[Value]:
    name, _, channel = told.partition("/")
    usable = numbers.notna()
    for time, number in zip(times[usable], numbers[usable], strict=True):
        moment: datetime = time.to_pydatetime()
        yield Value(name, channel, moment, float(number), quality.flag(name, float(number)))
