"""How fast the ingest path is on this machine: its stages in one run, with the set-up beside them.

    raw COPY         the observations' rows, packed before, into a table with the same key
    same rows' COPY  uplinks and observations, packed in the time, into tables with the same keys
    write path       records through `storage.uplinks.Writer`: ledger, registry, rows, books
    full pipeline    a backlog on the broker drained by `boroughsense run`: everything on
    latency          publish to commit, live, at two rates
    cost             processor time of an uplink in the drain, of each process

Every figure is of this run; compare them with each other, not with another machine's.
"""

import os
import platform
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from statistics import quantiles
from typing import Any

import structlog

from boroughsense import processor_time
from boroughsense.broker import EmbeddedBroker, free_port
from boroughsense.processes import Child, ChildFailed, child
from ingest.pipeline import Policy, read
from simulators.feed import Feed, packet, publish_paced
from simulators.load_messages import DEVICES, VALUES, Message, messages
from storage import bench_tables
from storage.account import account
from storage.connection import Connection, connect
from storage.embedded import EmbeddedPostgres
from storage.instance import Mode
from storage.migrate import migrate
from storage.model import Arrival, Batch, UplinkRecord
from storage.partitions import Partitions
from storage.uplinks import Writer

log = structlog.get_logger(__name__)

BATCH = 500
_POLICY = Policy(Mode.LIVE)


@dataclass(frozen=True, slots=True)
class Wanted:
    """How much is measured."""

    uplinks: int = 40_000
    """In the backlog; the write path and the COPY take the same"""
    rates: Sequence[int] = (500, 5000)
    """Uplinks a second of the latency's stages"""
    seconds: float = 8.0
    """How long each of those lasts"""


def run(wanted: Wanted) -> dict[str, object]:
    """Measure everything, and give the figures.

    Raises:
        ChildFailed: the service did not start, or did not finish in time.
    """
    with tempfile.TemporaryDirectory(prefix="boroughsense-bench-") as name:
        folder = Path(name)
        with (
            EmbeddedPostgres(folder / "postgres", throwaway=True) as server,
            broker(folder) as served,
            connect(server.dsn, application_name="boroughsense-bench") as connection,
        ):
            migrate(connection, mode=Mode.LIVE)
            made = messages(0, wanted.uplinks, datetime.now(UTC))
            figures: dict[str, object] = {"set_up": set_up(served.kind, made, connection)}
            figures |= stages(connection, made)
            bench_tables.empty(connection)
            environment = _environment(server.dsn, served.url)
            live = _Live(connection, served, environment, folder)
            figures |= _service(live, made, wanted)
            return _with_ratio(figures)


def _with_ratio(figures: dict[str, Any]) -> dict[str, object]:
    rate = figures["full_pipeline_uplinks_per_s"]
    return {
        **figures,
        "full_pipeline_of_raw_copy": round(rate * VALUES / figures["raw_copy_rows_per_s"], 2),
        "full_pipeline_of_same_rows_copy": round(rate / figures["same_rows_copy_uplinks_per_s"], 2),
    }


def set_up(kind: str, made: Sequence[Message], connection: Connection) -> dict[str, object]:
    """Say what the figures were measured on."""
    version = connection.info.server_version
    return {
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "postgresql": f"{version // 10_000}.{version % 10_000} (embedded)",
        "broker": kind,
        "uplinks": len(made),
        "bytes_each": round(sum(len(m.payload) for m in made) / len(made)),
        "values_each": VALUES,
        "devices": DEVICES,
        "batch": BATCH,
    }


def stages(connection: Connection, made: Sequence[Message]) -> dict[str, object]:
    """Measure decoding, the raw COPY and the write path, in this process."""
    now = datetime.now(UTC)
    began = time.perf_counter()
    records = [read(Arrival(m.topic, m.payload, now), _POLICY) for m in made]
    decoding = len(made) / (time.perf_counter() - began)
    good = [record for record in records if isinstance(record, UplinkRecord)]
    rows = sum(len(record.observations) for record in good)
    raw = bench_tables.copy_raw(connection, good)
    same = bench_tables.copy_same(connection, good)
    Partitions(connection).ahead(now)
    writer = Writer(connection)
    began = time.perf_counter()
    for at in range(0, len(good), BATCH):
        writer.store(Batch(tuple(good[at : at + BATCH])))
    spent = time.perf_counter() - began
    return {
        "decode_uplinks_per_s": round(decoding),
        "raw_copy_rows_per_s": round(raw.rows / raw.seconds),
        "same_rows_copy_uplinks_per_s": round(len(good) / same.seconds),
        "same_rows_copy_rows_per_s": round(same.rows / same.seconds),
        "write_path_uplinks_per_s": round(len(good) / spent),
        "write_path_rows_per_s": round(rows / spent),
        "write_path_of_raw_copy": round(raw.seconds / spent, 2),
        "write_path_of_same_rows_copy": round(same.seconds / spent, 2),
    }


@dataclass(frozen=True, slots=True)
class Broker:
    """A broker that runs."""

    kind: str
    url: str
    pid: int | None = None
    """Its process, when it has one"""


