"""What the network server publishes, in order: the fleet's frames, as the air leaves them."""

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from decoders.model import NetworkEvent, TimeSource, Uplink
from simulators.device import Frame, Join
from simulators.faults import FaultPlan
from simulators.fleet import Fleet, Member
from simulators.gateway_events import gateway_events
from simulators.message import Meaning, Message
from simulators.on_air import on_air
from simulators.radio import Heard, moment
from simulators.ready import Ready

_SOURCE = "chirpstack-v4"
_COLLECTING = 0.2
"""seconds that the network server waits for further gateways' copies"""


@dataclass(frozen=True, slots=True)
class Asking:
    """How often the network server asks for what is no uplink; None: never."""

    status: timedelta | None = None
    """A device's battery and margin"""
    stats: timedelta | None = None
    """A gateway's statistics"""


_Timed = tuple[float, Ready]
"""An event, with the Unix time at which it happened"""


def traffic(
    fleet: Fleet, plan: FaultPlan, span: tuple[float, float], asking: Asking
) -> Iterator[Message]:
    """Give every message, in order of publication, of what happens between two Unix times."""
    devices = (_events(member, plan, span, asking.status) for member in fleet.members)
    gateways = gateway_events(fleet.gateways, span, asking.stats)
    return in_order(heapq.merge(*devices, gateways, key=lambda event: event[0]), plan)


def in_order(events: Iterable[_Timed], plan: FaultPlan) -> Iterator[Message]:
    """Give what is published of events in their order, with the plan's faults, in order too."""
    held: list[tuple[float, int, Message]] = []
    count = 0
    for time, ready in events:
        while held and held[0][0] <= time:
            yield heapq.heappop(held)[2]
        for message in plan.messages(ready):
            heapq.heappush(held, (message.due, count, message))
            count += 1
    while held:
        yield heapq.heappop(held)[2]


def _events(
    member: Member, plan: FaultPlan, span: tuple[float, float], every: timedelta | None
) -> Iterator[_Timed]:
    """Give the events of one device that reached the network server."""
    pause = every.total_seconds() if every else 0.0
    next_status = span[0] + member.dice.uniform(6, 0.0, pause)
    for sent in on_air(member, plan, span):
        spoken = sent.spoken
        air = _Air(member, sent.heard, spoken.number)
        if isinstance(spoken, Join):
            yield spoken.time, air.join(spoken)
            continue
        yield spoken.time, air.uplink(spoken)
        if every is not None and spoken.time >= next_status:
            next_status += pause
            yield spoken.time, air.status(spoken)


@dataclass(frozen=True, slots=True)
class _Air:
    """One frame as the network server has it."""

    member: Member
    heard: Heard
    number: int

    @property
    def frame_id(self) -> str:
        """The frame's deduplication id."""
        return str(UUID(bytes=self.member.dice.child("frame").digest(self.number), version=4))

    def uplink(self, frame: Frame) -> Ready:
        """Give the uplink, dated as ChirpStack does: by a gateway's clock, else by its own."""
        who, heard = self.member.identity, self.heard
        gnss = any(copy.gateway_time for copy in heard.receptions)
        event = Uplink(
            source=_SOURCE,
            deduplication_id=self.frame_id,
            dev_eui=who.dev_eui,
            device_name=who.name,
            device_profile=who.title,
            application=who.application_id,
            tags=who.tags,
            dev_addr=frame.dev_addr,
            f_port=frame.f_port,
            f_cnt=frame.f_cnt,
            confirmed=frame.confirmed,
            payload=frame.payload,
            result_time=moment(frame.time) if gnss else heard.received,
            time_source=TimeSource.GATEWAY if gnss else TimeSource.SERVER,
            receptions=heard.receptions,
        )
        meaning = Meaning(("up", self.frame_id), who.dev_eui, event.result_time, frame.observations)
        return self._ready(event, meaning, frame.time)

    def join(self, join: Join) -> Ready:
        """Give the join."""
        event = self._other("join", {"dev_addr": join.dev_addr})
        return self._ready(event, Meaning(("join", self.frame_id), event.subject), join.time)

    def status(self, frame: Frame) -> Ready:
        """Give the device's answer about battery and margin, which came with a frame."""
        best = self.heard.receptions[0].snr or 0.0
        level = self.member.dice.child("battery").uniform(0, 30.0, 100.0)
        event = self._other(
            "status",
            {
                "margin": max(-32, min(31, round(best))),
                "battery_level": round(level, 1),
                "external_power_source": False,
            },
        )
        return self._ready(event, Meaning(("status", self.frame_id), event.subject), frame.time)

    def _other(self, kind: str, detail: dict[str, str | float | bool | None]) -> NetworkEvent:
        who = self.member.identity
        return NetworkEvent(
            source=_SOURCE,
            event_type=kind,
            deduplication_key=self.frame_id,
            subject=who.dev_eui,
            application=who.application_id,
            time=self.heard.received,
            detail=detail,
        )

    def _ready(self, event: Uplink | NetworkEvent, meaning: Meaning, time: float) -> Ready:
        who, heard = self.member.identity, self.heard
        return Ready(
            event,
            who.envelope(heard.spreading_factor, heard.frequency),
            who.marshaler,
            self.number,
            max(time, heard.received.timestamp()) + _COLLECTING,
            meaning,
            who.server,
        )
