"""How the readings of each property are tested among their neighbours: data, with their source.

They stand in `quality.yaml` beside this file. An instance sets others for single properties in its
configuration; what it sets is checked like the file, and all mistakes are told at once.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from alerts import remarked
from alerts.problems import Problem, RulesWrong
from alerts.remarked import Remark, RestsOn
from alerts.rule_text import Duration, Number
from decoders.model import Environment
from decoders.properties import PROPERTIES

SHIPPED = Path(__file__).with_name("quality.yaml")
"""The settings that come with the product"""
NEVER = "never"
"""What is set for a number of the shipped file that there shall not be"""
_TEN_MINUTES = 600.0
_SHORTEST_FLAT = timedelta(hours=12)
_OURS = "the configuration of this instance"

Positive = Annotated[Number, Field(gt=0)]
NotNegative = Annotated[Number, Field(ge=0)]
Span = tuple[Number, Number]


@dataclass(frozen=True, slots=True)
class Limits:
    """Over which a test is SUSPECT, and over which it FAILs; None: it never does."""

    suspect: float | None
    fail: float | None = None


@dataclass(frozen=True, slots=True)
class FlatLine:
    """How long a series may stay within less than a tolerance; of 0: be the same."""

    tolerance: float
    suspect: timedelta | None
    fail: timedelta | None
    ends: tuple[float, float] = (-math.inf, math.inf)
    """At these values and beyond it never fails, since a scale may end there"""

    @property
    def longest(self) -> timedelta:
        """How far back a reading is looked at."""
        return max(self.suspect or timedelta(0), self.fail or timedelta(0))

    def holds(self, spread: float) -> bool:
        """Say whether values with this distance from the least to the greatest stand still."""
        return spread < self.tolerance or spread == 0


@dataclass(frozen=True, slots=True)
class Settings:
    """How the readings of one property are tested; None: not at all."""

    usual: tuple[float, float] | None = None
    """Within which it is not SUSPECT"""
    spike: Limits | None = None
    """In the property's unit"""
    rate: Limits | None = None
    """In the property's unit per second"""
    flat: FlatLine | None = None
    attenuation: float | None = None
    """The least standard deviation"""
    neighbour: float | None = None
    """The most that a day's mean is from the median around it"""
    late: float = 2
    """Reporting intervals: a reading that comes later is late"""
    silent: float = 3
    """Reporting intervals: a reading that comes later comes after a gap"""

    @property
    def can_fail(self) -> bool:
        """Whether a test of a reading among its neighbours may ever fail."""
        return any(
            test is not None and test.fail is not None
            for test in (self.spike, self.rate, self.flat)
        )


@dataclass(frozen=True, slots=True)
class Feed:
    """When a reading is late, and when it came after a gap, in reporting intervals."""

    late_after: Positive
    silent_after: Positive

    def __post_init__(self) -> None:
        """Check that one is before the other."""
        if self.silent_after <= self.late_after:
            raise ValueError("silent_after must be more than late_after")


@dataclass(frozen=True, slots=True)
class Attenuation:
    """Over what time the spread of a series is looked at."""

    over: Duration
    capture: Annotated[Number, Field(gt=0, le=1)]


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """What a place is compared with."""

    over: Duration
    least: Annotated[int, Field(strict=True, ge=2)]


@dataclass(frozen=True, slots=True)
class Particles:
    """What speaks against particle values of one device."""

    fine_over_coarse: NotNegative
    humid_over: Annotated[Number, Field(gt=0, le=100)]


@dataclass(frozen=True, slots=True)
class _Property:
    """The numbers of one property, as the file names them."""

    usual: Span | None = None
    usual_indoors: Span | None = None
    usual_outdoors: Span | None = None
    spike_suspect: Positive | None = None
    spike_fail: Positive | None = None
    rate_suspect: Positive | None = None
    rate_fail: Positive | None = None
    flat_tolerance: NotNegative | None = None
    flat_suspect: Duration | None = None
    flat_fail: Duration | None = None
    flat_ends: Span | None = None
    attenuation_suspect: Positive | None = None
    neighbour_suspect: Positive | None = None

    def __post_init__(self) -> None:
        """Check what must agree, and tell all of it."""
        wrong = [*self._spans(), *self._order(), *self._flat()]
        if wrong:
            raise ValueError("; ".join(wrong))

    def _spans(self) -> list[str]:
        named = ("usual", "usual_indoors", "usual_outdoors", "flat_ends")
        spans = {name: getattr(self, name) for name in named}
        return [
            f"{name} goes from {span[0]:g} to {span[1]:g}: write the lower value first"
            for name, span in spans.items()
            if span is not None and span[0] >= span[1]
        ]

    def _order(self) -> list[str]:
        pairs = {name: (f"{name}_suspect", f"{name}_fail") for name in ("spike", "rate", "flat")}
        return [
            f"{fail} must be more than {suspect}"
            for suspect, fail in pairs.values()
            if None not in (one := getattr(self, suspect), two := getattr(self, fail))
            and two <= one
        ]

    def _flat(self) -> list[str]:
        lengths = (self.flat_suspect, self.flat_fail)
        if self.flat_tolerance is None and lengths != (None, None):
            return ["flat_tolerance is missing"]
        if self.flat_fail is not None and self.flat_fail < _SHORTEST_FLAT:
            return ["flat_fail must be 12h or more"]
        return []

    def settings(self, environment: Environment, feed: Feed) -> Settings:
        """Give how a series of the property is tested."""
        inside = environment is Environment.INDOOR
        flat = None
        if self.flat_tolerance is not None and (self.flat_suspect or self.flat_fail):
            ends = self.flat_ends or (-math.inf, math.inf)
            flat = FlatLine(self.flat_tolerance, self.flat_suspect, self.flat_fail, ends)
        return Settings(
            usual=(self.usual_indoors if inside else self.usual_outdoors) or self.usual,
            spike=_limits(self.spike_suspect, self.spike_fail, 1),
            rate=_limits(self.rate_suspect, self.rate_fail, _TEN_MINUTES),
            flat=flat,
            attenuation=self.attenuation_suspect,
            neighbour=self.neighbour_suspect,
            late=feed.late_after,
            silent=feed.silent_after,
        )


