"""What the network server publishes, in order: the fleet's frames, as the air leaves them."""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from decoders.model import NetworkEvent, TimeSource, Uplink
from simulators.device import Frame, Join, Spoken
from simulators.faults import FaultPlan, Ready
from simulators.fleet import Fleet, Member
from simulators.message import Meaning, Message
from simulators.radio import Heard, moment

_SOURCE = "chirpstack-v4"
_COLLECTING = 0.2
"""seconds that the network server waits for further gateways' copies"""


@dataclass(frozen=True, slots=True)
class _Event:
    """An event of the air, with when it happened."""

    time: float
    order: int
    ready: Ready


def traffic(fleet: Fleet, plan: FaultPlan, begin: float, end: float) -> Iterator[Message]:
    """Give every message, in order of publication, of what happens in [begin, end) of Unix time."""
    streams = (_events(member, plan, begin, end, i) for i, member in enumerate(fleet.members))
    held: list[tuple[float, int, Message]] = []
    count = 0
    for event in heapq.merge(*streams, key=lambda event: (event.time, event.order)):
        while held and held[0][0] <= event.time:
            yield heapq.heappop(held)[2]
        for message in plan.messages(event.ready):
            heapq.heappush(held, (message.due, count, message))
            count += 1
    while held:
        yield heapq.heappop(held)[2]


def _events(
    member: Member, plan: FaultPlan, begin: float, end: float, order: int
) -> Iterator[_Event]:
    """Give the events of one device that reached the network server."""
    for spoken in member.device.frames(begin):
        if spoken.time >= end:
            return
        if plan.loses(member.identity.dev_eui, spoken.number):
            continue
        heard = member.link.send(spoken.time, spoken.number)
        if heard is not None:
            yield _Event(spoken.time, order, _ready(member, spoken, heard))


def _ready(member: Member, spoken: Spoken, heard: Heard) -> Ready:
    who = member.identity
    frame_id = str(UUID(bytes=member.dice.child("frame").digest(spoken.number), version=4))
    if isinstance(spoken, Join):
        event: Uplink | NetworkEvent = _join(member, spoken, heard, frame_id)
        meaning = Meaning(("join", frame_id), who.dev_eui)
    else:
        event = _uplink(member, spoken, heard, frame_id)
        meaning = Meaning(
            ("up", frame_id), who.dev_eui, event.result_time, observations=spoken.observations
        )
    return Ready(
        event,
        who.envelope(heard.spreading_factor, heard.frequency),
        who.marshaler,
        spoken.number,
        heard.received.timestamp() + _COLLECTING,
        meaning,
    )


def _uplink(member: Member, frame: Frame, heard: Heard, frame_id: str) -> Uplink:
    """Give the uplink, dated as ChirpStack does: by a gateway's clock, else by its own."""
    who = member.identity
    gnss = any(copy.gateway_time for copy in heard.receptions)
    return Uplink(
        source=_SOURCE,
        deduplication_id=frame_id,
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


def _join(member: Member, join: Join, heard: Heard, frame_id: str) -> NetworkEvent:
    return NetworkEvent(
        source=_SOURCE,
        event_type="join",
        deduplication_key=frame_id,
        subject=member.identity.dev_eui,
        application=member.identity.application_id,
        time=heard.received,
        detail={"dev_addr": join.dev_addr},
    )
