"""The columns of the tables that are given away: the data dictionary, and how a table is written.

CSV is RFC 4180 in UTF-8: one heading, times in ISO 8601 with their offset, numbers with a point, a
text that a spreadsheet would take for a formula with an apostrophe before it. Parquet needs
`pyarrow`, which is not one of the product's own requirements.
"""

import importlib
import io
import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeAlias

from web.tables import csv_text

Cell: TypeAlias = str | float | bool | datetime | None
Row: TypeAlias = Mapping[str, Cell]


class Kind(StrEnum):
    """What a column holds."""

    TEXT = "text"
    NUMBER = "number"
    WHOLE = "whole number"
    TRUTH = "true or false"
    TIME = "time"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table."""

    name: str
    kind: Kind
    description: str


class ParquetMissing(Exception):
    """Parquet cannot be written here, since `pyarrow` is not installed."""


def _text(name: str, description: str) -> Column:
    return Column(name, Kind.TEXT, description)


PLACE = (
    _text("place_id", "The identifier of the place: opaque, stable, never reused"),
    _text("place", "The name of the place"),
    _text("kind", "position (at a building site), station, zone or bay"),
    _text("area", "The ward or neighbourhood"),
    Column("latitude", Kind.NUMBER, "WGS 84, in degrees"),
    Column("longitude", Kind.NUMBER, "WGS 84, in degrees"),
)
PROPERTY = (
    _text("property", "The observed property, as in the list of properties"),
    _text("channel", "Empty, or which further probe of a device was read"),
    _text("unit", "The unit of the value: a UCUM code"),
)
STATUS = (
    _text("status", "provisional, or ratified when somebody has checked the values"),
    _text("instance", "live, or simulation when the values are made up"),
)
READINGS = (
    *PLACE,
    *PROPERTY,
    Column("time", Kind.TIME, "When it was measured"),
    Column("value", Kind.NUMBER, "What was measured, in the unit of its row"),
    Column("quality", Kind.WHOLE, "QARTOD: 1 good, 2 unknown, 3 suspect, 4 fail, 9 missing"),
    *STATUS,
)
HOURS = (
    *PLACE,
    *PROPERTY,
    Column("start", Kind.TIME, "The beginning of the hour"),
    Column("end", Kind.TIME, "The end of the hour"),
    Column("value", Kind.NUMBER, "The arithmetic mean of the hour's good readings"),
    Column("minimum", Kind.NUMBER, "The least of them"),
    Column("maximum", Kind.NUMBER, "The greatest of them"),
    Column("count", Kind.WHOLE, "How many readings the mean is made of"),
    Column("expected", Kind.WHOLE, "How many readings the device should send in an hour"),
    Column("valid", Kind.TRUTH, "Whether three quarters of the expected readings came"),
    Column("quality", Kind.WHOLE, "QARTOD: 1 for a valid mean, 3 (suspect) for another"),
    *STATUS,
)
PLACES = (
    *PLACE,
    _text("within_id", "The identifier of the site or the zone that it lies in"),
    _text("within", "Its name"),
    Column("bearing", Kind.NUMBER, "From the middle of the site, in degrees from north"),
    Column("limit_minutes", Kind.NUMBER, "How long one may park"),
    _text("bay_type", "For whom a bay is"),
    Column("capacity", Kind.NUMBER, "How many spaces a zone has"),
    _text("properties", "What is measured there, with a blank between two"),
    _text("instance", "live, or simulation when the values are made up"),
)
TABLES: Mapping[str, Sequence[Column]] = {
    "places": PLACES,
    "readings": READINGS,
    "latest": READINGS,
    "hourly": HOURS,
}
"""Every table of the open API."""


def write_csv(columns: Sequence[Column], rows: Iterable[Row]) -> str:
    """Write a table as CSV."""
    headings = [column.name for column in columns]
    return csv_text(headings, ([csv_cell(row[name]) for name in headings] for row in rows))


def csv_cell(cell: Cell) -> str | float | None:
    """Give a value as CSV has it."""
    if isinstance(cell, datetime):
        return cell.astimezone(UTC).isoformat()
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return None if _is_no_number(cell) else cell


def _is_no_number(cell: Cell) -> bool:
    """Say whether it is one of the values that neither CSV nor JSON has a word for."""
    return isinstance(cell, float) and not math.isfinite(cell)


def write_parquet(
    columns: Sequence[Column], rows: Iterable[Row], about: Mapping[str, str]
) -> bytes:
    """Write a table as Parquet, with what is to be known about it in its metadata.

    Raises:
        ParquetMissing: `pyarrow` is not installed.
    """
    try:
        arrow: Any = importlib.import_module("pyarrow")
        parquet: Any = importlib.import_module("pyarrow.parquet")
    except ImportError:
        raise ParquetMissing("Parquet needs pyarrow, which is not installed here") from None
    types: Mapping[Kind, Callable[[], Any]] = {
        Kind.TEXT: arrow.string,
        Kind.NUMBER: arrow.float64,
        Kind.WHOLE: arrow.int64,
        Kind.TRUTH: arrow.bool_,
        Kind.TIME: lambda: arrow.timestamp("us", tz="UTC"),
    }
    fields = [
        arrow.field(column.name, types[column.kind](), metadata={"description": column.description})
        for column in columns
    ]
    schema = arrow.schema(fields, metadata=dict(about))
    names = [column.name for column in columns]
    table = arrow.Table.from_pylist([{n: row[n] for n in names} for row in rows], schema=schema)
    buffer = io.BytesIO()
    parquet.write_table(table, buffer)
    return buffer.getvalue()


def json_row(row: Row) -> dict[str, str | float | bool | None]:
    """Give a row as JSON has it: times in ISO 8601."""
    return {
        name: cell.astimezone(UTC).isoformat()
        if isinstance(cell, datetime)
        else (None if _is_no_number(cell) else cell)
        for name, cell in row.items()
    }


def feature(row: Row) -> dict[str, object]:
    """Give a row as a feature of GeoJSON (RFC 7946); without a position it has no geometry."""
    told = json_row(row)
    latitude, longitude = told.pop("latitude", None), told.pop("longitude", None)
    point = {"type": "Point", "coordinates": [longitude, latitude]}
    return {
        "type": "Feature",
        "geometry": None if latitude is None or longitude is None else point,
        "properties": told,
    }


def write_geojson(rows: Iterable[Row], about: Mapping[str, str]) -> str:
    """Write a table as a collection of features."""
    features = [feature(row) for row in rows]
    document = {"type": "FeatureCollection", **about, "features": features}
    return json.dumps(document, ensure_ascii=False, allow_nan=False)
