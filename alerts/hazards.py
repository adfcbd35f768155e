"""Which hazards have legal clocks, and from when on: a table in `hazards.yaml`, not code.

The regulations of 2025 come in phases; when a phase begins is a date in the table. Where the date
is not known, a case is kept and has no clock.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path

from alerts import yaml_text

SHIPPED = Path(__file__).with_name("hazards.yaml")
"""The table that comes with the product"""
_UNKNOWN = "unknown"


class Category(StrEnum):
    """How grave the hazard of a case is held to be."""

    EMERGENCY = "emergency"
    SIGNIFICANT = "significant"


class UnknownHazard(Exception):
    """The table has no hazard of that name."""


@dataclass(frozen=True, slots=True)
class Hazard:
    """A kind of hazard."""

    id: str
    name: str
    in_force: Mapping[Category, date | None]
    """From which day on awareness starts a clock; None: not known"""

    def has_clocks(self, category: Category, aware_on: date) -> bool:
        """Say whether the law's clocks run for a case of which we became aware on a day."""
        since = self.in_force[category]
        return since is not None and aware_on >= since


@cache
def load(file: Path = SHIPPED) -> Mapping[str, Hazard]:
    """Read the table: the hazards by their ids.

    Raises:
        ValueError: the table is malformed; the message names the file.
    """
    document = yaml_text.parse(file.read_bytes())
    try:
        rows = document["hazards"]  # type: ignore[index]  # checked by what follows
        return {row["id"]: _hazard(row) for row in rows}
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{file.name} is no table of hazards: {error!r}") from error


def _hazard(row: Mapping[str, str]) -> Hazard:
    days = {category: _day(row[category]) for category in Category}
    return Hazard(row["id"], row["name"], days)


def _day(text: str) -> date | None:
    return None if text == _UNKNOWN else date.fromisoformat(text)


def hazard(name: str) -> Hazard:
    """Give a hazard of the shipped table.

    Raises:
        UnknownHazard: there is none of that name.
    """
    try:
        return load()[name]
    except KeyError:
        raise UnknownHazard(f"`{name}` is none of {', '.join(load())}") from None
