"""The service beside a Node-RED flow: the same broker, database, table and uplinks, one by one.

    python benchmarks/node_red.py --folder /tmp/comparison            installs, runs, prints
    python benchmarks/node_red.py --folder /tmp/comparison --json

Needs Node 20 or newer, npm and Mosquitto. `node_red/` has what is installed, the settings and the
flow: one INSERT for the values of an uplink, ten connections, a kept session at QoS 1. The flow
takes the values from the network server's `object` and knows its series beforehand; the service
decodes the payload and does everything else that it always does.

    rate      so many uplinks at once: values in the table a second, first to last
    stop      so many a second for a while, the database stopped in the middle: values that miss
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

from psycopg import conninfo

from boroughsense.bench import broker
from boroughsense.broker import free_port
from boroughsense.logs import configure
from boroughsense.processes import ChildFailed, child
from simulators.feed import Feed, packet, publish_paced
from simulators.load_messages import DEVICES, VALUES, messages
from storage.bench_tables import readings
from storage.connection import connect
from storage.embedded import EmbeddedPostgres
from storage.errors import DatabaseUnavailable
from storage.instance import Mode
from storage.migrate import migrate

FLOW = Path(__file__).parent / "node_red"
FILES = ("package.json", "settings.js", "flow.json")
RATE = 300
SECONDS = 12.0
AWAY = (4.0, 4.0)
"""After how many seconds the database is stopped, and for how many"""
_SETTLED = 12.0
"""With no new value for so long, no more come"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one consumer did."""

    uplinks: int
    values_per_s: int
    missing: int
    """Values of the first part that are not in the table"""
    stop_uplinks: int
    stop_missing: int
    """Values that are not in the table after the stop of the database"""
    stop_published_while_away: int


class Stage:
    """A database and a broker, with the uplinks that were published so far."""

    def __init__(self, server: EmbeddedPostgres, url: str, first: int) -> None:
        self._server = server
        self._url = url
        self.first = first

    def _packets(self, count: int) -> list[bytes]:
        made = messages(self.first, count, datetime.now(UTC))
        self.first += count
        return [packet(number, m.topic, m.payload) for number, m in enumerate(made)]

    def measure(self, uplinks: int) -> Outcome:
        """Publish both parts, and count."""
        packets, before = self._packets(uplinks), self.values()
        with Feed(self._url, "b-comparison") as feed:
            feed.all(packets)
            rate, there = self._watch(before, uplinks * VALUES)
        missing = uplinks * VALUES - (there - before)
        stop = self._packets(int(RATE * SECONDS))
        with ThreadPoolExecutor(1) as pool:
            publishing = pool.submit(publish_paced, self._url, stop, RATE)
            time.sleep(AWAY[0])
            gone = time.monotonic()
            self._server.stop()
            time.sleep(AWAY[1])
            self._server.start()
            back = time.monotonic()
            sent = publishing.result()
        _, now = self._watch(there, len(stop) * VALUES)
        away = sum(gone <= moment < back for moment in sent)
        lost = len(stop) * VALUES - (now - there)
        return Outcome(uplinks, round(rate), missing, len(stop), lost, away)

    def values(self) -> int:
        """Count the values in the table."""
        with connect(self._server.dsn) as connection:
            return readings(connection)

    def _watch(self, before: int, expected: int) -> tuple[float, int]:
        """Wait for so many more values, or until no more come; give the rate and the number."""
        first = last = before
        began = ended = time.monotonic()
        while last < before + expected and time.monotonic() - ended < _SETTLED:
            try:
                now = self.values()
            except DatabaseUnavailable:
                now = last
            if now > last:
                if first == before:
                    first, began = now, time.monotonic()
                last, ended = now, time.monotonic()
            time.sleep(0.2)
        return (last - first) / max(ended - began, 0.001), last


