"""Measured series as devices: the rows of a CSV file become the frames of chosen models.

A description (YAML) says which columns are which device's values:

    title: ...
    time: ts_utc                   the column with the time, in UTC; a row without one is left out
    interval: 1h                   how often a row should come
    devices:
      - {name: kerbside, model: milesight-am300/am308, environment: outdoor,
         columns: {pm10: pm10_teom_ug_m3, pm2_5: pm25_ug_m3}}

An empty cell is no value: the frame is without it; a row without any value is no frame. Values go
through the model's own steps, so what arrives is what such a device would have said; `senml` says
any property that there is, exactly. Rows keep their spacing; the whole series can be moved by
weeks, so that weekdays and hours stay.

Where each row is one device's, `device_column` names the column that says whose, and each device
has the text that stands there for it: `row: "12"`. Rows of nobody are left out.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import resources
from itertools import count
from pathlib import Path
from typing import Annotated, Literal, Self
from uuid import UUID

import yaml
from pydantic import Field, ValidationError, model_validator

from decoders import registry
from decoders.errors import UnknownDevice
from decoders.model import Observation, Reception, TimeSource, Uplink
from decoders.properties import PROPERTIES
from simulators import identity
from simulators.catalogue import HARDWARE
from simulators.dice import Dice
from simulators.faults import FaultPlan
from simulators.fleet import dev_eui, gateway_id
from simulators.hardware import Exact, Sensor
from simulators.identity import Identity, Position
from simulators.message import Meaning, Message
from simulators.ready import Ready
from simulators.scenario_events import Name, Span, Strict
from simulators.traffic import in_order

WEEK = timedelta(weeks=1)
_SAYS_ANYTHING = "senml"
_SETTLED = 0.3
"""seconds from a frame to its publication"""


class SeriesWrong(Exception):
    """A series or its description has mistakes; a line for each."""


class DeviceColumns(Strict):
    """A device and the columns that are its values."""

    name: Name
    model: str
    environment: Literal["indoor", "outdoor"]
    row: str | None = None
    """What stands in the device column of its rows; None: every row is its"""
    columns: Annotated[Mapping[str, str], Field(min_length=1)]
    """Observed property (`temperature@external` for a probe) to column"""


class Description(Strict):
    """What a CSV file says."""

    title: str
    time: str = "ts_utc"
    interval: Annotated[Span, Field(gt=timedelta(0))]
    device_column: str | None = None
    devices: Annotated[tuple[DeviceColumns, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _check(self) -> Self:
        for spec in self.devices:
            if (spec.row is None) is not (self.device_column is None):
                raise ValueError(f"{spec.name}: a row goes with a device_column, for every device")
        return self

    @property
    def all_columns(self) -> frozenset[str]:
        """Every column that the file must have."""
        wanted = {self.time} | {c for spec in self.devices for c in spec.columns.values()}
        return frozenset(wanted | ({self.device_column} if self.device_column else set()))


def names() -> tuple[str, ...]:
    """Give the names of the descriptions that ship."""
    folder = resources.files("simulators") / "descriptions"
    return tuple(sorted(f.name[:-5] for f in folder.iterdir() if f.name.endswith(".yaml")))


def describe(name: str) -> Description:
    """Read a description: the name of one that ships, or the path of a file; SeriesWrong."""
    try:
        if name in names():
            text = (resources.files("simulators") / "descriptions" / f"{name}.yaml").read_text(
                "utf-8"
            )
        else:
            text = Path(name).read_text("utf-8")
        return Description.model_validate(yaml.safe_load(text))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SeriesWrong(f"{name}: cannot be read: {error}") from error
    except ValidationError as error:
        lines = (
            f"{name}: {'.'.join(map(str, e['loc'])) or 'the file'}: {e['msg']}"
            for e in error.errors()
        )
        raise SeriesWrong("\n".join(lines)) from error


@dataclass(frozen=True, slots=True)
class _Player:
    """One device of a description."""

    identity: Identity
    columns: Mapping[str, str]
    sensors: Mapping[str, Sensor]
    dice: Dice
    row: str | None

    def observe(self, row: Mapping[str, str]) -> tuple[Observation, ...]:
        """Give the values of a row; SeriesWrong for a cell that is no number."""
        seen = []
        for name, column in self.columns.items():
            text = row[column].strip()
            if text:
                sensor = self.sensors[name]
                result = sensor.step.quantise(_number(text, column))
                seen.append(Observation(sensor.observed_property, result, channel=sensor.channel))
        return tuple(seen)


def _number(text: str, column: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise SeriesWrong(f"{column}: {text!r} is not a number") from error


class Series:
    """A CSV file as traffic.

    Args:
        file: the CSV file.
        description: what its columns are.
        weeks: by how many weeks its times are moved; None: so that it ends with the present week.
    """

    def __init__(self, file: Path, description: Description, *, weeks: int | None = 0) -> None:
        self._file = file
        self._description = description
        self._players = tuple(_player(spec, description) for spec in description.devices)
        self._by_row: dict[str | None, list[_Player]] = {}
        for player in self._players:
            self._by_row.setdefault(player.row, []).append(player)
        self._shift = self._weeks(weeks) * WEEK

    @property
    def title(self) -> str:
        """What it is called."""
        return self._description.title

    @property
    def identities(self) -> tuple[Identity, ...]:
        """Every device."""
        return tuple(player.identity for player in self._players)

    def ends(self) -> datetime | None:
        """Tell the time of its last row; None when it has none."""
        return max((time for time, _ in self._rows()), default=None)

    def messages(self, plan: FaultPlan) -> Iterator[Message]:
        """Give what the network server publishes of it, in order, with the plan's faults."""
        return in_order(self._frames(plan), plan)

    def _frames(self, plan: FaultPlan) -> Iterator[tuple[float, Ready]]:
        for number, (time, row) in enumerate(self._rows()):
            for player in self._whose(row):
                observations = player.observe(row)
                if observations and not plan.loses(player.identity.dev_eui, number):
                    yield time.timestamp(), _ready(player, observations, time, number)

    def _whose(self, row: Mapping[str, str]) -> Iterable[_Player]:
        """Give whose values a row has."""
        column = self._description.device_column
        return self._players if column is None else self._by_row.get(row[column], ())

    def _weeks(self, weeks: int | None) -> int:
        if weeks is not None:
            return weeks
        last = max((time for time, _ in self._rows(timedelta(0))), default=datetime.now(UTC))
        return (datetime.now(UTC) - last) // WEEK

    def _rows(self, shift: timedelta | None = None) -> Iterator[tuple[datetime, dict[str, str]]]:
        moved = self._shift if shift is None else shift
        column = self._description.time
        with self._file.open(encoding="utf-8", newline="") as text:
            table = csv.DictReader(text)
            self._check(table.fieldnames or ())
            for number, row in zip(count(2), table, strict=False):
                if row[column]:
                    yield _time(row[column], f"{self._file}:{number}") + moved, row

    def _check(self, header: Iterable[str]) -> None:
        missing = sorted(self._description.all_columns - {*header})
        if missing:
            raise SeriesWrong(f"{self._file}: there is no column {', '.join(missing)}")


