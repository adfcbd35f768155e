"""A mapping file: from a vendor's names to our properties.

    title: Acme RoomSense
    environment: indoor
    interval: 15m
    observations:
      - property: temperature
        from: temp                      a path: `probe.temp`, `channels.0.value`, or a list of keys
        unit: "[degF]"                  or `factor:` and `offset:` of a straight line
      - property: water_leak
        channel: external
        from: probe.state
        values: {wet: 1, dry: 0}
        when: {from: probe.fitted, is: true}
      - property: temperature
        each: log                       once for each element of a list; `.` is the object itself
        from: temp
        time: ts                        seconds since 1970, or ISO 8601; `time_unit: ms`

`docs/bring-your-codec.md` walks through one.
"""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, model_validator

from boroughsense.codec_files.problems import (
    Channel,
    Interval,
    Number,
    Property,
    Strict,
    Unit,
    check,
)
from decoders import units
from decoders.mapping import SAME, Condition, Entry, Mapped, Path, word
from decoders.model import Environment
from decoders.properties import PROPERTIES
from decoders.units import Line

ROOT = "."
Scalar = str | bool | int | float


def _path(written: object) -> Path:
    if isinstance(written, list):
        keys = [str(key) for key in written]
    else:
        keys = [] if written == ROOT else str(written).split(".")
    if not all(keys):
        raise ValueError(f"`{written}` has an empty key")
    return tuple(keys)


def _to_a_value(path: Path) -> Path:
    if not path:
        raise ValueError("names no key")
    return path


def _listed(written: object) -> list[object]:
    return written if isinstance(written, list) else [written]


Where = Annotated[Path, BeforeValidator(_path), AfterValidator(_to_a_value)]
Words = Annotated[list[Scalar], BeforeValidator(_listed), Field(min_length=1)]


class ConditionText(Strict):
    """When an observation counts."""

    from_: Where = Field(alias="from")
    is_: Words | None = Field(default=None, alias="is")
    is_not: Words | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.is_ is None) == (self.is_not is None):
            raise ValueError("needs either `is` or `is_not`")
        return self

    def condition(self) -> Condition:
        """Give what it says."""
        wanted = self.is_ is not None
        words = frozenset(map(word, self.is_ or self.is_not or ()))
        return Condition(self.from_, words, wanted)


class ObservationText(Strict):
    """Where one property stands."""

    observed_property: Property = Field(alias="property")
    from_: Where = Field(alias="from")
    channel: Channel = ""
    unit: Unit | None = None
    factor: Number | None = None
    offset: Number | None = None
    values: Annotated[dict[Scalar, Number], Field(min_length=1)] | None = None
    each: Annotated[Path, BeforeValidator(_path)] | None = None
    time: Where | None = None
    time_unit: Literal["s", "ms"] = "s"
    when: ConditionText | None = None
    qualifier: Annotated[str, Field(strict=True, max_length=40)] = ""

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        scaled = self.factor is not None or self.offset is not None
        if sum((self.unit is not None, scaled, self.values is not None)) > 1:
            raise ValueError("has several of `unit`, `factor` with `offset`, and `values`")
        if self.factor == 0:
            raise ValueError("`factor` 0 makes everything the same")
        if self.unit is not None:
            units.line(self.unit, PROPERTIES[self.observed_property].unit_of_measurement)
        return self

    def entry(self) -> Entry:
        """Give what it says."""
        return Entry(
            observed_property=self.observed_property,
            path=self.from_,
            channel=self.channel,
            line=self._line(),
            values={word(said): value for said, value in (self.values or {}).items()},
            time=self.time,
            seconds=0.001 if self.time_unit == "ms" else 1.0,
            each=self.each,
            when=self.when.condition() if self.when else None,
            qualifier=self.qualifier,
        )

    def _line(self) -> Line:
        if self.unit is not None:
            return units.line(self.unit, PROPERTIES[self.observed_property].unit_of_measurement)
        if self.factor is None and self.offset is None:
            return SAME
        return Line(1.0 if self.factor is None else self.factor, self.offset or 0.0)


class MappingText(Strict):
    """A whole mapping file."""

    title: Annotated[str, Field(strict=True, max_length=80)] = ""
    environment: Environment = Environment.INDOOR
    interval: Interval = Mapped().interval
    variables: dict[str, str] = Field(default_factory=dict)
    observations: Annotated[list[ObservationText], Field(min_length=1)]

    def mapped(self) -> Mapped:
        """Give what it says."""
        return Mapped(
            entries=tuple(observation.entry() for observation in self.observations),
            title=self.title,
            environment=self.environment,
            interval=self.interval,
            variables=self.variables,
        )


def load(content: bytes, file: str) -> Mapped:
    """Read a mapping file; CodecFilesWrong with every mistake."""
    nested: dict[str, type[BaseModel]] = {
        "observations": ObservationText,
        "observations.when": ConditionText,
    }
    return check(content, file, MappingText, nested).mapped()
