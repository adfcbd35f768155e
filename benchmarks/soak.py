"""A long steady load on the whole service: is anything lost, does its memory stay flat?

    python benchmarks/soak.py                        500 uplinks a second for an hour
    python benchmarks/soak.py --rate 0 --for 1h      as fast as the broker takes them
    python benchmarks/soak.py --for 20s --json       the short form that the tests run

A database, a broker and `boroughsense run` of its own, everything on. 5,000 devices report in turn,
by the wall's clock, so that hours close and rules are evaluated on the way. Of each 500 messages
one is published a second time and one is broken JSON: the account must name each. Every ten seconds
the memory of the service and its children is read from /proc.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from boroughsense.bench import broker
from boroughsense.logs import configure
from boroughsense.processes import Child, ChildFailed, child
from simulators.durations import duration
from simulators.feed import Feed, packet
from simulators.load_messages import VALUES, Message, made
from storage.account import account
from storage.connection import Connection, connect
from storage.embedded import EmbeddedPostgres
from storage.instance import Mode
from storage.migrate import migrate
from storage.overview import overview

DEVICES = 5000
EVERY = 500
"""Of so many uplinks one comes twice, and one is followed by broken JSON"""
FLAT = 0.10
_SAMPLE_SECONDS = 10.0
_DRAIN_SECONDS = 600.0
_PORTION = 2000
"""Uplinks made at a time when there is no rate"""
_FASTEST = 20_000
"""Uplinks a second that no run without a rate exceeds: the devices' clocks never pass ours"""


@dataclass(slots=True)
class Sent:
    """What the broker has acknowledged."""

    uplinks: int = 0
    duplicates: int = 0
    broken: int = 0

    @property
    def published(self) -> int:
        """All of it."""
        return self.uplinks + self.duplicates + self.broken


@dataclass(slots=True)
class Memory:
    """Resident memory of the service and its children, in MB, sampled."""

    pid: int
    samples: list[float] = field(default_factory=list)
    _next: float = 0.0

    def sample(self) -> None:
        """Take a sample when it is time."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + _SAMPLE_SECONDS
        self.samples.append(sum(_resident(pid) for pid in _family(self.pid)) / 1024)

    @property
    def growth(self) -> float | None:
        """The last tenth over the second, when caches are full; None for less than 20 samples."""
        tenth = len(self.samples) // 10
        if tenth < 2:
            return None
        early = median(self.samples[tenth : 2 * tenth])
        return median(self.samples[-tenth:]) / early - 1


def _family(pid: int) -> Iterator[int]:
    """Give a process and all below it."""
    yield pid
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except FileNotFoundError:
        return
    for each in children.split():
        yield from _family(int(each))


def _resident(pid: int) -> int:
    """Give a process's resident memory in kB; 0 when it has ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except FileNotFoundError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmRSS:")), 0)


def packets(first: int, count: int, begin: datetime, spacing: timedelta, sent: Sent) -> list[bytes]:
    """Make the packets of so many uplinks, with what comes twice and what is broken among them."""
    written: list[bytes] = []

    def write(message: Message) -> None:
        written.append(packet(len(written), message.topic, message.payload))

    uplinks = made(range(first, first + count), begin, spacing, devices=DEVICES)
    for number, uplink in enumerate(uplinks, first):
        write(uplink)
        if number % EVERY == 0:
            write(uplink)
            sent.duplicates += 1
        elif number % EVERY == EVERY // 2:
            write(Message(uplink.topic, uplink.payload[:-20]))
            sent.broken += 1
    sent.uplinks += count
    return written


def publish(url: str, rate: int, seconds: float, memory: Memory, service: Child) -> Sent:
    """Publish for so long, at a rate or (0) as fast as the broker takes it."""
    sent, began = Sent(), time.monotonic()
    begin, spacing = datetime.now(UTC), timedelta(seconds=DEVICES / (rate or _FASTEST))
    with Feed(url, "b-soak") as feed:
        while (now := time.monotonic()) < began + seconds:
            due = int((now - began + 1) * rate) if rate else sent.uplinks + _PORTION
            count = min(max(0, due - sent.uplinks), max(rate, _PORTION))
            batch = packets(sent.uplinks, count, begin, spacing, sent)
            if batch and rate:
                feed.paced(batch, rate)
            elif batch:
                feed.all(batch)
            else:
                time.sleep(0.05)
            memory.sample()
            service.check()
        if feed.refused:
            raise ChildFailed(f"the broker did not take {feed.refused} messages")
    return sent


