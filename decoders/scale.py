"""From the integer in a frame to the result in the property's unit, and back.

Every scale here is exact where the device's is: a whole number divided by a whole number gives the
double nearest to the decimal (222 tenths are 22.2, never 22.200000000000003).
"""

from dataclasses import dataclass
from typing import Protocol


class Scale(Protocol):
    """A rule between the integer of a frame and a result with a unit."""

    def result(self, value: int) -> float | None:
        """Give the result; None when the integer says that there is none."""
        ...

    def value(self, result: float) -> int:
        """Give the integer that comes nearest to the result, as the device would."""
        ...


@dataclass(frozen=True, slots=True)
class Linear:
    """Whole steps: (value + offset) * multiply / divide."""

    multiply: int = 1
    divide: int = 1
    offset: int = 0

    def result(self, value: int) -> float:
        """Give the result."""
        return (value + self.offset) * self.multiply / self.divide

    def value(self, result: float) -> int:
        """Give the nearest step."""
        return round(result * self.divide / self.multiply) - self.offset


PLAIN = Linear()
"""The integer is the result."""


@dataclass(frozen=True, slots=True)
class Formula:
    """A sensor's own formula: value * span / over + intercept, to the decimals of its step."""

    span: float
    over: int
    intercept: float
    decimals: int = 3

    def result(self, value: int) -> float:
        """Give the result, rounded."""
        return round(value * self.span / self.over + self.intercept, self.decimals)

    def value(self, result: float) -> int:
        """Give the nearest step."""
        return round((result - self.intercept) * self.over / self.span)


@dataclass(frozen=True, slots=True)
class Switch:
    """Two states, 0 and 1; any other value is none of them and gives no result."""

    def result(self, value: int) -> float | None:
        """Give 0.0 or 1.0."""
        return float(value) if value in {0, 1} else None

    def value(self, result: float) -> int:
        """Give 0 or 1; a result that is neither cannot be said."""
        if result not in {0, 1}:
            raise ValueError(f"{result} is neither 0 nor 1")
        return int(result)


@dataclass(frozen=True, slots=True)
class Flag:
    """Anything but 0 counts as 1."""

    def result(self, value: int) -> float:
        """Give 0.0 or 1.0."""
        return 1.0 if value else 0.0

    def value(self, result: float) -> int:
        """Give 0 or 1; a result that is neither cannot be said."""
        return Switch().value(result)
