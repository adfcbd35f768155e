"""Frames that never came, told by the counter that each frame carries."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from storage.pages_devices import Frame


@dataclass(frozen=True, slots=True)
class Loss:
    """How many of a device's frames came and did not come."""

    received: int
    lost: int

    @property
    def share(self) -> float | None:
        """The lost ones in %; None when nothing came."""
        sent = self.received + self.lost
        return 100 * self.lost / sent if sent else None


def missed(before: Frame, frame: Frame) -> int:
    """Give how many frames are missing between two that follow each other.

    A join gives a new address and a counter from 0; a counter that falls was reset. Neither says
    that a frame was lost.
    """
    if before.dev_addr != frame.dev_addr:
        return 0
    return max(0, frame.f_cnt - before.f_cnt - 1)


def loss(frames: Sequence[Frame]) -> Loss:
    """Count the frames of a device, given the newest first."""
    return Loss(len(frames), sum(missed(before, frame) for frame, before in pairwise(frames)))
