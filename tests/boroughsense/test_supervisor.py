"""systemd is told that the service is up, alive and about to end."""

import configparser
import shlex
import socket
from collections.abc import Iterator
from pathlib import Path
from time import sleep

import pytest

from boroughsense.supervisor import Supervisor
from ingest.service import Limits
from tests.fixtures.broker import Mosquitto
from tests.fixtures.service_process import ServiceProcess, database_url

UNIT = Path(__file__).parents[2] / "systemd" / "boroughsense.service"


@pytest.fixture
def line(tmp_path: Path) -> Iterator[socket.socket]:
    """Give the socket that systemd would listen on."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.settimeout(5)
        yield listening


def test_states_are_sent(line: socket.socket) -> None:
    """Each state is one datagram; signs of life come no more often than is wanted."""
    supervisor = Supervisor(line.getsockname(), watchdog_seconds=0.4)
    supervisor.ready()
    for _ in range(5):
        supervisor.pulse()
        sleep(0.06)
    supervisor.stopping()
    told = [line.recv(100) for _ in range(4)]
    assert told == [b"READY=1", b"WATCHDOG=1", b"WATCHDOG=1", b"STOPPING=1"]


def test_abstract_address_is_understood() -> None:
    """An address that begins with @ is an abstract one."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind("\0boroughsense-test-notify")
        listening.settimeout(5)
        Supervisor("@boroughsense-test-notify", 0).ready()
        assert listening.recv(100) == b"READY=1"


def test_nobody_is_told_when_nobody_asks(tmp_path: Path) -> None:
    """Without a supervisor, or with one that is gone, nothing happens."""
    for supervisor in (Supervisor("", 1), Supervisor(str(tmp_path / "gone"), 1)):
        supervisor.ready()
        supervisor.pulse()
        supervisor.stopping()


@pytest.mark.parametrize(("told", "pulses"), [("200000", 1), ("0", 0), ("soon", 0)])
def test_supervisor_is_read_from_the_environment(
    line: socket.socket, monkeypatch: pytest.MonkeyPatch, told: str, pulses: int
) -> None:
    """The address and the interval are those that systemd gives its children."""
    monkeypatch.setenv("NOTIFY_SOCKET", line.getsockname())
    monkeypatch.setenv("WATCHDOG_USEC", told)
    supervisor = Supervisor.of_this_process()
    supervisor.pulse()
    supervisor.ready()
    assert [line.recv(100) for _ in range(pulses + 1)][-1] == b"READY=1"


def test_service_tells_its_supervisor(
    broker: Mosquitto,
    dsn: str,
    tmp_path: Path,
    line: socket.socket,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """`run` tells that it is up, gives signs of life, and tells that it stops."""
    monkeypatch.setenv("NOTIFY_SOCKET", line.getsockname())
    monkeypatch.setenv("WATCHDOG_USEC", "1000000")
    with ServiceProcess(tmp_path, broker.url, database_url=database_url(dsn)) as service:
        assert line.recv(100) == b"READY=1"
        assert [line.recv(100) for _ in range(3)] == [b"WATCHDOG=1"] * 3
        assert service.stop() == 0
    line.settimeout(0.5)
    last = b""
    while last != b"STOPPING=1":
        last = line.recv(100)


def test_unit_file_fits_the_service() -> None:
    """The unit starts the real command, restarts it always, and waits as long as it may take."""
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.read_string(UNIT.read_text())
    service = unit["Service"]
    assert service["Type"] == "notify"
    assert shlex.split(service["ExecStart"])[1:] == ["run"]
    assert service["Restart"] == "always"
    assert unit["Unit"]["StartLimitIntervalSec"] == "0"
    limits = Limits()
    assert float(service["WatchdogSec"]) >= limits.stall
    assert float(service["TimeoutStopSec"]) > limits.stop
