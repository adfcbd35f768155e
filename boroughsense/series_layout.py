"""What a file of measured series holds: which column is which property of which device.

    title: London Marylebone Road
    time: ts_utc                 the column of the times
    zone: Europe/London          of times without an offset; absent: each must have one
    interval: 1h                 how often a row should come
    device_column: lot           absent: every row is of every device
    devices:
      - dev_eui: 02c17a0000019990
        name: Marylebone Road
        environment: outdoor
        row: "12"                with `device_column`: what stands there
        columns:
          pm10: pm10_ug_m3                                property: column
          no2: {column: no2_ugm3, unit: ug/m3}            in another unit
          temperature/external: {column: t2, factor: 0.1} of a second probe, in tenths

A unit is turned into the property's; of a gas also from ug/m3, at 20 degC. Every mistake of the
file is told at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from importlib import resources
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from alerts import durations, figures, yaml_text
from alerts.problems import Problem, explain, suggest
from boroughsense.csv_lines import Eui
from decoders import units
from decoders.model import Environment
from decoders.properties import PROPERTIES
from decoders.units import Line
from storage.imports import Source


class WrongLayout(Exception):
    """A description is wrong; the message names every mistake."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the file as a property."""

    name: str
    observed_property: str
    channel: str = ""
    line: Line = field(default_factory=Line)
    """From what stands in the file to the property's unit"""


@dataclass(frozen=True, slots=True)
class Feed:
    """A device and its columns."""

    source: Source
    columns: tuple[Column, ...]
    row: str | None = None
    """What stands in the device's column in its rows; None: every row is its"""


@dataclass(frozen=True, slots=True)
class Layout:
    """What a file holds."""

    time: str
    feeds: tuple[Feed, ...]
    zone: ZoneInfo | None = None
    """Of times without an offset; None: there must be one"""
    device_column: str | None = None


def _zone(name: object) -> ZoneInfo:
    try:
        return ZoneInfo(str(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"`{name}` is not a time zone: write Europe/London or UTC") from None


def _interval(written: object) -> timedelta:
    interval = durations.read(written)
    if not interval:
        raise ValueError("a row comes at some interval")
    return interval


def _measured(name: str) -> str:
    known = [entry.name for entry in PROPERTIES.values() if not entry.derived]
    if name.partition("/")[0] not in known:
        raise ValueError(f"`{name}` is not an observed property{suggest(name, known)}")
    return name


def line_of(observed_property: str, unit: str, factor: float = 1.0) -> Line:
    """Give the line from a value in a unit, times a factor, to the property's unit.

    Raises:
        ValueError: the unit is not known, or cannot be turned into the property's.
    """
    own = PROPERTIES[observed_property].unit_of_measurement
    mass = figures.load().dust.mass_per_ppb.get(observed_property)
    if mass is not None and unit in {"ug/m3", "µg/m3", "µg/m³"}:
        return Line(factor / mass)
    told = units.line(unit, own) if unit else Line()
    return Line(told.factor * factor, told.offset)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class _ColumnText(_Strict):
    column: Annotated[str, Field(min_length=1)]
    unit: str = ""
    factor: Annotated[float, Field(allow_inf_nan=False, gt=0)] = 1.0


def _column(written: object) -> object:
    return {"column": written} if isinstance(written, str) else written


class _DeviceText(_Strict):
    dev_eui: Eui
    name: Annotated[str, Field(min_length=1)]
    environment: Environment
    row: str | None = None
    columns: Annotated[
        Mapping[
            Annotated[str, AfterValidator(_measured)],
            Annotated[_ColumnText, BeforeValidator(_column)],
        ],
        Field(min_length=1),
    ]

    @model_validator(mode="after")
    def _units_fit(self) -> "_DeviceText":
        for told, column in self.columns.items():
            line_of(told.partition("/")[0], column.unit, column.factor)
        return self


class _LayoutText(_Strict):
    title: str
    time: str = "time"
    zone: Annotated[ZoneInfo, BeforeValidator(_zone)] | None = None
    interval: Annotated[timedelta, BeforeValidator(_interval)]
    device_column: str | None = None
    devices: Annotated[tuple[_DeviceText, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _rows_are_told_apart(self) -> "_LayoutText":
        rows = [device.row for device in self.devices]
        if self.device_column is None and any(row is not None for row in rows):
            raise ValueError("`row` needs `device_column`")
        if self.device_column is not None and (None in rows or len({*rows}) < len(rows)):
            raise ValueError("with `device_column` each device has a `row` of its own")
        return self

    def layout(self) -> Layout:
        """Give it in the words of the import."""
        return Layout(
            self.time,
            tuple(_feed(device, self.interval) for device in self.devices),
            self.zone,
            self.device_column,
        )


def _feed(device: _DeviceText, interval: timedelta) -> Feed:
    columns = []
    for told, column in device.columns.items():
        name, _, channel = told.partition("/")
        line = line_of(name, column.unit, column.factor)
        columns.append(Column(column.column, name, channel, line))
    source = Source(device.dev_eui, device.name, device.environment, interval)
    return Feed(source, tuple(columns), device.row)


def names() -> tuple[str, ...]:
    """Give the names of the descriptions that ship."""
    folder = resources.files("boroughsense") / "layouts"
    return tuple(sorted(f.name[:-5] for f in folder.iterdir() if f.name.endswith(".yaml")))


def load(name: str) -> Layout:
    """Read a description: the name of one that ships, or the path of a file.

    Raises:
        WrongLayout: it cannot be read, or is wrong; every mistake at once.
    """
    shipped = name in names()
    try:
        folder = resources.files("boroughsense") / "layouts"
        content = (folder / f"{name}.yaml" if shipped else Path(name)).read_bytes()
        document = yaml_text.parse(content)
    except OSError as error:
        known = ", ".join(names())
        raise WrongLayout(f"{name} cannot be read, and is none of {known}: {error}") from error
    except yaml_text.BadYaml as error:
        raise WrongLayout(str(Problem(name, error.where, error.message))) from error
    try:
        return _LayoutText.model_validate(document).layout()
    except ValidationError as error:
        nested: Mapping[str, type[BaseModel]] = {
            "": _LayoutText,
            "devices": _DeviceText,
            "devices.columns": _ColumnText,
        }
        problems = explain(name, "", error, nested)
        raise WrongLayout("\n".join(map(str, problems))) from error
