"""`simulate --gateway` and `provision`, against servers of the tests on loopback."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from boroughsense.commands import simulators
from simulators.end_device import JOIN_EUI, app_key
from simulators.fleet import gateway_id
from simulators.provisioning import ServerRefuses, channel
from tests.simulators.chirpstack_api_server import TOKEN, Kept, chirpstack_api_server
from tests.simulators.network_server import network_server

app = typer.Typer()
simulators.register(app)
runner = CliRunner()
ROOMS = ("--devices", "7", "--for", "3h", "--speed", "max")


@pytest.fixture(autouse=True)
def _signals() -> Iterator[None]:
    """Give the test run its signal handlers back."""
    kept = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


@pytest.fixture
def chirpstack() -> Iterator[Kept]:
    """Give an empty network server's API."""
    with chirpstack_api_server() as kept:
        yield kept


def provision(kept: Kept, *words: str) -> Any:  # noqa: ANN401 - a JSON document
    """Provision a small part of a scenario."""
    command = ["provision", "quiet_day", "--api", kept.address, "--token", TOKEN, "--json"]
    result = runner.invoke(app, [*command, "--devices", "7", *words])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_provisioned_then_played(chirpstack: Kept, tmp_path: Path) -> None:
    """What is provisioned is enough for a network server to let every device in and read it."""
    made = provision(chirpstack, "--seed", "5")
    assert made == {
        "tenant_id": "tenant-1",
        "applications": 3,
        "profiles": len(chirpstack.profiles),
        "gateways": 3,
        "devices": 7,
    }
    assert {device.join_eui for device in chirpstack.devices.values()} == {JOIN_EUI}
    progress, truth = tmp_path / "progress.json", tmp_path / "truth.json"
    with network_server() as server:
        for dev_eui, key in chirpstack.keys.items():
            assert bytes.fromhex(key) == app_key(5, dev_eui)
            server.register(5, dev_eui)
        url = "udp://{}:{}".format(*server.address)
        words = ["simulate", "quiet_day", *ROOMS, "--seed", "5", "--gateway", url]
        result = runner.invoke(
            app, [*words, "--json", "--progress", str(progress), "--truth", str(truth)]
        )
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert (told["joins"], told["refused"], told["unconfirmed"]) == (told["devices"], 0, 0)
    assert told["uplinks"] == len(server.uplinks) > 50
    assert server.gateways == set(chirpstack.gateways)
    assert json.loads(progress.read_text())["phase"] == "stopped"
    assert "truth" not in told
    concluded = json.loads(truth.read_text())
    assert (concluded["uplinks"], concluded["through"]) == (told["uplinks"], "gateways")


def test_what_is_made(chirpstack: Kept) -> None:
    """A profile names our decoder and no codec; a device has its tags, a gateway its place."""
    provision(chirpstack)
    profile = chirpstack.profiles["profile-1"]
    assert dict(profile.tags) == {"decoder": "milesight-em300-th/em300-th"}
    assert (profile.payload_codec_runtime, profile.supports_otaa) == (0, True)
    assert (profile.uplink_interval, profile.mac_version) == (600, 3)
    device = next(d for d in chirpstack.devices.values() if d.name == "market-square-01")
    assert device.tags["environment"] == "outdoor"
    assert "decoder" not in device.tags
    applications = {entry.name: entry.id for entry in chirpstack.applications.values()}
    assert device.application_id == applications["parking"]
    assert round(chirpstack.gateways[gateway_id("town-hall")].location.latitude, 4) == 51.3727


def test_provisioning_again_changes_nothing_but_keys_and_nonces(chirpstack: Kept) -> None:
    """Nothing is made twice; the second seed's keys are there, and every nonce is forgotten."""
    first = provision(chirpstack, "--seed", "1")
    before = dict(chirpstack.keys)
    assert provision(chirpstack, "--seed", "2") == first
    assert set(chirpstack.keys) == set(before)
    assert not set(chirpstack.keys.values()) & set(before.values())
    assert sorted(chirpstack.flushed) == sorted(before)
    assert set(chirpstack.updated) == {*before, *chirpstack.gateways}
    assert len(chirpstack.tenants) == 1


def test_a_name_is_found_on_whatever_page(chirpstack: Kept) -> None:
    """A list shows parts of names too, a hundred at a time: only the very name counts."""
    words = ["provision", "quiet_day", "--api", chirpstack.address, "--token", TOKEN]
    assert runner.invoke(app, [*words, "--devices", "1", "--tenant", "Croydon"]).exit_code == 0
    tenant = chirpstack.tenants["tenant-1"]
    for number in range(150):
        other = type(tenant)(id=f"o{number}", name=f"Croydon {number}")
        chirpstack.tenants = {other.id: other, **chirpstack.tenants}
    result = runner.invoke(app, [*words, "--devices", "1", "--tenant", "Croydon"])
    assert result.stdout.startswith("tenant tenant-1: 1 applications, 1 device profiles, 3 gate")
    made = provision(chirpstack, "--tenant-id", "given")
    assert made["tenant_id"] == "given"


def test_a_wrong_key_and_an_absent_server_are_told(chirpstack: Kept) -> None:
    """One sentence with what the server says, and exit code 1."""
    words = ["provision", "quiet_day", "--devices", "1", "--token", "wrong"]
    for address, said in (
        (chirpstack.address, "UNAUTHENTICATED: no authorization provided"),
        ("http://127.0.0.1:1", "UNAVAILABLE: "),
    ):
        for tenant in ([], ["--tenant-id", "x"]):
            result = runner.invoke(app, [*words, *tenant, "--api", address])
            assert result.exit_code == 1
            assert said in result.stderr
    assert issubclass(ServerRefuses, Exception)


def test_encrypted_addresses() -> None:
    """`https` is TLS, on its usual port; what is no address is told."""
    with channel("https://chirpstack.example"):
        pass
    with pytest.raises(ValueError, match="is not an API address"):
        channel("chirpstack.example:8080")


def test_playing_is_told_to_a_person() -> None:
    """One line, also when it is stopped while a device waits to be let in."""
    with network_server() as server:
        url = "udp://{}:{}".format(*server.address)
        words = ["simulate", "quiet_day", "--devices", "1", "--for", "1h", "--speed", "max"]
        stopped = runner.invoke(app, [*words, "--wall", "1s", "--gateway", url])
        gone = runner.invoke(app, [*words, "--gateway", "udp://127.0.0.1:1"])
    assert stopped.exit_code == 0
    assert stopped.stdout.startswith("0 joins of 1 devices through 3 gateways; 0 uplinks, ")
    assert gone.exit_code == 1
    assert "127.0.0.1:1: " in gone.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--gateway", "http://x:1700"], "is not a gateway bridge"),
        (["--gateway", "udp://x:99999"], "is not a gateway bridge"),
    ],
)
def test_wrong_use_of_simulate(words: list[str], said: str) -> None:
    """Wrong use is exit code 2 with a sentence."""
    result = runner.invoke(app, ["simulate", "quiet_day", *words])
    assert result.exit_code == 2
    assert said in " ".join(result.output.replace("│", " ").split())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nowhere", "--api", "http://x"], "there is no scenario"),
        (["quiet_day", "--api", "x:8080"], "is not an API address"),
    ],
)
def test_wrong_use_of_provision(words: list[str], said: str) -> None:
    """The same of provisioning."""
    result = runner.invoke(app, ["provision", *words, "--token", "x"])
    assert result.exit_code == 2
    assert said in result.output