def drain(connection: Connection, sent: Sent, memory: Memory, service: Child) -> None:
    """Wait until everything is in the books and every hour is judged."""
    deadline = time.monotonic() + _DRAIN_SECONDS
    while account(connection).received < sent.published or overview(connection).pending:
        if time.monotonic() > deadline:
            return
        service.check()
        memory.sample()
        time.sleep(2.0)


def told(connection: Connection, sent: Sent, memory: Memory) -> dict[str, Any]:
    """Compare what was sent with what is there."""
    books, there = account(connection), overview(connection)
    expected = {
        "stored": sent.uplinks,
        "refused": {"not_an_event": sent.broken} if sent.broken else {},
        "duplicates": sent.duplicates,
        "observations": sent.uplinks * VALUES,
    }
    held = {
        "stored": books.stored,
        "refused": dict(books.by_reason),
        "duplicates": books.duplicates,
        "observations": there.observations,
    }
    growth = memory.growth
    return {
        "published": sent.published,
        **held,
        "expected": expected,
        "lost": sent.published - books.received,
        "possible_gaps": len(books.possible_gaps),
        "hours_pending": there.pending,
        "memory_mb": {
            "samples": len(memory.samples),
            "first": round(memory.samples[0]),
            "median": round(median(memory.samples)),
            "highest": round(max(memory.samples)),
            "last": round(memory.samples[-1]),
            "growth": None if growth is None else round(growth, 3),
        },
        "right": held == expected and not books.possible_gaps,
        "flat": growth is None or abs(growth) <= FLAT,
    }


def run(rate: int, seconds: float, room: Path | None) -> dict[str, Any]:
    """Play it, and give what happened; the data lie in a new folder in the room."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="boroughsense-soak-")))
        data = Path(tempfile.mkdtemp(prefix="boroughsense-soak-", dir=room))
        server = stack.enter_context(EmbeddedPostgres(data, throwaway=True))
        served = stack.enter_context(broker(folder))
        kind, url = served.kind, served.url
        connection = stack.enter_context(connect(server.dsn, application_name="boroughsense-soak"))
        migrate(connection, mode=Mode.LIVE)
        settings = {
            "BOROUGHSENSE_DATABASE_URL": server.dsn,
            "BOROUGHSENSE_MQTT_URL": url,
            "BOROUGHSENSE_LOG_FORMAT": "json",
        }
        service = stack.enter_context(child("service", "run", environment=settings, folder=folder))
        while not service.said('"subscribed"'):
            service.check()
            time.sleep(0.05)
        memory = Memory(service.pid)
        began = time.monotonic()
        try:
            sent = publish(url, rate, seconds, memory, service)
        except OSError as error:
            words = service.last_words()
            raise ChildFailed(
                f"the broker went away ({error}); the service said: {words}"
            ) from error
        published = time.monotonic() - began
        drain(connection, sent, memory, service)
        return {
            "broker": kind,
            "rate": rate or "as fast as it goes",
            "seconds": round(published),
            "uplinks_per_s": round(sent.uplinks / published),
            "drained_after_s": round(time.monotonic() - began - published, 1),
            **told(connection, sent, memory),
        }


def main() -> int:
    """Read the options, run, and tell; 1 when something is lost or memory grew."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rate", type=int, default=500, help="uplinks a second; 0: no limit")
    parser.add_argument("--for", dest="length", default="1h", help="how long (20s, 1h)")
    parser.add_argument("--data", type=Path, help="where the data lie: 2 GB for a million uplinks")
    parser.add_argument("--json", action="store_true", help="one JSON document")
    wanted = parser.parse_args()
    configure("console")
    figures = run(wanted.rate, duration(wanted.length).total_seconds(), wanted.data)
    if wanted.json:
        sys.stdout.write(json.dumps(figures) + "\n")
    else:
        sys.stdout.writelines(f"{name}: {value}\n" for name, value in figures.items())
    return 0 if figures["right"] and figures["flat"] else 1


if __name__ == "__main__":
    sys.exit(main())
