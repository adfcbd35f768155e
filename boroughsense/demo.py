"""The demo: database, broker, fleet, ingest and evaluation in one process tree.

Read `_play` for its story. The database is a `simulation` instance: nobody can be told.
"""

import json
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from boroughsense.broker import EmbeddedBroker, free_port
from boroughsense.devices_file import Line
from boroughsense.processes import Child, ChildFailed, child
from simulators import register
from simulators.fleet import Fleet
from simulators.scenario import load
from storage import account, overview
from storage.account import Account
from storage.connection import Connection, connect
from storage.embedded import EmbeddedPostgres
from storage.instance import Mode
from storage.migrate import migrate
from storage.places import install

START_SECONDS = 60
"""How long the service may take to reach broker and database."""
DRAIN_SECONDS = 120
"""How long the demo waits for the service to finish what was published."""


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """What the demo plays, and for how long."""

    duration: timedelta | None = None
    """Wall-clock time; None: until interrupted"""
    speed: float = 60.0
    seed: int = 1
    scenario: str = "borough"
    """A scenario that ships"""
    port: int | None = None
    """The pages' port; None: any free one"""


@dataclass(frozen=True, slots=True)
class Progress:
    """What the demo shows while it runs."""

    phase: str
    published: int = 0
    counts: overview.Overview | None = None
    address: str = ""
    """Of the pages, when they are there"""


Show = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Closing:
    """What became of everything that was published."""

    published: int
    books: Account
    agrees: bool
    """Every message is accounted for as the simulator predicts"""
    devices: int
    rows: int
    alerts: int
    alerts_predicted: int
    alerts_as_predicted: int
    alerts_unpredicted: int
    """Of the rules whose every episode the simulator predicts, those that it did not"""

    def document(self) -> dict[str, object]:
        """Give it as the JSON of `demo --json`."""
        return {
            "account": {
                "published": self.published,
                "stored": self.books.stored,
                "refused": self.books.refused,
                "duplicates": self.books.duplicates,
            },
            "agrees": self.agrees,
            "by_reason": dict(self.books.by_reason),
            "devices": self.devices,
            "rows": self.rows,
            "alerts": self.alerts,
            "alerts_predicted": self.alerts_predicted,
            "alerts_as_predicted": self.alerts_as_predicted,
            "alerts_unpredicted": self.alerts_unpredicted,
        }


@dataclass(frozen=True, slots=True)
class _Stage:
    """Where a demo plays."""

    folder: Path
    connection: Connection
    environment: Mapping[str, str]
    show: Show

    @property
    def address(self) -> str:
        """Where the pages are."""
        return f"http://127.0.0.1:{self.environment['BOROUGHSENSE_WEB_PORT']}"


def run(options: DemoOptions, show: Show) -> Closing:
    """Play the demo and give its closing account.

    Raises:
        ChildFailed: the service or the simulator ended early; the message holds its last words.
    """
    with tempfile.TemporaryDirectory(prefix="boroughsense-demo-") as name:
        folder = Path(name)
        show(Progress("starting the embedded database and broker"))
        with (
            EmbeddedPostgres(folder / "postgres", throwaway=True) as server,
            EmbeddedBroker() as broker,
            connect(server.dsn, application_name="boroughsense-demo") as connection,
        ):
            migrate(connection, mode=Mode.SIMULATION)
            register_scenario(connection, options.scenario, options.seed)
            environment = _environment(server.dsn, broker.url, options.port or free_port())
            return _play(options, _Stage(folder, connection, environment, show))


def register_scenario(connection: Connection, name: str, seed: int) -> None:
    """Register the scenario's devices at their places, as a borough's list would."""
    scenario = load(name).scenario
    lines = [Line.model_validate(row) for row in register.rows(scenario, Fleet(scenario, seed))]
    with connection.transaction():
        for line in lines:
            install(connection, line.installation(), secret=b"of the demo")


