"""What the network server publishes, in order: the fleet's frames, as the air leaves them."""

import heapq
from collections.abc import Iterable, Iterator

from simulators.faults import FaultPlan
from simulators.fleet import Fleet, Member
from simulators.gateway_events import gateway_events
from simulators.message import Message
from simulators.network_server import Asking, NetworkServer
from simulators.on_air import on_air
from simulators.ready import Ready

_Timed = tuple[float, Ready]
"""An event, with the Unix time at which it happened"""


def traffic(
    fleet: Fleet, plan: FaultPlan, span: tuple[float, float], asking: Asking
) -> Iterator[Message]:
    """Give every message, in order of publication, of what happens between two Unix times."""
    devices = (_events(member, plan, span, asking) for member in fleet.members)
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
    member: Member, plan: FaultPlan, span: tuple[float, float], asking: Asking
) -> Iterator[_Timed]:
    """Give the events of one device that reached the network server."""
    server = NetworkServer(member, asking, span[0])
    for sent in on_air(member, plan, span):
        for ready in server.hear(sent):
            yield sent.due, ready
