"""The numbers behind the indices that rest on practice or on a decision: data, with their source.

They stand in `figures.yaml` beside this file, each with what it rests on and where it comes from;
a copy with other values may be named instead. What a formula or a standard fixes is in the code of
the index itself. The sections' fields are explained in the file, not here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from alerts import remarked
from alerts.problems import Problem, RulesWrong
from alerts.remarked import Remark
from alerts.rule_text import Count, Duration, Number

SHIPPED = Path(__file__).with_name("figures.yaml")
"""The figures that come with the product"""

Share = Annotated[Number, Field(gt=0, le=1)]
Percent = Annotated[Number, Field(ge=0, le=100)]
HourOfDay = Annotated[int, Field(strict=True, ge=0, le=23)]


@dataclass(frozen=True, slots=True)
class Moisture:
    """Moisture load and surfaces."""

    factor_default: Share
    factor_cold_bridge: Share
    factor_insulated: Share
    surface_limit: Percent
    excess_classes: tuple[Number, Number, Number, Number]
    excess_vanishes_at: Annotated[Number, Field(gt=0)]
    excess_of_moisture: Number
    excess_of_water: Number
    cold_room: Number
    diagnosed_below: Number


@dataclass(frozen=True, slots=True)
class Mould:
    """How the mould index is run and judged."""

    material: Literal["very sensitive", "sensitive", "medium resistant", "resistant"]
    decline: Share
    amber_at: Number
    red_at: Number
    red_rise: Number
    red_rise_within: Duration
    hold: Duration
    stale_after: Duration


@dataclass(frozen=True, slots=True)
class PartF:
    """Moving means of humidity, limits by the length in hours."""

    surface_limits: Mapping[int, Percent]
    air_limits: Mapping[int, Percent]
    capture: Share
    wet_surface: Percent
    wet_hours: Count
    wet_days: Count


@dataclass(frozen=True, slots=True)
class Dust:
    """Whether dust is the site's."""

    wind_sector: Annotated[Number, Field(ge=0, le=180)]
    wind_least: Number
    action_level: Number
    site_share: Share
    fine_ratio: Share
    regional_share: Share
    regional_percentile: Percent
    regional_least: Count
    kappa: Number
    humidity_from: Percent
    humidity_to: Annotated[Number, Field(ge=0, lt=100)]
    mass_per_ppb: Mapping[str, Number]


@dataclass(frozen=True, slots=True)
class Parking:
    """Sessions, occupancy and doubtful sensors."""

    shortest_session: Duration
    unverified_after: Duration
    unknown_after: Count
    known_share: Share
    grace: Duration
    full_at: Percent
    full_cleared_below: Percent
    stuck_with_limit: Duration
    stuck_without_limit: Duration
    stuck_free: Duration
    stuck_free_turnover: Number
    stuck_lot: Duration
    stuck_lot_spaces: Count
    flickers_a_day: Count


@dataclass(frozen=True, slots=True)
class Comfort:
    """Heat and stale air."""

    bedroom_limit: Number
    night_from: HourOfDay
    night_to: HourOfDay
    night_hours_a_year: Count
    adaptive_slope: Number
    adaptive_base: Number
    adaptive_memory: Share
    adaptive_margin: Number
    adaptive_share: Share
    busiest_hours: Annotated[int, Field(strict=True, ge=1)]
    stuffy: Number
    stuffy_days: Count
    stuffy_of_days: Count


@dataclass(frozen=True, slots=True)
class Fleet:
    """The health of devices."""

    capture_after: Duration
    battery_over: Duration
    battery_least_days: Annotated[int, Field(strict=True, ge=2)]
    battery_empty_level: Percent
    battery_empty_share: Share


@dataclass(frozen=True, slots=True)
class Figures:
    """All figures."""

    moisture: Moisture
    mould: Mould
    part_f: PartF
    dust: Dust
    parking: Parking
    comfort: Comfort
    fleet: Fleet
    remarks: Mapping[str, Remark]
    """By section and name, such as `moisture.surface_limit`"""


_SECTIONS: Mapping[str, type] = {
    "moisture": Moisture,
    "mould": Mould,
    "part_f": PartF,
    "dust": Dust,
    "parking": Parking,
    "comfort": Comfort,
    "fleet": Fleet,
}


def load(file: Path | None = None) -> Figures:
    """Read the figures, the shipped ones without a file.

    Raises:
        RulesWrong: a figure is missing, unknown or impossible; all mistakes at once.
    """
    path = file or SHIPPED
    problems: list[Problem] = []
    remarks: dict[str, Remark] = {}
    document = remarked.document(path, problems)
    problems += remarked.unknown(path.name, "", document, _SECTIONS)
    sections: dict[str, Any] = {}
    for name, kind in _SECTIONS.items():
        sections[name], told = remarked.section(path.name, name, document.get(name), kind, problems)
        remarks |= told
    if problems:
        raise RulesWrong(problems)
    return Figures(**sections, remarks=remarks)