@contextmanager
def node_red(folder: Path, dsn: str, url: str) -> Iterator[None]:
    """Run the flow until the block ends."""
    where = {name: str(text) for name, text in conninfo.conninfo_to_dict(dsn).items()}
    environment = {
        **os.environ,
        "PGHOST": where["host"],
        "PGUSER": where["user"],
        "PGDATABASE": where["dbname"],
        "COMPARISON_PORT": str(free_port()),
        "COMPARISON_BROKER_PORT": str(urlsplit(url).port),
    }
    log = folder / "node-red.log"
    with log.open("wb") as sink:
        process = subprocess.Popen(
            [
                _program("node"),
                "node_modules/node-red/red.js",
                "--userDir",
                ".",
                "--settings",
                "settings.js",
            ],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
        )
    try:
        _until_ready(process, log)
        yield
    finally:
        process.terminate()
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _until_ready(process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + 60
    wanted = (b"comparison ready", b"Connected to broker")
    while not all(words in log.read_bytes() for words in wanted):
        if process.poll() is not None or time.monotonic() > deadline:
            raise ChildFailed(f"Node-RED does not start: {log.read_text()[-500:]}")
        time.sleep(0.1)


@contextmanager
def service(folder: Path, dsn: str, url: str) -> Iterator[None]:
    """Run the service until the block ends."""
    settings = {
        "BOROUGHSENSE_DATABASE_URL": dsn,
        "BOROUGHSENSE_MQTT_URL": url,
        "BOROUGHSENSE_LOG_FORMAT": "json",
    }
    with child("service", "run", environment=settings, folder=folder) as running:
        while not running.said('"subscribed"'):
            running.check()
            time.sleep(0.05)
        yield


def install(folder: Path) -> dict[str, str]:
    """Put the flow into the folder with what it needs; give the versions."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        shutil.copy(FLOW / name, folder / name)
    if not (folder / "node_modules" / "node-red").is_dir():
        _said([_program("npm"), "install", "--no-audit", "--no-fund", "--loglevel=error"], folder)
    versions = {"node": _said([_program("node"), "--version"], folder).lstrip("v")}
    for name in ("node-red", "pg"):
        package = folder / "node_modules" / name / "package.json"
        versions[name] = json.loads(package.read_text())["version"]
    return versions


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise ChildFailed(f"{name} is not installed")
    return found


def _said(command: Sequence[str], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ChildFailed(f"{' '.join(command)}: {done.stderr.strip()[-300:]}")
    return done.stdout.strip()


def run(folder: Path, uplinks: int) -> dict[str, Any]:
    """Measure one after the other, and give the figures."""
    versions = install(folder)
    outcomes: dict[str, Any] = {}
    with TemporaryDirectory(prefix="boroughsense-comparison-") as name:
        place = Path(name)
        with EmbeddedPostgres(place / "postgres", throwaway=True) as server:
            with connect(server.dsn) as connection:
                migrate(connection, mode=Mode.LIVE)
            with broker(place) as (kind, url), service(place, server.dsn, url):
                stage = Stage(server, url, 0)
                _introduce(stage, url)
                outcomes["service"] = asdict(stage.measure(uplinks))
            with broker(place) as (_, url), node_red(folder, server.dsn, url):
                stage = Stage(server, url, stage.first)
                outcomes["node_red"] = asdict(stage.measure(uplinks))
    set_up = {"cores": os.cpu_count(), "broker": kind, "values_each": VALUES, **versions}
    return {"set_up": set_up, **outcomes}


def _introduce(stage: Stage, url: str) -> None:
    """Let every device be heard once: its series are known then."""
    with Feed(url, "b-comparison") as feed:
        feed.all(
            [
                packet(n, m.topic, m.payload)
                for n, m in enumerate(messages(0, DEVICES, datetime.now(UTC)))
            ]
        )
    stage.first = DEVICES
    deadline = time.monotonic() + 60
    while stage.values() < DEVICES * VALUES:
        if time.monotonic() > deadline:
            raise ChildFailed("the service does not store what it is sent")
        time.sleep(0.1)


def main() -> int:
    """Read the options, run, and tell."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, required=True, help="where Node-RED is installed")
    parser.add_argument("--uplinks", type=int, default=20_000, help="in the first part")
    parser.add_argument("--json", action="store_true", help="one JSON document")
    wanted = parser.parse_args()
    configure("console")
    try:
        figures = run(wanted.folder, wanted.uplinks)
    except (ChildFailed, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    if wanted.json:
        sys.stdout.write(json.dumps(figures) + "\n")
    else:
        for name, told in figures.items():
            sys.stdout.writelines(f"{name}.{key}: {value}\n" for key, value in told.items())
    return 0


if __name__ == "__main__":
    sys.exit(main())
