"""The VTT mould growth index of a surface, hour by hour.

Hukka and Viitanen 1999 (Wood Science and Technology 33:475), with the material classes of Ojanen,
Viitanen and others 2010. M runs from 0 (none) through 1 (some growth under the microscope) and 3
(visible) to 6 (all covered). It is an index of the conditions, not a finding of mould.

Explicit steps of one hour. Where programs differ, this one: keeps the critical humidity at the
class's minimum and not under it, also below 20 degC; takes the minimum above 20 degC; lets M
decline at and below 0 degC; counts the first six hours without growth as decline.

A gap is bridged with the last value up to `hold`; through the rest of it M stands still, and the
hours are counted as missing. A missing hour is never taken for a dry or a cold one.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from types import MappingProxyType

from alerts.figures import Mould
from alerts.model import Severity

_HOUR = timedelta(hours=1)
_DECLINE_EARLY = -0.032 / 24
_DECLINE_LATE = -0.016 / 24


@dataclass(frozen=True, slots=True)
class Material:
    """A class of sensitivity: k1 below and from M = 1, the bounds of M, the least humidity."""

    k1_before: float
    k1_after: float
    a: float
    b: float
    c: float
    minimum: float


MATERIALS: Mapping[str, Material] = MappingProxyType(
    {
        "very sensitive": Material(1, 2, 1, 7, 2, 80),
        "sensitive": Material(0.578, 0.386, 0.3, 6, 1, 80),
        "medium resistant": Material(0.072, 0.097, 0, 5, 1.5, 85),
        "resistant": Material(0.033, 0.014, 0, 3, 1, 85),
    }
)
"""Untreated wood; planed wood, board and wallpaper; concrete and mineral wool; glass and metal"""

Surface = tuple[float, float]
"""Temperature in degC and relative humidity in %, at the surface"""


@dataclass(frozen=True, slots=True)
class Model:
    """What the index is computed with."""

    material: Material
    decline: float
    """Cmat: 1 strong, 0.5 significant, 0.25 relatively low, 0.1 almost none"""
    hold: int
    """Hours of a gap that are bridged"""

    @classmethod
    def of(cls, figures: Mould) -> "Model":
        """Take the model from the figures."""
        return cls(MATERIALS[figures.material], figures.decline, figures.hold // _HOUR)


@dataclass(frozen=True, slots=True)
class State:
    """The index after an hour, with all that the next hour depends on: a checkpoint."""

    index: float = 0.0
    dry_hours: int = 0
    """Hours since growth stopped"""
    gap: int = 0
    """Missing hours in a row"""
    missing: int = 0
    """Hours in all that could not be counted"""
    last: Surface | None = None

    def is_stale(self, figures: Mould) -> bool:
        """Say whether the gap is so long that the index says nothing about today."""
        return self.gap * _HOUR >= figures.stale_after


def critical_humidity(temperature: float, material: Material) -> float:
    """Give the relative humidity from which mould grows, in %."""
    if temperature > 20:
        return material.minimum
    curve = -0.00267 * temperature**3 + 0.160 * temperature**2 - 3.13 * temperature + 100
    return max(material.minimum, curve)


def step(model: Model, state: State, surface: Surface | None) -> State:
    """Count one hour in; None is an hour without a value."""
    if surface is not None:
        return _count(model, replace(state, gap=0, last=surface), surface)
    waiting = replace(state, gap=state.gap + 1)
    if state.last is not None and waiting.gap <= model.hold:
        return _count(model, waiting, state.last)
    return replace(waiting, missing=state.missing + 1)


def run(model: Model, state: State, surfaces: Iterable[Surface | None]) -> State:
    """Count hours in, one after the other."""
    for surface in surfaces:
        state = step(model, state, surface)
    return state


def _count(model: Model, state: State, surface: Surface) -> State:
    temperature, humidity = surface[0], min(surface[1], 100.0)
    critical = critical_humidity(temperature, model.material)
    if 0 < temperature <= 50 and humidity >= critical and critical < 100:
        rate = _growth(model.material, state.index, surface=(temperature, humidity))
        return replace(state, index=state.index + rate, dry_hours=0)
    dry = state.dry_hours + 1
    return replace(
        state, index=max(0.0, state.index + model.decline * _decline(dry)), dry_hours=dry
    )


def _decline(dry_hours: int) -> float:
    if dry_hours <= 6:
        return _DECLINE_EARLY
    return 0.0 if dry_hours <= 24 else _DECLINE_LATE


def _growth(material: Material, index: float, *, surface: Surface) -> float:
    """Give the growth of one hour, for pine that is sawn: W = 0 and SQ = 0."""
    temperature, humidity = surface
    critical = critical_humidity(temperature, material)
    excess = (critical - humidity) / (critical - 100)
    most = max(material.a + material.b * excess - material.c * excess**2, 0.0)
    pace = material.k1_before if index < 1 else material.k1_after
    brake = max(1 - math.exp(2.3 * (index - most)), 0.0)
    weeks = math.exp(-0.68 * math.log(temperature) - 13.9 * math.log(humidity) + 66.02)
    return pace * brake / (7 * weeks) / 24


def severity(index: float, earlier: float | None, figures: Mould) -> Severity | None:
    """Judge the index; `earlier` is what it was at the time of `red_rise_within` before."""
    steep = earlier is not None and index - earlier >= figures.red_rise
    if index >= figures.red_at or steep:
        return Severity.RED
    return Severity.AMBER if index >= figures.amber_at else None
