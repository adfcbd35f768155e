"""Counts of homes, made so coarse that nobody can tell a home from them.

Areas with few homes are put together, never left out, so that a total holds nothing that its rows
do not; counts are rounded to fives, and the total is that of the rounded rows, so that subtracting
one from another gives back only what was shown. (ONS, Disclosure control guidance for tables:
thresholds, rounding; the numbers here are decisions of this product.)
"""

from collections.abc import Iterable
from dataclasses import dataclass

FEWEST = 10
"""Homes of a row"""
STEP = 5
OTHER = "Other areas"


@dataclass(frozen=True, slots=True)
class Count:
    """Homes of an area, or of several."""

    area: str
    homes: int
    found: int
    """With a finding"""

    def __add__(self, other: "Count") -> "Count":
        return Count(OTHER, self.homes + other.homes, self.found + other.found)


@dataclass(frozen=True, slots=True)
class Coarse:
    """What may be shown."""

    rows: tuple[Count, ...]
    """Rounded; none when there are too few homes in all"""
    total: Count | None


def coarse(exact: Iterable[Count]) -> Coarse:
    """Put small areas together, and round."""
    large: list[Count] = []
    small: list[Count] = []
    for count in sorted(exact, key=lambda each: (-each.homes, each.area)):
        (large if count.homes >= FEWEST and count.area else small).append(count)
    while small and sum(count.homes for count in small) < FEWEST and large:
        small.append(large.pop())
    rows = sorted(large, key=lambda each: each.area)
    if small:
        rest = sum(small, Count(OTHER, 0, 0))
        rows += [rest] if rest.homes >= FEWEST else []
    shown = tuple(Count(each.area, rounded(each.homes), rounded(each.found)) for each in rows)
    if not shown:
        return Coarse((), None)
    homes, found = sum(each.homes for each in shown), sum(each.found for each in shown)
    return Coarse(shown, Count("All areas", homes, found))


def rounded(number: int) -> int:
    """Give the nearest multiple of five."""
    return (number + STEP // 2) // STEP * STEP