def _environment(dsn: str, mqtt_url: str, web_port: int) -> dict[str, str]:
    return {
        "BOROUGHSENSE_WEB_PORT": str(web_port),
        "BOROUGHSENSE_WEB_DEVELOPMENT_SIGN_IN": "true",
        "BOROUGHSENSE_WEB_COUNCIL": "Boroughsense demonstration",
        "BOROUGHSENSE_DATABASE_URL": dsn,
        "BOROUGHSENSE_MQTT_URL": mqtt_url,
        "BOROUGHSENSE_MODE": "simulation",
        "BOROUGHSENSE_LOG_FORMAT": "json",
    }


def _play(options: DemoOptions, stage: _Stage) -> Closing:
    """Start the service, let the fleet speak, wait until all is stored, and account for it."""
    truth = stage.folder / "truth.json"
    with (
        child("service", "run", environment=stage.environment, folder=stage.folder) as service,
        child("web", "web", environment=stage.environment, folder=stage.folder),
    ):
        _wait_for_session(service)
        arguments = _simulation(options, stage.folder, truth)
        with child(
            "simulator", *arguments, environment=stage.environment, folder=stage.folder
        ) as simulator:
            with _interruptible(stage.show):
                _watch(service, simulator, stage)
            simulator.end()
            simulator.check()
        sent = json.loads(truth.read_text())
        _drain(service, stage, int(sent["published"]))
        return _closing(stage.connection, sent)


def _simulation(options: DemoOptions, folder: Path, truth: Path) -> list[str]:
    words = [
        "simulate",
        options.scenario,
        "--seed",
        str(options.seed),
        "--speed",
        f"{options.speed:g}",
    ]
    words += ["--truth", str(truth), "--progress", str(folder / "progress.json")]
    if options.duration:
        words += ["--wall", f"{options.duration.total_seconds():g}s"]
    return words


def _wait_for_session(service: Child) -> None:
    """Wait until the broker keeps what is published for the service."""
    deadline = time.monotonic() + START_SECONDS
    while not service.said('"subscribed"'):
        service.check()
        if time.monotonic() > deadline:
            raise ChildFailed(f"the service did not reach the broker: {service.last_words()}")
        time.sleep(0.1)


@contextmanager
def _interruptible(show: Show) -> Iterator[None]:
    """End the block, and nothing else, at the first Ctrl-C."""
    try:
        yield
    except KeyboardInterrupt:
        show(Progress("stopping"))


def _watch(service: Child, simulator: Child, stage: _Stage) -> None:
    """Show what happens until the simulator ends."""
    while simulator.code is None:
        service.check()
        progress = _progress(stage.folder / "progress.json")
        phase, published = str(progress.get("phase", "starting")), int(progress.get("published", 0))
        counts = overview.overview(stage.connection)
        stage.show(Progress(phase, published, counts, stage.address))
        time.sleep(0.5)


def _progress(file: Path) -> dict[str, Any]:
    if not file.exists():
        return {}
    progress: dict[str, Any] = json.loads(file.read_text())
    return progress


def _drain(service: Child, stage: _Stage, published: int) -> None:
    """Wait until every message is accounted for and every interval is evaluated."""
    deadline = time.monotonic() + DRAIN_SECONDS
    while time.monotonic() < deadline:
        service.check()
        counts = overview.overview(stage.connection)
        stage.show(Progress("draining", published, counts, stage.address))
        books = account.account(stage.connection, None)
        if books.received >= published and not counts.pending:
            return
        time.sleep(0.25)


def _closing(connection: Connection, sent: Mapping[str, Any]) -> Closing:
    """Give the closing account: what was published against what is stored."""
    books = account.account(connection, None)
    counts = overview.overview(connection)
    predicted = {(a["rule"], a["dev_eui"], a["fired_at"]) for a in sent["alerts"]}
    raised = overview.episodes(connection)
    told = (books.stored, books.refused, books.duplicates)
    return Closing(
        published=sent["published"],
        books=books,
        agrees=told == (sent["stored"], sent["refused"], sent["duplicates"]),
        devices=counts.devices,
        rows=counts.observations,
        alerts=len(raised),
        alerts_predicted=len(predicted),
        alerts_as_predicted=len(predicted & raised),
        alerts_unpredicted=sum(rule in sent["rules"] for rule, _, _ in raised - predicted),
    )
