"""What every signal offers to a device."""

from collections.abc import Mapping
from typing import Protocol

Sample = Mapping[str, float]
"""A value by observed property, in the property's unit; `property@channel` for a further probe"""


class Signal(Protocol):
    """A place with something to measure."""

    def at(self, time: float) -> Sample:
        """Give what is true at a Unix time; a signal that steps wants times that do not go back."""
        ...
