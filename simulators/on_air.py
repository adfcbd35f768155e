"""Which transmissions of a device are heard: the device speaks, the air and the plan decide."""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass

from simulators.device import Frame, Spoken
from simulators.faults import FaultPlan
from simulators.fleet import Fleet, Member
from simulators.radio import Heard


@dataclass(frozen=True, slots=True)
class OnAir:
    """A transmission that at least one gateway heard."""

    member: Member
    spoken: Spoken
    heard: Heard

    @property
    def due(self) -> float:
        """Unix time at which it was sent."""
        return self.spoken.time


def on_air(member: Member, plan: FaultPlan, span: tuple[float, float]) -> Iterator[OnAir]:
    """Give what is heard of a device between two Unix times; it is told what is not."""
    begin, end = span
    for spoken in member.device.frames(begin):
        if spoken.time >= end:
            return
        heard = None
        if not plan.loses(member.identity.dev_eui, spoken.number):
            heard = member.link.send(spoken.time, spoken.number)
        if heard is not None:
            yield OnAir(member, spoken, heard)
        elif isinstance(spoken, Frame):
            member.device.missed(spoken)


def all_on_air(fleet: Fleet, plan: FaultPlan, span: tuple[float, float]) -> Iterator[OnAir]:
    """Give what is heard of the whole fleet, in order."""
    devices = (on_air(member, plan, span) for member in fleet.members)
    return heapq.merge(*devices, key=lambda sent: sent.due)