def _time(text: str, place: str) -> datetime:
    try:
        time = datetime.fromisoformat(text)
    except ValueError as error:
        raise SeriesWrong(f"{place}: {text!r} is not a time") from error
    return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)


def _player(spec: DeviceColumns, description: Description) -> _Player:
    try:
        codec = registry.codec(spec.model)
    except UnknownDevice as error:
        raise SeriesWrong(f"{spec.name}: {error.detail}") from error
    sensors = {sensor.source: sensor for sensor in _sensors(codec.model)}
    unknown = sorted(set(spec.columns) - set(sensors))
    if unknown:
        raise SeriesWrong(f"{spec.name}: {codec.model} does not measure {', '.join(unknown)}")
    who = _identify(spec, description, codec.model)
    return _Player(who, spec.columns, sensors, Dice(0, spec.name), spec.row)


def _sensors(model: str) -> Iterable[Sensor]:
    """Give the sensors of a model: those of its hardware, or for `senml` one for each property."""
    if model == _SAYS_ANYTHING:
        sent = (entry.name for entry in PROPERTIES.values() if not entry.derived)
        return [Sensor(name, Exact()) for name in sent]
    hardware = HARDWARE.get(model)
    return [s for s in (hardware.gauges if hardware else ()) if isinstance(s, Sensor)]


def _identify(spec: DeviceColumns, description: Description, model: str) -> Identity:
    return Identity(
        dev_eui=dev_eui(spec.name),
        name=spec.name,
        model=model,
        title=identity.title(model),
        application=_application(spec),
        interval=description.interval,
        position=Position(0.0, 0.0),
        tags={
            "decoder": model,
            "environment": spec.environment,
            "uplink_interval": str(description.interval // timedelta(seconds=1)),
            "series": description.title,
        },
    )


def _application(spec: DeviceColumns) -> str:
    if not {"free_spaces", "parking_occupied"}.isdisjoint(spec.columns):
        return "parking"
    return "housing" if spec.environment == "indoor" else "air-quality"


def _ready(
    player: _Player, observations: tuple[Observation, ...], time: datetime, number: int
) -> Ready:
    who = player.identity
    f_port, payload = registry.codec(who.model).encode(observations)
    frame_id = str(UUID(bytes=player.dice.child("frame").digest(number), version=4))
    uplink = Uplink(
        source="chirpstack-v4",
        deduplication_id=frame_id,
        dev_eui=who.dev_eui,
        device_name=who.name,
        device_profile=who.title,
        application=who.application_id,
        tags=who.tags,
        dev_addr="00" + player.dice.digest(0).hex()[:6],
        f_port=f_port,
        f_cnt=number,
        confirmed=False,
        payload=payload,
        result_time=time,
        time_source=TimeSource.GATEWAY,
        receptions=(Reception(gateway_id("replay"), -90, 7.5, time, time),),
    )
    meaning = Meaning(("up", frame_id), who.dev_eui, time, observations)
    return Ready(
        uplink,
        who.envelope(7, 868_100_000),
        who.marshaler,
        number,
        time.timestamp() + _SETTLED,
        meaning,
    )
