"""Integers as devices write them: so many bits, and one of three ways to say below zero.

A *code* is the bits read as a number without sign; a *value* is the integer they mean.

    Number(16)                          FFFE is 65534
    Number(16, Sign.TWOS_COMPLEMENT)    FFFE is    -2
    Number(16, Sign.MAGNITUDE)          8002 is    -2    (the top bit is the sign)
"""

from dataclasses import dataclass
from enum import Enum
from typing import Literal, TypeAlias

Order: TypeAlias = Literal["big", "little"]
"""Which byte of a number comes first: the most or the least significant."""


class Sign(Enum):
    """How a number says that it is below zero."""

    NONE = "none"
    TWOS_COMPLEMENT = "two's complement"
    MAGNITUDE = "sign and magnitude"


@dataclass(frozen=True, slots=True)
class Number:
    """An integer of so many bits."""

    bits: int
    sign: Sign = Sign.NONE

    @property
    def lowest(self) -> int:
        """The lowest value that the bits can say."""
        if self.sign is Sign.NONE:
            return 0
        return -self.highest - (1 if self.sign is Sign.TWOS_COMPLEMENT else 0)

    @property
    def highest(self) -> int:
        """The highest value that the bits can say."""
        return (1 << self.bits if self.sign is Sign.NONE else 1 << self.bits - 1) - 1

    def value(self, code: int) -> int:
        """Give the value that the bits mean."""
        if self.sign is Sign.NONE:
            return code
        top = 1 << self.bits - 1
        if self.sign is Sign.TWOS_COMPLEMENT:
            return (code ^ top) - top
        return top - code if code & top else code

    def code(self, value: int) -> int:
        """Give the bits that mean the value, or the nearest value they can say."""
        near = min(max(value, self.lowest), self.highest)
        if self.sign is Sign.MAGNITUDE and near < 0:
            return (1 << self.bits - 1) - near
        return near & (1 << self.bits) - 1


U1 = Number(1)
U4 = Number(4)
U8 = Number(8)
S8 = Number(8, Sign.TWOS_COMPLEMENT)
U16 = Number(16)
S16 = Number(16, Sign.TWOS_COMPLEMENT)
U32 = Number(32)
