"""The files of an export: CSV, GeoJSON and Parquet, all with the same columns."""

import csv
import io
import json
from collections.abc import Callable, Iterable
from dataclasses import fields
from typing import BinaryIO

from alerts import periods
from alerts.intervals import HOUR
from storage.export import ExportRow
from storage.instance import Mode
from web.api.columns import Column, Kind, Row, csv_cell, feature, write_parquet
from web.tables import neutral

COLUMNS = (
    Column("place_id", Kind.TEXT, "The identifier of the place"),
    Column("kind", Kind.TEXT, "position, station, zone, bay or room"),
    Column("place", Kind.TEXT, "The name of the place"),
    Column("latitude", Kind.NUMBER, "WGS 84, in degrees; never of a home"),
    Column("longitude", Kind.NUMBER, "WGS 84, in degrees; never of a home"),
    Column("property", Kind.TEXT, "The observed property"),
    Column("channel", Kind.TEXT, "Empty, or which further probe was read"),
    Column("unit", Kind.TEXT, "The unit of the value: a UCUM code"),
    Column("start", Kind.TIME, "When it was measured, or the beginning of the hour or day"),
    Column("end", Kind.TIME, "When it was measured, or the end of the hour or day"),
    Column("hour_ending", Kind.TEXT, "Of an hour: as UK-AIR names it, in GMT, 01:00 to 24:00"),
    Column("value", Kind.NUMBER, "The reading, or the mean of the hour or day"),
    Column("valid", Kind.TRUTH, "A reading that has not failed, or a mean of enough readings"),
    Column("quality", Kind.WHOLE, "QARTOD: 1 good, 2 unknown, 3 suspect, 4 fail, 9 missing"),
    Column("status", Kind.TEXT, "provisional, or ratified when somebody has checked the values"),
    Column("revised", Kind.TIME, "When a mean changed after it was published; empty: it never did"),
    Column("instance", Kind.TEXT, "live, or simulation when the values are made up"),
)
"""What stands in every row."""
_NAMES = [field.name for field in fields(ExportRow)]


def write(file: BinaryIO, form: str, found: Iterable[ExportRow], mode: Mode) -> int:
    """Write a file, and give its number of rows.

    Args:
        file: what it is written to.
        form: csv, geojson or parquet.
        found: the rows; CSV and GeoJSON are written as they come.
        mode: of the instance that they are from, which stands in each.

    Raises:
        ParquetMissing: `pyarrow` is not installed.
    """
    counted = _Counted({**_told(row), "instance": mode.value} for row in found)
    _WRITERS[form](file, counted, mode)
    return counted.number


class _Counted:
    """Rows that are counted as they pass."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._rows = iter(rows)
        self.number = 0

    def __iter__(self) -> "_Counted":
        return self

    def __next__(self) -> Row:
        row = next(self._rows)
        self.number += 1
        return row


def _told(row: ExportRow) -> Row:
    told = {name: getattr(row, name) for name in _NAMES}
    if row.end - row.start == HOUR:
        day, clock = periods.hour_ending(row.start)
        return {**told, "hour_ending": f"{day.isoformat()} {clock}"}
    return {**told, "hour_ending": ""}


def _write_csv(file: BinaryIO, rows: Iterable[Row], _: Mode) -> None:
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\r\n")
    names = [column.name for column in COLUMNS]
    writer.writerow(names)
    for row in rows:
        cells = [csv_cell(row[name]) for name in names]
        writer.writerow([neutral(cell) if isinstance(cell, str) else cell for cell in cells])
    text.detach()


def _write_geojson(file: BinaryIO, rows: Iterable[Row], mode: Mode) -> None:
    head = f'{{"type": "FeatureCollection", "instance": "{mode.value}", "features": ['
    file.write(head.encode())
    for number, row in enumerate(rows):
        told = json.dumps(feature(row), ensure_ascii=False, allow_nan=False)
        file.write(f"{',' if number else ''}\n{told}".encode())
    file.write(b"\n]}\n")


def _write_parquet(file: BinaryIO, rows: Iterable[Row], mode: Mode) -> None:
    file.write(write_parquet(COLUMNS, rows, {"instance": mode.value}))


_WRITERS: dict[str, Callable[[BinaryIO, Iterable[Row], Mode], None]] = {
    "csv": _write_csv,
    "geojson": _write_geojson,
    "parquet": _write_parquet,
}