@contextmanager
def broker(folder: Path) -> Iterator[Broker]:
    """Run a broker that keeps a queue: Mosquitto when there is one, else the demo's."""
    search = f"{os.environ.get('PATH', '')}{os.pathsep}/usr/sbin"
    program = shutil.which("mosquitto", path=search)
    if program is None:
        with EmbeddedBroker() as embedded:
            yield Broker("rumqttd, from the wheel iotcore", embedded.url)
        return
    port = free_port()
    config = folder / "mosquitto.conf"
    config.write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\n"
        "max_inflight_messages 0\nset_tcp_nodelay true\nlog_type error\n"
    )
    process = subprocess.Popen([program, "-c", str(config)], stderr=subprocess.DEVNULL)
    try:
        _wait_for(port)
        yield Broker("mosquitto", f"mqtt://127.0.0.1:{port}", process.pid)
    finally:
        if (code := process.poll()) is not None:
            log.warning("the broker has ended by itself", code=code)
        process.terminate()
        process.wait(timeout=10)


def _wait_for(port: int) -> None:
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise ChildFailed("the broker does not answer")


def _environment(dsn: str, url: str) -> dict[str, str]:
    return {
        "BOROUGHSENSE_DATABASE_URL": dsn,
        "BOROUGHSENSE_MQTT_URL": url,
        "BOROUGHSENSE_LOG_FORMAT": "json",
        "BOROUGHSENSE_BATCH_SIZE": str(BATCH),
    }


@dataclass(frozen=True, slots=True)
class _Live:
    """A running stage: the service's database, broker and settings."""

    connection: Connection
    broker: Broker
    environment: Mapping[str, str]
    folder: Path


def _service(live: _Live, made: Sequence[Message], wanted: Wanted) -> dict[str, object]:
    """Measure the real service: a backlog drained, then live traffic."""
    with child("subscribe", "run", environment=live.environment, folder=live.folder) as service:
        _subscribed(service)
    with Feed(live.broker.url) as feed:
        published = feed.all(_packets(made))
    with child("service", "run", environment=live.environment, folder=live.folder) as service:
        drained = _drain(live, len(made), service)
        figures: dict[str, object] = {
            "publish_uplinks_per_s": round(published),
            "full_pipeline_uplinks_per_s": round(drained.rate),
            "full_pipeline_rows_per_s": round(drained.rate * VALUES),
            "processor_us_of_an_uplink": drained.cost,
        }
        first = len(made)
        for each in wanted.rates:
            count = int(each * wanted.seconds)
            packets = _packets(messages(first, count, datetime.now(UTC)))
            figures[f"latency_at_{each}_per_s"] = _latency(live, packets, each, service, first)
            first += count
    return figures


def _packets(made: Sequence[Message]) -> list[bytes]:
    return [packet(number, m.topic, m.payload) for number, m in enumerate(made)]


def _subscribed(service: Child) -> None:
    deadline = time.monotonic() + 60
    while not service.said('"subscribed"'):
        _still(service, deadline)


@dataclass(frozen=True, slots=True)
class _Drained:
    """How a backlog was drained, from the first commit that is seen to the last."""

    rate: float
    """uplinks a second"""
    cost: Mapping[str, float]
    """microseconds of processor time of an uplink, by process"""


def _drain(live: _Live, count: int, service: Child) -> _Drained:
    deadline = time.monotonic() + 60 + count / 500
    while not (first := account(live.connection).received):
        _still(service, deadline)
    before, began = _spent(live, service), time.perf_counter()
    while (there := account(live.connection).received) < count:
        _still(service, deadline)
    took, after = time.perf_counter() - began, _spent(live, service)
    return _Drained((there - first) / took, processor_time.each(before, after, there - first))


def _spent(live: _Live, service: Child) -> dict[str, float]:
    """Give the processor seconds so far of the service's processes, the broker and the database."""
    processes = {"ingest": service.pid}
    for pid in processor_time.children(service.pid):
        processes["evaluation"] = pid
    if live.broker.pid is not None:
        processes["broker"] = live.broker.pid
    return processor_time.spent(processes, bench_tables.sessions(live.connection))


def _still(service: Child, deadline: float) -> None:
    service.check()
    if time.monotonic() > deadline:
        raise ChildFailed(f"the service does not finish: {service.last_words()}")
    time.sleep(0.01)


def _latency(
    live: _Live, packets: Sequence[bytes], rate: int, service: Child, before: int
) -> dict[str, float]:
    """Give how long uplinks took from their publication to their commit, in ms.

    They are stored in the order of their publication: when so many are there, the n-th is. The
    first tenth, in which caches fill, is left out.
    """
    seen: list[float] = []
    deadline = time.monotonic() + 60 + 2 * len(packets) / rate
    with ProcessPoolExecutor(1, get_context("spawn")) as publisher:
        sending = publisher.submit(publish_paced, live.broker.url, packets, rate)
        while len(seen) < len(packets):
            there = account(live.connection).received - before
            seen += [time.monotonic()] * (min(there, len(packets)) - len(seen))
            _still(service, deadline)
        sent = sending.result()
    waits = [1000 * (b - a) for a, b in zip(sent, seen, strict=True)][len(sent) // 10 :]
    cuts = quantiles(waits, n=100)
    return {
        "p50_ms": round(cuts[49], 1),
        "p99_ms": round(cuts[98], 1),
        "max_ms": round(max(waits), 1),
    }
