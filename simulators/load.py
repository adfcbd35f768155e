"""A load that outruns the pipeline: uplinks made beforehand, published by several processes.

Each process makes its share and waits; then all begin together, each on a connection of its own.
The packets lie in memory, about 1.6 kB each, so a load has a size and a time at which it ends.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier

from simulators.feed import Feed, packet
from simulators.load_messages import DEVICES, messages

_PREPARE_SECONDS = 300.0


class LoadFailed(Exception):
    """A connection was refused or lost."""


@dataclass(frozen=True, slots=True)
class Load:
    """What is published."""

    count: int
    """uplinks in all"""
    connections: int = 2
    seconds: float = 60.0
    """The end, whether or not everything is published"""
    origin: str = "simulation"
    devices: int = DEVICES
    """How many different ones they come from"""
    rate: int | None = None
    """Uplinks a second, over all connections; None: as fast as it goes"""


def prepare(load: Load, share: int, now: datetime) -> list[bytes]:
    """Make the packets of one connection: no two connections have the same uplink."""
    first = load.count * share // load.connections
    last = load.count * (share + 1) // load.connections
    return [
        packet(number, made.topic, made.payload, origin=load.origin)
        for number, made in enumerate(messages(first, last - first, now, devices=load.devices))
    ]


def publish(url: str, load: Load) -> dict[str, object]:
    """Publish a load, and give how fast the broker took it.

    Raises:
        LoadFailed: a connection was refused or lost.
    """
    context = get_context("spawn")
    together = context.Barrier(load.connections + 1)
    now, ends, processes = datetime.now(UTC), [], []
    for share in range(load.connections):
        ours, theirs = context.Pipe(duplex=False)
        told = (url, load, share, now, together, theirs)
        processes.append(context.Process(target=run_share, args=told, daemon=True))
        processes[-1].start()
        theirs.close()
        ends.append(ours)
    together.wait(_PREPARE_SECONDS)
    began = time.perf_counter()
    outcomes = [_outcome(end) for end in ends]
    seconds = time.perf_counter() - began
    for process in processes:
        process.join()
    return _figures(load, outcomes, seconds)


def run_share(  # noqa: PLR0913, PLR0917 - a process has no other way in
    url: str, load: Load, share: int, now: datetime, together: Barrier, end: Connection
) -> None:
    """Publish one connection's share, and send how much the broker took, or what went wrong."""
    packets = prepare(load, share, now)
    together.wait(_PREPARE_SECONDS)
    try:
        with Feed(url, f"b-load-{share}") as feed:
            if load.rate is None:
                sent = feed.burst(packets, load.seconds)
            else:
                share_of_rate = max(1, load.rate // load.connections)
                sent = len(feed.paced(packets[: int(share_of_rate * load.seconds)], share_of_rate))
            end.send((sent - feed.refused, feed.refused))
    except OSError as error:
        end.send(str(error))


def _outcome(end: Connection) -> tuple[int, int]:
    try:
        told = end.recv()
    except EOFError as error:
        raise LoadFailed("a process of the load has ended") from error
    if isinstance(told, str):
        raise LoadFailed(told)
    taken, refused = told
    return taken, refused


def _figures(load: Load, outcomes: Sequence[tuple[int, int]], seconds: float) -> dict[str, object]:
    taken = sum(taken for taken, _ in outcomes)
    return {
        "published": taken,
        "refused": sum(refused for _, refused in outcomes),
        "connections": load.connections,
        "seconds": round(seconds, 2),
        "uplinks_per_s": round(taken / seconds),
    }
