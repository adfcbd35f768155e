"""A file of measured series, CSV or Parquet, read with pandas by a description of its columns.

Every mistake of the file is told, with its line; then nothing of it is stored. An empty cell is no
value. Lines whose time nobody knows are left out and listed (`boroughsense.series_times`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from alerts import quality
from boroughsense import series_times
from boroughsense.series_layout import Column, Feed, Layout
from boroughsense.series_times import FIRST_LINE, LeftOut
from storage.imports import Source, Value

_MOST = 20
"""Mistakes that are told of one column"""


class WrongSeries(Exception):
    """The file cannot be taken; the message names every mistake."""


@dataclass(frozen=True, slots=True)
class Series:
    """What a file holds."""

    feeds: tuple[tuple[Source, list[Value]], ...]
    left_out: tuple[LeftOut, ...]

    @property
    def count(self) -> int:
        """How many values there are."""
        return sum(len(values) for _, values in self.feeds)


def read(file: Path, layout: Layout, shift: timedelta = timedelta(0)) -> Series:
    """Read the file.

    Args:
        file: CSV, or Parquet by its name.
        layout: what it holds.
        shift: added to every time.

    Raises:
        WrongSeries: all mistakes at once.
    """
    table = _table(file)
    _check_names(table, layout)
    times = series_times.read(table[layout.time], layout.zone)
    problems = [*times.mistakes[:_MOST], *_unknown_rows(table, layout)]
    numbers = {}
    for name in sorted({column.name for feed in layout.feeds for column in feed.columns}):
        numbers[name], wrong = _numbers(table, name)
        problems += wrong
    if problems:
        raise WrongSeries("\n".join(problems))
    moments = times.moments + shift
    feeds = [
        (feed.source, [*_values(_rows(table, layout, feed), moments, numbers, feed)])
        for feed in layout.feeds
    ]
    return Series(tuple(feeds), times.left_out)


def _table(file: Path) -> pd.DataFrame:
    try:
        if file.suffix == ".parquet":
            table = pd.read_parquet(file)
            return table.apply(_as_text).reset_index(drop=True)
        return pd.read_csv(file, dtype=str, keep_default_na=True, skip_blank_lines=False)
    except (OSError, ValueError, ImportError) as error:
        raise WrongSeries(f"{file} cannot be read: {error}") from error


def _as_text(column: "pd.Series[Any]") -> "pd.Series[str]":
    """Write a column as a CSV file would have it: times as ISO 8601."""
    times = pd.api.types.is_datetime64_any_dtype(column)
    return column.map(lambda cell: cell.isoformat() if times else str(cell), na_action="ignore")


def _check_names(table: pd.DataFrame, layout: Layout) -> None:
    measured = [column.name for feed in layout.feeds for column in feed.columns]
    device = [layout.device_column] if layout.device_column else []
    problems = [
        f"the file has no column {name!r}: it has {', '.join(map(str, table.columns))}"
        for name in dict.fromkeys([layout.time, *device, *measured])
        if name not in table.columns
    ]
    if problems:
        raise WrongSeries("\n".join(problems))


def _unknown_rows(table: pd.DataFrame, layout: Layout) -> list[str]:
    """Tell the lines of devices that the description does not name."""
    if layout.device_column is None:
        return []
    column = table[layout.device_column].astype(str).str.strip()
    known = [feed.row for feed in layout.feeds]
    return [
        f"line {int(number) + FIRST_LINE}, {layout.device_column}: no device is {column[number]!r}"
        for number in column.index[~column.isin(known)][:_MOST]
    ]


def _numbers(table: pd.DataFrame, name: str) -> "tuple[pd.Series[float], list[str]]":
    column = table[name]
    numbers = pd.to_numeric(column, errors="coerce")
    wrong = column.notna() & (numbers.isna() | numbers.isin([float("inf"), float("-inf")]))
    return numbers, [
        f"line {int(number) + FIRST_LINE}, {name}: {column[number]!r} is no number"
        for number in table.index[wrong][:_MOST]
    ]


def _rows(table: pd.DataFrame, layout: Layout, feed: Feed) -> "pd.Series[bool]":
    if layout.device_column is None:
        return pd.Series(data=True, index=table.index)
    return table[layout.device_column].astype(str).str.strip() == feed.row


def _values(
    rows: "pd.Series[bool]",
    moments: "pd.Series[pd.Timestamp]",
    numbers: "dict[str, pd.Series[float]]",
    feed: Feed,
) -> Iterator[Value]:
    for column in feed.columns:
        usable = rows & moments.notna() & numbers[column.name].notna()
        for time, number in zip(moments[usable], numbers[column.name][usable], strict=True):
            yield _value(column, time.to_pydatetime(), float(number))


def _value(column: Column, time: datetime, number: float) -> Value:
    result = number * column.line.factor + column.line.offset
    flag = quality.flag(column.observed_property, result)
    return Value(column.observed_property, column.channel, time, result, flag)
