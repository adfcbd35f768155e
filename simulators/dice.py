"""Seeded chance that can be asked in any order: a value has a name and a number, and no history.

A value is the BLAKE2b digest of its number under a key made of the seed and the names, so it is
the same on every machine, and drawing one never changes another.
"""

import math
from hashlib import blake2b
from typing import Self

_DENOMINATOR = float(1 << 64)


class Dice:
    """Chance under one name.

    Args:
        seed: the seed of the run.
        names: what the chance is for.
    """

    __slots__ = ("_key",)

    def __init__(self, seed: int, *names: str) -> None:
        self._key = _key(str(seed).encode(), names)

    def child(self, *names: str) -> Self:
        """Give chance of its own for a part of what this is for."""
        twin = object.__new__(type(self))
        twin._key = _key(self._key, names)
        return twin

    def digest(self, number: int) -> bytes:
        """Give 16 bytes."""
        return blake2b(
            number.to_bytes(16, "little", signed=True), key=self._key, digest_size=16
        ).digest()

    def uniform(self, number: int, low: float = 0.0, high: float = 1.0) -> float:
        """Give a value evenly spread over [low, high)."""
        share = int.from_bytes(self.digest(number)[:8], "little") / _DENOMINATOR
        return low + (high - low) * share

    def normal(self, number: int, mean: float = 0.0, deviation: float = 1.0) -> float:
        """Give a normally distributed value (Box and Muller's transform)."""
        digest = self.digest(number)
        radius = (int.from_bytes(digest[:8], "little") + 1) / _DENOMINATOR
        angle = int.from_bytes(digest[8:], "little") / _DENOMINATOR
        length = math.sqrt(-2.0 * math.log(radius))
        return mean + deviation * length * math.cos(math.tau * angle)

    def chance(self, number: int, probability: float) -> bool:
        """Say whether something of this probability happens."""
        return probability > 0.0 and self.uniform(number) < probability

    def below(self, number: int, limit: int) -> int:
        """Give a whole number from 0 up to and without the limit."""
        return int.from_bytes(self.digest(number)[:8], "little") * limit >> 64


def _key(root: bytes, names: tuple[str, ...]) -> bytes:
    return blake2b("\x1f".join(names).encode(), key=root[:64], digest_size=32).digest()


class Drift:
    """A signal that wanders: mean 0, deviation near 1, and no jump within `period` seconds.

    Normal values on a grid of the period, joined by a smooth step; divided by the deviation that
    the joining leaves, on average over a period.
    """

    __slots__ = ("_at", "_dice", "_left", "_period", "_right")
    _SCALE = 1.0 / math.sqrt(26.0 / 35.0)

    def __init__(self, dice: Dice, period: float) -> None:
        self._dice = dice
        self._period = period
        self._at: int | None = None
        self._left = self._right = 0.0

    def at(self, time: float) -> float:
        """Give the signal at a Unix time in seconds."""
        place = time / self._period
        index = math.floor(place)
        if index != self._at:
            self._at = index
            self._left, self._right = self._dice.normal(index), self._dice.normal(index + 1)
        share = place - index
        step = share * share * (3.0 - 2.0 * share)
        return (self._left + (self._right - self._left) * step) * self._SCALE