def _limits(suspect: float | None, fail: float | None, divisor: float) -> Limits | None:
    if suspect is None and fail is None:
        return None
    return Limits(suspect and suspect / divisor, fail and fail / divisor)


@dataclass(frozen=True, slots=True)
class QualitySettings:
    """All settings."""

    feed: Feed
    attenuation: Attenuation
    neighbourhood: Neighbourhood
    particles: Particles
    properties: Mapping[str, _Property]
    remarks: Mapping[str, Remark]
    """By section and name, such as `temperature.spike_fail`"""

    def of(self, observed_property: str, environment: Environment) -> Settings:
        """Give how a property is tested; of one that is not there only gaps are found."""
        return self.properties.get(observed_property, _Property()).settings(environment, self.feed)

    def failing(self) -> dict[str, Settings]:
        """Give the properties of which a reading may fail among its neighbours, with how."""
        found = {name: self.of(name, Environment.INDOOR) for name in self.properties}
        return {name: settings for name, settings in found.items() if settings.can_fail}

    def still(self) -> dict[str, FlatLine]:
        """Give the properties that fail when they stand still, with when."""
        return {
            name: settings.flat
            for name, settings in self.failing().items()
            if settings.flat is not None and settings.flat.fail is not None
        }


_SECTIONS: Mapping[str, type] = {
    "feed": Feed,
    "attenuation": Attenuation,
    "neighbourhood": Neighbourhood,
    "particles": Particles,
}
Overrides = Mapping[str, Mapping[str, Any]]
"""Numbers by section and name, without remarks"""


def load(overrides: Overrides | None = None, *, file: Path = SHIPPED) -> QualitySettings:
    """Read the settings, with others in the place of some.

    Raises:
        RulesWrong: a number is missing, unknown or impossible; all mistakes at once.
    """
    problems: list[Problem] = []
    document = remarked.document(file, problems)
    name = "quality" if overrides else file.name
    document = _merged(document, overrides or {}, name, problems)
    measured = [each.name for each in PROPERTIES.values() if not each.derived]
    problems += remarked.unknown(name, "", document, [*_SECTIONS, *measured])
    remarks: dict[str, Remark] = {}
    sections: dict[str, Any] = {}
    properties: dict[str, _Property] = {}
    for section, kind in {**dict.fromkeys(measured, _Property), **_SECTIONS}.items():
        if section not in document and kind is _Property:
            continue
        found, told = remarked.section(name, section, document.get(section), kind, problems)
        remarks |= told
        (properties if kind is _Property else sections)[section] = found
    if problems:
        raise RulesWrong(problems)
    return QualitySettings(**sections, properties=properties, remarks=remarks)


@cache
def shipped() -> QualitySettings:
    """Give the settings that come with the product."""
    return load()


def _merged(
    document: remarked.Document, overrides: Overrides, file: str, problems: list[Problem]
) -> remarked.Document:
    """Put what is set in the place of what is shipped; an instance's number is its decision."""
    merged = {
        name: dict(section) if isinstance(section, dict) else section
        for name, section in document.items()
    }
    for name, numbers in overrides.items():
        section = merged.setdefault(name, {})
        if not isinstance(numbers, Mapping):
            problems.append(Problem(file, name, "must be a table of numbers"))
            continue
        for figure, value in numbers.items():
            if value == NEVER and figure in _OPTIONAL:
                section.pop(figure, None)
            else:
                section[figure] = {"value": value, "rests_on": RestsOn.DECISION, "source": _OURS}
    return merged


_OPTIONAL: Sequence[str] = [field.name for field in fields(_Property)]
